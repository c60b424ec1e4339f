"""Carries one delivery to its end.

Before a provider is called the store knows that it will be: whoever finds a delivery in `sending`
that nobody carries any more knows that it may have been sent. A courier that lost its partitions
and does not know yet is stopped by the store: `begin` and `settle` name the attempt.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, TypeVar

from services.ingest.courier.breaker import Breaker
from services.ingest.courier.delivery import (
    Delivery,
    Doubtful,
    Later,
    Outcome,
    Refused,
    State,
    begun,
    failed,
    settled,
)
from services.ingest.courier.observer import Observer
from services.ingest.courier.pacing import Pacer
from services.ingest.courier.ports import DeliveryStore, NoAnswer, Providers
from services.ingest.courier.receipts import became
from services.ingest.courier.reporting import news_of, report_of
from services.ingest.courier.sender import Request, Senders, Unsendable, Way
from services.ingest.errors import Unavailable
from shared.messaging.records import Publisher, PublishFailed
from shared.runtime import failpoints
from shared.runtime.backoff import pauses
from shared.runtime.cancelling import cancel
from shared.runtime.clock import Clock
from shared.runtime.logging import get_logger
from shared.store.errors import Transient, UnknownOutcome

PAUSES: Final = (0.1, 5.0)
"""Seconds between tries while the store or the broker is away."""

T = TypeVar("T")


class NotOurs(Exception):
    """Somebody else went on with the delivery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """What one delivery is carried with. luck: spreads attempts. slots: calls at once. calling:
    keys of the customers whose delivery is at its provider. doubt_seconds: a call that began so
    long ago has ended, however its courier fared."""

    store: DeliveryStore
    providers: Providers
    publisher: Publisher
    senders: Senders
    clock: Clock
    luck: Random
    observer: Observer
    slots: asyncio.Semaphore
    doubt_seconds: float
    pacer: Pacer = field(default_factory=Pacer)
    breakers: dict[str, Breaker] = field(default_factory=dict)
    calling: set[str] = field(default_factory=set)

    async def carry(self, delivery: Delivery) -> None:
        """To its end, and tell it. Raises NotOurs, and a StoreError that is no passing one."""
        if (delivery.channel, delivery.account) not in self.senders:
            delivery = await self._without_a_way(delivery)
        if delivery.state is State.SENDING:
            delivery = await self._left_in_doubt(delivery)
        while not delivery.is_over:
            delivery = await self._attempt(delivery)
        if not delivery.reported:
            reports = [report_of(delivery, now=self.clock.now())]
            # a provider may have spoken before its answer to our call was stored
            said = await self._persist(lambda: self.store.said_of([delivery]))
            if (more := became(delivery, said[delivery.reply])) is not None:
                reports.append(news_of(delivery, more, now=self.clock.now()))
            await self._persist(lambda: self.publisher.publish(reports))
            await self._persist(lambda: self.store.told(delivery.reply))
            self.observer.ended(delivery, seconds=self.clock.now() - delivery.asked_at)

    async def _left_in_doubt(self, delivery: Delivery) -> Delivery:
        """Its courier died, or is about to learn that it is not the courier any more."""
        await self.clock.sleep(max(0.0, delivery.since + self.doubt_seconds - self.clock.now()))
        return await self._settle(delivery, Doubtful("its courier stopped amid the call"))

    async def _attempt(self, delivery: Delivery) -> Delivery:
        now = self.clock.now()
        if delivery.expires_at < max(now, delivery.try_at):
            return await self._give_up(delivery)
        await self.clock.sleep(max(0.0, delivery.try_at - now))
        await self._in_turn(delivery)
        try:
            async with self.slots:
                return await self._call(begun(delivery, now=self.clock.now()))
        except Unavailable:  # a secret cannot be read: nothing was sent
            await self.clock.sleep(PAUSES[-1])
            return delivery

    async def _call(self, delivery: Delivery) -> Delivery:
        """A delivery that has begun. Raises Unavailable before anything is written or called."""
        texts = self._sender(delivery).pace.parts(delivery.text)
        call: Request | Refused
        try:
            call = self._sender(delivery).call(delivery, texts[delivery.part])
        except Unsendable as error:
            call = Refused(str(error))
        self.calling.add(delivery.key)
        try:
            return await self._begin(delivery, call)
        finally:
            self.calling.discard(delivery.key)

    async def _begin(self, delivery: Delivery, call: Request | Refused) -> Delivery:
        """Not to be cancelled lightly: the reply would be in doubt."""
        if not await self._persist(lambda: self.store.begin(delivery)):
            raise NotOurs(delivery.reply)
        if isinstance(call, Refused):
            return await self._settle(delivery, call)
        failpoints.hit("courier.before_call")
        began = self.clock.monotonic()
        try:
            outcome = self._sender(delivery).outcome(await self.providers.call(call))
        except NoAnswer as error:
            says = str(error)
            outcome = Doubtful(says) if error.reached else Later(says, ours=True)
        self.observer.called(delivery, outcome, seconds=self.clock.monotonic() - began)
        failpoints.hit("courier.after_call")
        return await self._settle(delivery, outcome)

    async def _without_a_way(self, delivery: Delivery) -> Delivery:
        """Its account was taken out of the accounts file, or its token was, with the reply
        stored."""
        if delivery.is_over:
            return delivery
        error = "its account has no way out any more"
        if delivery.state is State.SENDING:
            error = f"in doubt, perhaps delivered: {error}"
        else:
            delivery = await self._held(delivery)
        return await self._stored(failed(delivery, error, parts=1))

    def _sender(self, delivery: Delivery) -> Way[Request]:
        return self.senders[delivery.channel, delivery.account]

    async def _in_turn(self, delivery: Delivery) -> None:
        """Wait for the account's and the chat's turn."""
        pace = self._sender(delivery).pace
        account = f"{delivery.channel}:{delivery.account}"
        breaker = self.breakers.setdefault(account, Breaker())
        while (wait := breaker.wait(self.clock.monotonic())) > 0:
            await self._either(self.clock.sleep(wait), breaker.closed.wait())
        now = self.clock.monotonic()
        turns = (
            self.pacer.book(account, rate=pace.account, burst=pace.burst, now=now),
            self.pacer.book(delivery.key, rate=pace.chat, burst=pace.burst, now=now),
        )
        await self.clock.sleep(max(0.0, max(turns) - now))

    async def _either(self, *waits: Coroutine[Any, Any, object]) -> None:
        """Until the first of them ends."""
        tasks = [asyncio.ensure_future(each) for each in waits]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await cancel(tasks)

    async def _settle(self, delivery: Delivery, outcome: Outcome) -> Delivery:
        self._learn(delivery, outcome)
        sender = self._sender(delivery)
        outcome = sender.judged(delivery, outcome)
        if isinstance(outcome, Doubtful) and sender.repeatable:
            outcome = Later(outcome.error)
        after = settled(
            delivery,
            outcome,
            parts=len(sender.pace.parts(delivery.text)),
            now=self.clock.now(),
            luck=self.luck.random(),
        )
        return await self._stored(after)

    async def _give_up(self, delivery: Delivery) -> Delivery:
        """Too old."""
        delivery = await self._held(delivery)
        parts = len(self._sender(delivery).pace.parts(delivery.text))
        error = f"given up: {delivery.error or 'too old when it could be sent'}"
        return await self._stored(failed(delivery, error, parts=parts))

    async def _held(self, delivery: Delivery) -> Delivery:
        """Pending so far: once `begin` went through, nobody but us may write it."""
        held = begun(delivery, now=self.clock.now())
        if not await self._persist(lambda: self.store.begin(held)):
            raise NotOurs(delivery.reply)
        return held

    async def _stored(self, delivery: Delivery) -> Delivery:
        if not await self._persist(lambda: self.store.settle(delivery)):
            raise NotOurs(delivery.reply)
        return delivery

    def _learn(self, delivery: Delivery, outcome: Outcome) -> None:
        """For the account's breaker, and its lane where the provider named a time."""
        account = f"{delivery.channel}:{delivery.account}"
        breaker = self.breakers.setdefault(account, Breaker())
        now = self.clock.monotonic()
        match outcome:
            case Later(after=float(after), ours=True):
                self.pacer.hold(account, until=now + after)
            case Later(ours=True) | Doubtful():
                breaker.failed(now)
            case _:
                breaker.succeeded()
        self.observer.breaker(account, is_open=breaker.is_open)

    async def _persist(self, work: Callable[[], Awaitable[T]]) -> T:
        """Until store and broker did it: a write that was done already finds itself stored."""
        for pause in pauses(PAUSES):
            try:
                return await work()
            except (Transient, UnknownOutcome, PublishFailed) as error:
                get_logger().warning("courier.waiting", error=type(error).__name__)
            await self.clock.sleep(pause)
        raise AssertionError("pauses never end")
