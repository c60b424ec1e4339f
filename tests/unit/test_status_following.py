"""What the lobby learns of waits from `support.events.v1`."""

import asyncio
from datetime import timedelta
from random import Random
from typing import Any, Final

import pytest
from prometheus_client import generate_latest

from services.ingest.lobby.status.accuracy import Accuracy
from services.ingest.lobby.status.deals import Deals, Queue
from services.ingest.lobby.status.following import Follower
from services.ingest.lobby.status.ports import Ticket
from services.ingest.lobby.status.prospects import Prospects
from services.ingest.lobby.status.waits import Wait
from shared.contracts import encode, wrap
from shared.contracts.ticket_changed_v1 import Step, TicketChanged
from shared.runtime.cancelling import cancel
from shared.runtime.clock import utc
from shared.runtime.metrics import Metrics
from tests.fakes.clock import HandClock, settle
from tests.fakes.status_store import FakeStatusStore

NOW: Final = 1_790_000_000.0
PAYMENTS: Final = Queue("main", "payments")


class Always(Random):
    """Looks at every new ticket."""

    def random(self) -> float:
        return 0.0


class Hall:
    def __init__(self, *tickets: str, luck: Random | None = None) -> None:
        self.metrics = Metrics()
        self.deals, self.accuracy = Deals(), Accuracy(self.metrics)
        self.store = FakeStatusStore(*map(waiting, tickets))
        prospects = Prospects(
            self.store, deals=self.deals, accuracy=self.accuracy, clock=HandClock(NOW)
        )
        self.follower = Follower(
            deals=self.deals,
            accuracy=self.accuracy,
            prospects=prospects,
            luck=luck or Always(),
        )

    def hear(self, ticket: str, *steps: str, to: str = "queued", later: float = 0.0) -> None:
        at = utc(NOW) + timedelta(seconds=later)
        changed = TicketChanged(
            ticket=ticket,
            desk="main",
            customer="a:1",
            queue="payments",
            channel="form",
            version=2,
            policy=1,
            shard=0,
            epoch=1,
            seq=1,
            steps=tuple(Step(on=on, to_state=to, at=at) for on in steps),
        )
        self.follower.route("", None, encode(wrap(changed, id="e", at=at)))

    def measured(self) -> float:
        text = generate_latest(self.metrics.registry).decode()
        name = "croupier_waits_foretold_ratio_count "
        [line] = [line for line in text.splitlines() if line.startswith(name)]
        return float(line.removeprefix(name))


def waiting(ticket: str) -> Ticket:
    return Ticket(ticket, PAYMENTS, "queued", "en", NOW, NOW, False, "form:web:1", 0)


def test_deals_of_a_queue_are_noted_and_nothing_else() -> None:
    hall = Hall()
    hall.hear("t-1", "opened", "dealt", to="offered")
    hall.hear("t-2", "declined")
    hall.hear("t-3", "dealt", to="offered", later=5.0)

    assert hall.deals.of(PAYMENTS, now=NOW + 5) == [NOW, NOW + 5]


@pytest.mark.parametrize("value", [None, b"", b"{}", b'{"steps": "dealt"', b'"dealt"'])
def test_what_cannot_be_read_is_passed_over(value: Any) -> None:
    hall = Hall()
    hall.follower.route("", None, value)

    assert hall.deals.of(PAYMENTS, now=NOW) == []


def test_a_wait_that_was_told_is_over_with_the_deal_and_not_with_leaving() -> None:
    hall = Hall()
    for ticket in ("t-1", "t-2"):
        hall.accuracy.told(ticket, Wait(1.0, 5.0, 9.0), at=NOW - 5)
    hall.hear("t-1", "dealt", to="offered")
    hall.hear("t-2", "abandoned", to="abandoned")
    hall.hear("t-2", "dealt", to="offered")

    assert hall.measured() == 1


async def test_a_share_of_new_tickets_is_looked_at_as_if_somebody_had_asked() -> None:
    hall = Hall("t-1", "t-2")
    for n in range(6):
        hall.deals.note(PAYMENTS, at=NOW - 60 + 10 * n)
    running = asyncio.create_task(hall.follower.run())
    hall.hear("t-1", "opened")
    hall.hear("t-2", "opened", "dealt", to="offered")
    await settle()
    hall.hear("t-1", "dealt", to="offered", later=10.0)
    hall.hear("t-2", "dealt", to="offered", later=10.0)
    await cancel([running])

    assert hall.measured() == 1


async def test_while_the_store_is_away_nothing_is_looked_at_and_nothing_ends() -> None:
    hall = Hall("t-1")
    hall.store.fails = True
    running = asyncio.create_task(hall.follower.run())
    hall.hear("t-1", "opened")
    await settle()

    assert not running.done()
    await cancel([running])


def test_most_new_tickets_are_not_looked_at() -> None:
    hall = Hall(luck=Random(3))
    for n in range(1_000):
        hall.hear(f"t-{n}", "opened")

    assert 20 <= len(hall.follower._samples) <= 90
