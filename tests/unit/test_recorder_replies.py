"""What the recorder keeps of replies, and what it tells their agents."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from services.router.recorder.replies import GROUP, RepliesKept, ReplyRecorder
from shared.contracts import Contract, encode, wrap
from shared.contracts.delivery_reported_v1 import DeliveryReported
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.contracts.reply_status_changed_v1 import ReplyStatusChanged
from shared.messaging.patience import Patience
from shared.messaging.records import PublishFailed, Record
from shared.privacy.mask import mask
from shared.store.errors import StoreError, Transient
from tests.fakes.publisher import FakePublisher
from tests.fakes.replies import FakeReplies

AT = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
Status = Literal["sent", "delivered", "read", "failed"]


class Clock:
    """Minutes later; passes no time."""

    def now(self) -> float:
        return (AT + timedelta(minutes=5)).timestamp()

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        """At once."""


def written(reply: str = "r1", **more: Any) -> ReplyRequested:
    given: dict[str, Any] = {"ticket": "t1", "channel": "viber", "account": "bot", "sender": "7"}
    given |= {"text": "hello", "agent": "lina"} | more
    return ReplyRequested(reply=reply, **given)


def report(status: Status, reply: str = "r1", **more: Any) -> DeliveryReported:
    given: dict[str, Any] = {"channel": "viber", "account": "bot", "sender": "7", "at": AT} | more
    return DeliveryReported(reply=reply, status=status, **given)


def record(data: Contract, offset: int = 0) -> Record:
    event = wrap(data, id=f"e{offset}", at=AT, correlation="t1")
    return Record(data.TOPIC, 0, offset, b"k", encode(event), 1)


class Bench:
    def __init__(self) -> None:
        self.offset = 0
        self.store, self.publisher = FakeReplies(), FakePublisher()
        self.recorder = ReplyRecorder(
            store=self.store, publisher=self.publisher, clock=Clock(), mask=mask
        )

    async def reads(self, *events: Contract) -> RepliesKept:
        """Once, at the next offsets."""
        first, self.offset = self.offset, self.offset + len(events)
        return await self.reads_at(first, *events)

    async def reads_at(self, offset: int, *events: Contract) -> RepliesKept:
        records = [record(each, n) for n, each in enumerate(events, start=offset)]
        return await self.recorder.record(records)

    @property
    def told(self) -> list[tuple[str, str]]:
        """(reply, status) in order."""
        events = [event.data for event in self.publisher.events]
        told = [each for each in events if isinstance(each, ReplyStatusChanged)]
        assert len(told) == len(events)
        return [(each.reply, each.status) for each in told]


async def test_a_reply_is_kept_with_its_words_and_nobody_is_told_yet() -> None:
    bench = Bench()
    outcome = await bench.reads(written())
    assert bench.store.written["r1"]["text"] == "hello"
    assert bench.store.written["r1"]["at"] == AT.timestamp()
    assert (bench.told, outcome.counts["replies"]) == ([], 1)


async def test_its_agent_is_told_each_time_it_comes_further() -> None:
    bench = Bench()
    await bench.reads(written())
    for status in ("sent", "delivered", "delivered", "sent", "read"):
        await bench.reads(report(status))
    assert bench.told == [("r1", "sent"), ("r1", "delivered"), ("r1", "read")]
    [*_, last] = bench.publisher.confirmed
    assert (last.topic, last.key) == ("support.assignments.v1", b"lina")


async def test_of_a_failure_the_agent_hears_why_without_card_numbers() -> None:
    bench = Bench()
    await bench.reads(written(), report("failed", error="no: 4111 1111 1111 1111"))
    [event] = bench.publisher.events
    assert isinstance(event.data, ReplyStatusChanged)
    assert event.data.error == "no: [card …1111]"
    assert bench.store.standings["r1"].error == "no: [card …1111]"


async def test_of_several_reports_in_one_batch_the_furthest_is_told() -> None:
    bench = Bench()
    await bench.reads(written(), report("read"), report("sent"))
    assert bench.told == [("r1", "read")]


async def test_a_report_that_is_read_before_its_reply_is_told_when_the_agent_is_known() -> None:
    bench = Bench()
    await bench.reads(report("failed"))
    assert bench.told == []
    await bench.reads(written())
    assert bench.told == [("r1", "failed")]


async def test_nobody_is_told_of_a_text_of_the_policy() -> None:
    bench = Bench()
    await bench.reads(written(by="system", agent=None), report("failed"))
    assert bench.told == []
    assert bench.store.standings["r1"].status == "failed"


async def test_who_may_not_have_been_told_before_a_crash_is_told_again() -> None:
    bench = Bench()
    await bench.reads(written())
    bench.publisher.mode = "fail"
    with pytest.raises(PublishFailed):
        await bench.reads_at(7, report("failed"))
    bench.publisher.mode = "confirm"
    await bench.reads_at(7, report("failed"))
    await bench.reads_at(8, report("failed"))
    assert bench.told == [("r1", "failed")]


async def test_old_news_is_kept_and_told_to_nobody() -> None:
    bench = Bench()
    await bench.reads(written(), report("failed", at=AT - timedelta(hours=2)))
    assert bench.store.standings["r1"].status == "failed"
    assert bench.told == []


async def test_a_time_beyond_any_calendar_is_taken_for_now() -> None:
    bench = Bench()
    last = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    await bench.reads(written(), report("sent", at=last))
    assert bench.store.standings["r1"].at == Clock().now()
    assert bench.told == [("r1", "sent")]


async def test_other_events_of_the_topic_are_left_alone_and_what_is_no_event_is_a_dead_letter() -> (
    None
):
    bench = Bench()
    strange = Record("support.delivery.v1", 0, 4, b"k", b"{not json", 1)
    other = record(ReplyStatusChanged(agent="a", ticket="t", reply="r", status="sent", at=AT))
    outcome = await bench.recorder.record([strange, other, record(written(), 5)])

    [letter] = bench.publisher.confirmed
    assert letter.topic == f"support.delivery.v1.{GROUP}.dlq"
    assert outcome.refused == {("support.delivery.v1", "invalid"): 1}
    assert list(bench.store.written) == ["r1"]


@pytest.mark.parametrize(
    ("failures", "letters"), [([Transient("away")] * 5, 0), ([StoreError("refused")] * 4, 1)]
)
async def test_a_store_that_is_away_is_waited_for_and_what_it_refuses_is_set_aside(
    failures: Sequence[StoreError], letters: int
) -> None:
    bench = Bench()
    bench.store.failures = list(failures)
    patience = Patience[RepliesKept](
        GROUP, clock=Clock(), publisher=bench.publisher, set_aside=bench.recorder.set_aside
    )
    await patience.carry_out([record(written())], bench.recorder.record)
    assert len(bench.publisher.confirmed) == letters
    assert len(bench.store.written) == 1 - letters
