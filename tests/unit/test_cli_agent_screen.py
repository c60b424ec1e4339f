"""Keys at the terminal, and the commands they become."""

import io
import re
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

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


def screen_of(commands: Commands | None = None, **changed: Any) -> Screen:
    """T1 is the only card, and chosen. changed: fields of it."""
    cards = {"T1": card(state="accepted", **changed).model_dump(mode="json")}
    desk = SimpleNamespace(agent="lina", cards=cards, state={"state": "ready"})
    asked: list[str] = []
    client = SimpleNamespace(
        desk=desk, commands=commands or Commands(), connected=True, ask=asked.append, asked=asked
    )
    screen = Screen(cast(AgentClient, client))
    screen._table()  # which chooses the first card
    return screen


async def pressed(keys: str) -> list[dict[str, Any]]:
    """What keys ask for."""
    commands = Commands()
    screen = screen_of(commands)
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
        ("t@casino\r", {"to_desk": "casino"}),
        ("t@casino#slots\r", {"to_desk": "casino", "to_queue": "slots"}),
    ],
)
async def test_a_ticket_is_transferred_to_whoever_is_typed(keys: str, to: dict[str, str]) -> None:
    assert await pressed(keys) == [{"do": "transfer", "ticket": "T1", "assignment": 1, **to}]


@pytest.mark.parametrize(("key", "do"), [("m", "merge"), ("s", "split")])
async def test_the_ticket_that_is_typed_is_merged_or_split_off(key: str, do: str) -> None:
    asked = {"do": do, "ticket": "T1", "assignment": 1, "other": "T2"}
    assert await pressed(f"{key}T2\r") == [asked]


def test_a_split_asks_for_one_of_the_parts() -> None:
    screen = screen_of(merged=("T2", "T3"))
    screen._on_key("s")
    assert ": T2, T3; Enter" in str(screen._table().caption)


@pytest.mark.parametrize("key", "acdegjkmpqrst")
def test_each_key_is_named_under_the_table(key: str) -> None:
    named = re.findall(r"\[bold\](.*?)\[/\]", str(screen_of()._table().caption))
    assert key in "".join(named)


@pytest.mark.parametrize("keys", ["t\r", "tboris\x1b", "m\r", "sT2\x1b", "gT7\x1b"])
async def test_a_command_about_nobody_or_called_off_asks_for_nothing(keys: str) -> None:
    assert await pressed(keys) == []


@pytest.mark.parametrize(("keys", "which"), [("gT7\r", {"ticket": "T7"}), ("g\r", {})])
async def test_a_ticket_is_taken_from_the_queue_by_its_id_or_the_next(
    keys: str, which: dict[str, str]
) -> None:
    assert await pressed(keys) == [{"do": "pull", **which}]


async def test_letters_of_a_name_are_no_commands() -> None:
    assert [each["do"] for each in await pressed("tdar\ra")] == ["transfer", "accept"]


async def test_a_ticket_is_sent_for_re_review_with_one_key() -> None:
    [escalated] = await pressed("e")
    assert (escalated["do"], escalated["ticket"], escalated["assignment"]) == ("escalate", "T1", 1)


async def test_a_ticket_is_set_aside_for_a_task_in_a_queue_with_what_is_to_be_done() -> None:
    [asked] = await pressed("okyc check the passport\r")
    assert (asked["do"], asked["ticket"]) == ("open_task", "T1")
    assert (asked["to_queue"], asked["note"]) == ("kyc", "check the passport")


async def test_a_ticket_is_parked_until_a_time_with_its_zone() -> None:
    [parked] = await pressed("p")
    assert (parked["do"], parked["ticket"], parked["until"][-6:]) == ("park", "T1", "+00:00")


PAGE: dict[str, Any] = {
    "type": "conversation",
    "ticket": "T1",
    "entries": [
        {"id": "m1", "kind": "message", "by": "customer", "at": "2026-11-22T10:00:00Z"}
        | {"text": "where is [my] money"},
        {"id": "r1", "kind": "reply", "by": "agent", "at": "2026-11-22T10:00:09Z"}
        | {"text": "on its\nway", "agent": "lina", "status": "failed", "error": "blocked"},
    ],
}


def drawn(screen: Screen) -> str:
    console = Console(width=200, file=io.StringIO(), force_terminal=False)
    console.print(screen._shown())
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_conversation_is_shown_with_who_wrote_and_what_became_of_it() -> None:
    screen = screen_of()
    screen._on_key("c")
    screen.hear(PAGE)
    assert cast(Any, screen._client).asked == ["T1"]
    shown = drawn(screen)
    assert "10:00:00 customer: where is [my] money" in shown
    assert "10:00:09 agent lina: on its way [failed: blocked]" in shown


def test_a_reply_that_fails_is_a_line_on_the_screen_and_the_page_on_it_is_asked_for_anew() -> None:
    screen = screen_of()
    status = {"type": "reply_status", "reply": "r1", "ticket": "T1", "status": "failed"}
    screen.hear(status)
    assert cast(Any, screen._client).asked == []
    screen.hear(PAGE)
    screen.hear(status | {"error": "blocked by the customer"})
    assert cast(Any, screen._client).asked == ["T1"]
    assert "reply r1 to T1 failed: blocked by the customer" in drawn(screen)
