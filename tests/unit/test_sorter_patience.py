"""What becomes of a batch that fails."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

import pytest

from services.router.policy import PolicyBoard, parse_policy
from services.router.ports import SortWrite
from services.router.sorter.handler import Sorter
from services.router.sorter.observer import Observer
from services.router.sorter.patience import Patience
from services.router.sorter.worker import Worker
from services.router.understanding.port import Understood
from shared.contracts.base import Contract, Envelope, encode, wrap
from shared.contracts.message_received_v1 import MessageReceived
from shared.messaging.intake import Intake
from shared.messaging.partition import partition_of
from shared.messaging.patience import ATTEMPTS, PAUSES
from shared.messaging.progress import Progress
from shared.messaging.records import Outgoing, PublishFailed, Record
from shared.privacy.mask import mask
from shared.runtime.backoff import pauses
from shared.runtime.clock import utc
from shared.runtime.metrics import Metrics
from shared.store.errors import StoreError, Transient
from tests.fakes.publisher import FakePublisher
from tests.fakes.sort_store import FakeSortStore

DEAD = "support.inbound.v1.sorter.dlq"
POLICY = parse_policy(
    """
version: 1
channels: [form]
priorities: {1: 1.0}
priority: 1
urgent: 1
accounts: [{brand: b, desk: main}]
desks:
  main:
    languages: {en: 1}
    default_language: en
    queues: {all: {targets: {"*": 1m}}}
    otherwise: all
"""
)


class Bug(Exception):
    """What a programmer did not think of."""


class Understanding:
    """Fails on one word, as often as it is told to."""

    failures = 0

    def understand(self, text: str, *, lang_hint: str | None = None) -> Understood:
        if text == "poison" and self.failures:
            self.failures -= 1
            raise Bug
        return Understood(lang_hint or "en", 1.0, "other", 1.0, False, True)


class Clock:
    """Passes no time; `on_sleep` sees each pause."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.on_sleep: Callable[[], None] = lambda: None

    def now(self) -> float:
        return 1e9

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.on_sleep()


class NoPoints:
    async def hit(self, name: str) -> None:
        """Nothing happens here."""


class RefusingStore(FakeSortStore):
    """Refuses every write that holds one message, for good."""

    def __init__(self, refused: str) -> None:
        super().__init__()
        self.refused = refused

    async def insert(self, write: SortWrite) -> None:
        if any(doc["_id"] == self.refused for doc in write.messages):
            raise StoreError("BSONObjectTooLarge code=10334")
        await super().insert(write)


@dataclass
class Bench:
    store: FakeSortStore = field(default_factory=FakeSortStore)
    publisher: FakePublisher = field(default_factory=FakePublisher)
    understanding: Understanding = field(default_factory=Understanding)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.patience = Patience(
            Sorter(
                store=self.store,
                publisher=self.publisher,
                understanding=self.understanding,
                policies=PolicyBoard(POLICY),
                clock=self.clock,
                mask=mask,
                failpoints=NoPoints(),
            )
        )

    async def sort(self, *texts: str) -> dict[int, int]:
        """Sort messages 0, 1, … of one sender; what may be committed in the end."""
        offsets: dict[int, int] = {}
        records = [record(number, text) for number, text in enumerate(texts)]
        for outcome in await self.patience.sort(records, partitions=1):
            offsets |= outcome.offsets
        return offsets

    def published(self, topic: str) -> list[Outgoing]:
        return [one for one in self.publisher.confirmed if one.topic == topic]


def record(number: int, text: str) -> Record:
    message = MessageReceived(
        channel="form",
        account="web",
        sender="me",
        message_id=str(number),
        sent_at=utc(1e9),
        text=text,
    )
    event: Envelope[Contract] = wrap(message, id=f"e{number}", at=utc(1e9))
    key = message.key.encode()
    assert partition_of(key, 1) == 0
    return Record("support.inbound.v1", 0, number, key, encode(event), 10**12)


async def test_a_record_nobody_can_handle_is_set_aside_alone_and_the_rest_is_sorted() -> None:
    bench = Bench()
    bench.understanding.failures = 1 + ATTEMPTS

    offsets = await bench.sort("one", "poison", "two")

    assert list(bench.store.message_docs) == ["form:web:0", "form:web:2"]
    [letter] = bench.published(DEAD)
    headers = dict(letter.headers)
    assert headers["reason"] == b"failed: failed 3 times, last with Bug"
    assert headers["origin-offset"] == b"1"
    assert offsets == {0: 3}


