"""A notifier dies with its agents connected, and stays dead for longer than the dealers' patience:
what they were offered goes to others, what they had accepted waits for them."""

import asyncio
import time
from pathlib import Path

import pytest

from shared.contracts.ticket_changed_v1 import Step, TicketChanged
from tests.fault.floor import Floor, a_floor
from tests.fault.history import History
from tests.fault.invariants.story import first_told
from tests.fault.ledger import judge
from tests.fault.table import FaultTable
from tests.stacks import Fresh

pytestmark = [pytest.mark.stack, pytest.mark.native, pytest.mark.timeout(240)]


async def test_offers_return_and_accepted_tickets_wait_when_a_notifier_dies(
    fresh: Fresh, tmp_path: Path, seed: int, fault_table: FaultTable
) -> None:
    async with a_floor(fresh, folder=tmp_path, seed=seed) as floor:
        await floor.busy()
        floor["notifier"].kill()
        killed = time.monotonic()
        await _all_offers_returned(floor)
        waiting = await floor.store["tickets"].count_documents({"state": "accepted"})
        floor["notifier"].start()
        recovery = await floor.recovered(since=killed)
        history = await floor.settled()

    verdict = judge(history)
    fault_table.add("notifier dead beyond silence", verdict, recovery_seconds=recovery)
    assert not verdict.complaints
    taken_back = [step for step in _steps(history) if step.on == "agent_gone"]
    assert {step.from_state for step in taken_back} == {"offered"}
    assert waiting > 0


async def _all_offers_returned(floor: Floor) -> None:
    """Until every agent counts as gone and nothing is offered to anybody."""
    agents, tickets = floor.store["agents"], floor.store["tickets"]
    while await agents.count_documents({"gone_at": 0.0}) or await tickets.count_documents(
        {"state": "offered"}
    ):
        floor.assert_alive()
        await asyncio.sleep(0.1)


def _steps(history: History) -> list[Step]:
    stories = [event.data for event in first_told(history)]
    return [step for story in stories if isinstance(story, TicketChanged) for step in story.steps]
