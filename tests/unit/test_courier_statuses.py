"""What providers say becomes reports, whichever comes first: their word or our own note."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.ingest.courier.delivery import State
from services.ingest.courier.statuses import GROUP, Heard, StatusInbox
from shared.contracts import Contract, encode, wrap
from shared.contracts.delivery_reported_v1 import DeliveryReported, DeliveryStatus
from shared.contracts.provider_status_v1 import ProviderStatus
from shared.messaging.records import PublishFailed, Record
from tests.unit.test_courier_carrier import SILENT, Post, reply

AT = datetime(2026, 11, 18, 11, 6, tzinfo=UTC)


def status(said: DeliveryStatus, message: str = "1", **more: Any) -> ProviderStatus:
    given: dict[str, Any] = {"channel": "telegram", "account": "lucky_bot", "sender": "7", "at": AT}
    return ProviderStatus(provider_id=message, status=said, **given | more)


def record(data: Contract, offset: int = 0) -> Record:
    event = wrap(data, id=f"e{offset}", at=AT)
    return Record(data.TOPIC, 0, offset, b"k", encode(event), 1)


class Bench(Post):
    """A courier, and beside it the inbox of statuses on the same store."""

    offset = 0

    @property
    def inbox(self) -> StatusInbox:
        return StatusInbox(store=self.store, publisher=self.publisher, clock=self.clock)

    async def hears(self, *statuses: ProviderStatus) -> Heard:
        """Once, at the next offsets."""
        first, self.offset = self.offset, self.offset + len(statuses)
        return await self.hears_at(first, *statuses)

    async def hears_at(self, offset: int, *statuses: ProviderStatus) -> Heard:
        records = [record(each, n) for n, each in enumerate(statuses, start=offset)]
        return await self.inbox.take_in(records)

    @property
    def reported(self) -> list[tuple[str, str]]:
        return [
            (event.data.reply, event.data.status)
            for event in self.publisher.events
            if isinstance(event.data, DeliveryReported)
        ]


async def test_what_is_said_of_a_sent_reply_is_reported_and_the_old_and_repeated_is_not() -> None:
    bench = Bench()
    await bench.send()
    for said in ("sent", "delivered", "delivered", "sent", "read", "read", "delivered"):
        await bench.hears(status(said))
    assert bench.reported == [("r-1", "sent"), ("r-1", "delivered"), ("r-1", "read")]


async def test_a_status_is_reported_under_the_customer_s_key_with_the_provider_s_time() -> None:
    bench = Bench()
    await bench.send()
    await bench.hears(status("delivered", sender="another name of theirs", reply="r-1"))
    last = bench.publisher.events[-1]
    assert isinstance(last.data, DeliveryReported)
    assert bench.publisher.confirmed[-1].key == reply().key.encode()
    assert (last.data.at, last.data.provider_id) == (AT, "1")
    assert (last.cause, last.correlation) == ("r-1", reply().ticket)


@pytest.mark.parametrize("ours", ["", "r-1"])
async def test_what_is_said_before_the_courier_is_done_is_reported_by_the_courier(
    ours: str,
) -> None:
    bench = Bench()
    await bench.store.take_in([reply()])
    heard = await bench.hears(status("delivered", reply=ours or None))
    assert set(heard.counts) == {("telegram", "early" if ours else "unknown")}
    await bench.carrier.carry(reply())
    assert bench.reported == [("r-1", "sent"), ("r-1", "delivered")]


async def test_a_courier_that_died_before_it_told_leaves_what_was_said_to_the_next() -> None:
    bench = Bench()
    ended = replace(await bench.send(), reported=False)
    assert ended.state is State.SENT
    bench.store.by_id["r-1"] = ended
    await bench.hears(status("read"))
    await bench.carrier.carry(ended)
    assert bench.reported == [("r-1", "sent"), ("r-1", "read"), ("r-1", "sent"), ("r-1", "read")]


async def test_a_doubt_is_resolved_by_what_the_provider_says() -> None:
    bench = Bench(SILENT)
    await bench.send()
    [doubt] = bench.reports
    assert (doubt.status, doubt.in_doubt) == ("failed", True)
    await bench.hears(status("delivered", "77", reply="r-1"))
    assert bench.reported == [("r-1", "failed"), ("r-1", "delivered")]


async def test_messages_of_somebody_else_on_the_account_are_counted_and_left() -> None:
    bench = Bench()
    heard = await bench.hears(status("read", "99"), status("failed", "98", reply="their own id"))
    assert heard.counts == {("telegram", "unknown"): 2}
    assert bench.publisher.confirmed == []


async def test_what_may_not_have_been_reported_before_a_crash_is_reported_again() -> None:
    bench = Bench()
    await bench.send()
    bench.publisher.mode = "fail"
    with pytest.raises(PublishFailed):
        await bench.hears_at(8, status("failed", error="blocked"))
    bench.publisher.mode = "confirm"
    for offset in (8, 8, 9):
        await bench.hears_at(offset, status("failed", error="blocked"))
    _, first, again = bench.publisher.events
    assert first.id == again.id == "r-1:failed:provider"
    assert isinstance(first.data, DeliveryReported)
    assert first.data.error == "blocked"


async def test_reports_on_the_same_topic_are_passed_over_and_what_is_no_event_is_set_aside() -> (
    None
):
    bench = Bench()
    report = DeliveryReported(
        reply="r-1", channel="telegram", account="lucky_bot", sender="7", status="sent", at=AT
    )
    strange = Record(ProviderStatus.TOPIC, 0, 4, b"k", b"{", 1)
    heard = await bench.inbox.take_in([record(report), strange])
    assert (heard.counts, heard.refused) == ({}, {"invalid": 1})
    [letter] = bench.publisher.confirmed
    assert letter.topic == f"support.delivery.v1.{GROUP}.dlq"