async def test_a_record_that_fails_less_often_is_sorted() -> None:
    bench = Bench()
    bench.understanding.failures = ATTEMPTS

    await bench.sort("one", "poison", "two")

    assert list(bench.store.message_docs) == [f"form:web:{number}" for number in range(3)]
    assert not bench.published(DEAD)


async def test_a_document_the_store_refuses_for_itself_is_set_aside() -> None:
    bench = Bench(store=RefusingStore("form:web:1"))

    await bench.sort("one", "too large", "two")

    assert list(bench.store.message_docs) == ["form:web:0", "form:web:2"]
    assert len(bench.published(DEAD)) == 1


async def test_a_store_that_is_away_is_waited_for_and_costs_no_attempt() -> None:
    bench = Bench()
    bench.store.failures = [Transient("AutoReconnect code=None")] * 100
    waited: list[bool] = []
    bench.clock.on_sleep = lambda: waited.append(bench.patience.waiting)

    await bench.sort("one")

    assert list(bench.store.message_docs) == ["form:web:0"]
    assert not bench.published(DEAD)
    assert any(waited)
    assert not bench.patience.waiting


async def test_a_broker_that_is_away_for_a_while_is_waited_for() -> None:
    bench = Bench()
    bench.publisher.mode = "fail"

    def back_after_three() -> None:
        if len(bench.clock.slept) == 3:
            bench.publisher.mode = "confirm"

    bench.clock.on_sleep = back_after_three

    await bench.sort("one")

    assert len(bench.published("support.tickets.v1")) == 1
    assert len(bench.store.message_docs) == 1


async def test_a_broker_that_refuses_connections_for_long_is_waited_for_all_the_same() -> None:
    """Refusals are quick: counting them once ended both routers within half a minute."""
    bench = Bench()
    bench.publisher.mode = "fail"

    def back_after_a_hundred() -> None:
        if len(bench.clock.slept) == 100:
            bench.publisher.mode = "confirm"

    bench.clock.on_sleep = back_after_a_hundred

    await bench.sort("one")

    assert len(bench.published("support.tickets.v1")) == 1


async def test_a_dead_letter_is_published_until_it_is_confirmed() -> None:
    class Late(FakePublisher):
        refusals = 20

        async def publish(self, outgoing: Sequence[Outgoing]) -> None:
            if self.refusals and any(one.topic == DEAD for one in outgoing):
                self.refusals -= 1
                raise PublishFailed("the topic is gone")
            await super().publish(outgoing)

    bench = Bench(publisher=Late())
    bench.understanding.failures = 1 + ATTEMPTS

    assert await bench.sort("poison") == {0: 1}
    assert len(bench.published(DEAD)) == 1
    assert not bench.patience.waiting


@pytest.mark.parametrize(("failures", "seconds"), [(1, 0.1), (2, 0.2), (3, 0.4), (500, 5.0)])
def test_pauses_double_up_to_five_seconds(failures: int, seconds: float) -> None:
    assert next(islice(pauses(PAUSES), failures - 1, None)) == pytest.approx(seconds)


async def test_a_worker_ends_though_the_driver_lost_its_cancellation() -> None:
    bench = Bench()
    insert, inserting = bench.store.insert, asyncio.Event()

    async def deaf(write: SortWrite) -> None:
        inserting.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await insert(write)

    bench.store.insert = deaf  # type: ignore[method-assign]
    intake = Intake(pause=lambda: None, resume=lambda: None)
    worker = Worker(
        intake=intake,
        patience=bench.patience,
        progress=Progress("support.inbound.v1", group="sorter"),
        observer=Observer(Metrics()),
        partitions=lambda: 1,
    )
    working = asyncio.create_task(worker.run())
    intake.open()
    intake.put([record(0, "hello")])
    await inserting.wait()

    working.cancel()
    async with asyncio.timeout(30):
        await asyncio.wait({working})

    assert working.cancelled()
    assert len(bench.store.message_docs) == 1
