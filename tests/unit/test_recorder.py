"""What the recorder keeps of the desks' events."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.router.recorder.handler import Recorded, Recorder
from services.router.recorder.reading import read
from shared.contracts import Contract, encode, wrap
from shared.contracts.agent_changed_v1 import AgentChanged
from shared.contracts.base import Envelope
from shared.contracts.ticket_changed_v1 import Step, TicketChanged
from shared.contracts.turn_recorded_v1 import TurnRecorded
from shared.messaging.patience import ATTEMPTS, Patience
from shared.messaging.records import PublishFailed, Record
from shared.store.documents import ChangeDoc
from shared.store.errors import StoreError, Transient
from tests.fakes.publisher import FakePublisher

AT = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
TOPIC, DEAD = "support.events.v1", "support.events.v1.recorder.dlq"
KEPT = timedelta(days=30)
DECISION = {"policy": 1, "due_at": 5.0, "waited": 1.5, "excluded": {"reserve:vip": 2}, "best": []}


class Changes:
    """A ChangeStore in memory. failures: raised first, one a call. refused: ids never taken."""

    def __init__(self) -> None:
        self.docs: dict[str, ChangeDoc] = {}
        self.failures: list[Exception] = []
        self.refused: set[str] = set()

    async def add(self, changes: Sequence[ChangeDoc]) -> int:
        if self.failures:
            raise self.failures.pop()
        if any(change["_id"] in self.refused for change in changes):
            raise StoreError("refused")
        before = len(self.docs)
        self.docs |= {change["_id"]: change for change in changes if change["_id"] not in self.docs}
        return len(self.docs) - before


class Clock:
    """Passes no time."""

    def now(self) -> float:
        return 0.0

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        """At once."""


def step(on: str, before: str | None, after: str, **more: Any) -> Step:
    return Step(on=on, from_state=before, to_state=after, at=AT, **more)


def changed(*steps: Step, ticket: str = "t1", version: int = 2) -> TicketChanged:
    return TicketChanged(
        ticket=ticket,
        desk="main",
        customer="p:acme:7",
        queue="payments",
        channel="web",
        version=version,
        policy=1,
        shard=3,
        epoch=1,
        seq=9,
        steps=steps,
    )


def anna(**more: Any) -> AgentChanged:
    given = {"on": "state_set", "state": "break", "connected": True, "at": AT, "shard": 3}
    return AgentChanged(agent="anna", desk="main", epoch=1, seq=9, **given | more)


def record(data: Contract, offset: int = 0, *, id: str = "", partition: int = 0) -> Record:
    event: Envelope[Contract] = wrap(data, id=id or f"3.9.{offset}", at=AT)
    return Record(TOPIC, partition, offset, b"k", encode(event), 1)


def kept(data: Contract) -> Any:
    return read(record(data), kept=KEPT)


def test_a_tickets_steps_are_kept_whole_with_their_decision_and_without_the_customer() -> None:
    doc = kept(
        changed(
            step("opened", None, "queued", n=0),
            step("dealt", "queued", "offered", n=1, agent="anna", assignment=1, decision=DECISION),
        )
    )

    assert (doc["ticket"], doc["version"], doc["seq"]) == ("t1", 2, 9)
    assert [each["on"] for each in doc["steps"]] == ["opened", "dealt"]
    assert doc["steps"][1]["decision"] == DECISION
    assert doc["steps"][1]["at"] == doc["at"] == AT.timestamp()
    assert "p:acme:7" not in str(doc)


def test_a_ticket_is_found_by_whose_hands_it_came_into_or_left_and_by_nobody_elses() -> None:
    def agents(*steps: Step) -> list[str]:
        found: list[str] = kept(changed(*steps))["agents"]
        return found

    assert agents(
        step("declined", "offered", "queued", agent="boris", assignment=1),
        step("dealt", "queued", "offered", agent="anna", assignment=2),
    ) == ["anna", "boris"]
    assert agents(step("wrap_up_ended", "wrap_up", "resolved", agent="anna")) == ["anna"]
    assert agents(step("accepted", "offered", "accepted", agent="anna")) == []
    assert agents(step("reopened", "resolved", "queued")) == []


def test_a_change_of_an_agent_is_kept_with_what_decides_their_work() -> None:
    profile = {"skills": {"lang.ru": 4}, "channels": ("web",), "capacity": 2.0}
    doc = kept(anna(**profile, reason="lunch", hand=("t1", "t2")))

    assert (doc["about"], doc["agents"], doc["state"]) == ("agent", ["anna"], "break")
    assert (doc["skills"], doc["channels"], doc["capacity"]) == ({"lang.ru": 4}, ["web"], 2.0)
    assert doc["hand"] == ["t1", "t2"]


def test_a_change_from_before_events_had_the_profile_is_kept_without_it() -> None:
    assert (kept(anna())["skills"], kept(anna())["hand"]) == (None, None)


def test_a_document_goes_so_long_after_it_happened_however_late_it_is_recorded() -> None:
    assert kept(anna())["expires_at"] == AT + KEPT


def test_turns_are_not_kept() -> None:
    turn = TurnRecorded(shard=3, epoch=1, seq=9, now=AT, policy=1, applied=())
    assert kept(turn) is None


class Bench:
    def __init__(self) -> None:
        self.store, self.publisher = Changes(), FakePublisher()
        self.recorder = Recorder(store=self.store, publisher=self.publisher, kept=KEPT)
        self.patience = Patience[Recorded](
            "recorder",
            clock=Clock(),
            publisher=self.publisher,
            set_aside=self.recorder.set_aside,
        )

    async def carry_out(self, *records: Record) -> dict[int, int]:
        """What may be committed in the end."""
        offsets: dict[int, int] = {}
        for outcome in await self.patience.carry_out(records, self.recorder.record):
            offsets |= outcome.offsets
        return offsets


async def test_an_event_delivered_twice_is_one_document() -> None:
    bench = Bench()
    first = await bench.recorder.record([record(changed()), record(anna(), 1)])
    again = await bench.recorder.record([record(anna(), 1), record(changed(version=3), 2)])

    assert len(bench.store.docs) == 3
    assert (first.counts["new"], first.counts["repeated"]) == (2, 0)
    assert (again.counts["new"], again.counts["repeated"]) == (1, 1)


async def test_what_cannot_be_read_is_a_confirmed_dead_letter_and_the_rest_is_kept() -> None:
    bench = Bench()
    outcome = await bench.recorder.record(
        [Record(TOPIC, 0, 4, b"k", b"{not json", 1), record(changed(), 5)]
    )

    [letter] = bench.publisher.confirmed
    assert letter.topic == DEAD
    assert dict(letter.headers)["origin-offset"] == b"4"
    assert len(bench.store.docs) == 1
    assert outcome.offsets == {0: 6}


async def test_nothing_may_be_committed_while_the_dead_letter_is_not_confirmed() -> None:
    bench = Bench()
    bench.publisher.mode = "fail"
    with pytest.raises(PublishFailed):
        await bench.recorder.record([Record(TOPIC, 0, 4, b"k", b"", 1)])


async def test_a_store_that_is_away_is_waited_for_and_nothing_is_spent() -> None:
    bench = Bench()
    bench.store.failures = [Transient("AutoReconnect")] * (ATTEMPTS + 5)

    assert await bench.carry_out(record(changed()), record(anna(), 1)) == {0: 2}
    assert len(bench.store.docs) == 2
    assert not bench.publisher.confirmed


async def test_a_document_the_store_refuses_is_set_aside_alone() -> None:
    bench = Bench()
    bad = record(changed(), 1, id="bad")
    bench.store.refused = {f"bad@{round(AT.timestamp() * 1000)}"}

    offsets = await bench.carry_out(record(anna(), 0), bad, record(anna(), 2))

    [letter] = bench.publisher.confirmed
    assert dict(letter.headers)["reason"] == b"failed: failed 3 times, last with StoreError"
    assert len(bench.store.docs) == 2
    assert offsets == {0: 3}
