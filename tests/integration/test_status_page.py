"""A customer follows the address they were sent, and says how it was."""

import asyncio
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from pydantic import SecretStr

from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.contracts.ticket_changed_v1 import TicketChanged
from tests.integration.dealer_world import POLICY, World, surroundings
from tests.integration.lobby_process import running_lobby
from tests.stacks import Fresh

pytestmark = pytest.mark.stack

SECRET: Final = "s" * 32
MONEY: Final = "Where is my withdrawal? I am waiting for my payout"
RATE: Final = """
    notices:
      received: [{tell: {en: "We have it.\\nSee {status}"}}]
      rate: [{tell: {en: "How was it, 1 to 5?"}}]
"""


async def until(client: httpx.AsyncClient, address: str, **wanted: Any) -> dict[str, Any]:
    """The status, once it is as wanted: the recorder is a moment behind the dealer."""
    while True:
        shown: dict[str, Any] = (await client.get(address)).json()
        if all(shown.get(name) == value for name, value in wanted.items()):
            return shown
        await asyncio.sleep(0.1)


async def test_the_customer_sees_where_it_stands_to_the_end_and_rates_it(
    fresh: Fresh, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.yaml"
    text = POLICY.read_text("utf-8")
    begins, ends = text.index("    notices:"), text.index("    reserves:\n")
    policy.write_text(text[:begins] + RATE.lstrip("\n") + text[ends:], "utf-8")
    status = {"CROUPIER_STATUS_URL": "http://help.example", "CROUPIER_STATUS_SECRET": SECRET}
    async with (
        surroundings(fresh) as world,
        running_lobby(fresh, **status) as lobby,
        world.dealer(
            router_role="both",
            router_policy=policy,
            status_url="http://help.example",
            status_secret=SecretStr(SECRET),
        ),
        httpx.AsyncClient(base_url=lobby.http) as client,
    ):
        await world.write("1", MONEY)
        told = await world.said(ReplyRequested, lambda each: each.notice == "received")
        address = told.text.partition("http://help.example")[2]
        await until(client, address, state="waiting", position=1)
        page = await client.get(address, headers={"accept": "text/html"})
        await _serve(world)
        asked = await until(client, address, state="resolved", may_rate=True)
        rated = await client.post(f"{address}/rating", json={"score": 4, "comment": "quick"})
        step = await _rated(world)
        transcript = await client.get(f"{address}/transcript")
        guessed = await client.get(f"{address[:-1]}{'A' if address[-1] != 'A' else 'B'}")

    assert page.status_code == 200
    assert "You are next." in page.text
    assert [each["notice"] for each in asked["notices"]] == ["received", "rate"]
    assert rated.status_code == 202
    assert (step.score, step.agent) == (4, "anna")
    assert MONEY in transcript.text
    assert guessed.status_code == 404


async def _serve(world: World) -> None:
    await world.hire("anna", skills={"lang.en": 5, "payments": 5}, channels=("form",))
    await world.on_duty("anna")
    card = await world.said(AssignmentCard, lambda card: card.state == "offered")
    await world.serve(card)


async def _rated(world: World) -> Any:
    changed = await world.said(
        TicketChanged, lambda each: any(step.on == "rated" for step in each.steps)
    )
    return next(step for step in changed.steps if step.on == "rated")
