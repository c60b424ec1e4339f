"""Keys at the terminal, and the commands they become."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from cli.agent_client import AgentClient
from cli.agent_screen import Screen
from tests.fakes.clock import settle
from tests.unit.notifier_cards import card


class Commands:
    """Keeps what is to be carried out."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    async def carry_out(self, do: str, **fields: Any) -> None:
        given = {name: value for name, value in fields.items() if value is not None}
        self.asked.append({"do": do, **given})


async def pressed(keys: str) -> list[dict[str, Any]]:
    """What keys ask for where T1 is the only card."""
    commands = Commands()
    cards = {"T1": card(state="accepted").model_dump(mode="json")}
    desk = SimpleNamespace(agent="lina", cards=cards, state={"state": "ready"})
    screen = Screen(
        cast(AgentClient, SimpleNamespace(desk=desk, commands=commands, connected=True))
    )
    screen._table()  # which chooses the first card
    for key in keys:
        screen._on_key(key)
    await settle()
    return commands.asked


@pytest.mark.parametrize(
    ("keys", "to"),
    [
        ("tboris\r", {"to_agent": "boris"}),
        ("tborq\x7fis\n", {"to_agent": "boris"}),
        ("t#payments\r", {"to_queue": "payments"}),
    ],
)
async def test_a_ticket_is_transferred_to_whoever_is_typed(keys: str, to: dict[str, str]) -> None:
    assert await pressed(keys) == [{"do": "transfer", "ticket": "T1", "assignment": 1, **to}]


@pytest.mark.parametrize("keys", ["t\r", "tboris\x1b"])
async def test_a_transfer_to_nobody_or_called_off_asks_for_nothing(keys: str) -> None:
    assert await pressed(keys) == []


async def test_letters_of_a_name_are_no_commands() -> None:
    assert [each["do"] for each in await pressed("tdar\ra")] == ["transfer", "accept"]


async def test_a_ticket_is_sent_for_re_review_with_one_key() -> None:
    [escalated] = await pressed("e")
    assert (escalated["do"], escalated["ticket"], escalated["assignment"]) == ("escalate", "T1", 1)


async def test_a_ticket_is_parked_until_a_time_with_its_zone() -> None:
    [parked] = await pressed("p")
    assert (parked["do"], parked["ticket"], parked["until"][-6:]) == ("park", "T1", "+00:00")
