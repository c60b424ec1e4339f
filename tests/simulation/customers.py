"""What customers write, and what of it was accepted: the ledger the end is compared with.

Some write on two channels as one vouched customer, some anonymously; providers deliver twice;
customers edit and leave; an integration uses a wrong partition, reuses an id, sends rubbish. Beside
them somebody says what vouched customers are to us, now and then in the wrong order, and now and
then that a protected matter of theirs is open.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from shared.contracts import wrap
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.customer_profile_changed_v1 import CustomerProfileChanged
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import MessageReceived
from shared.messaging.records import Outgoing, PublishFailed, outgoing
from shared.runtime.clock import utc
from tests.simulation.broker import INBOUND, Broker
from tests.simulation.loop import VirtualLoop
from tests.simulation.producer import SimulatedPublisher
from tests.simulation.setting import EPOCH, INBOUND_PARTITIONS, staff

_TEXTS = ("hello", "deposit is late", "thanks", "my account", "deposit again", "help me")
_ACCOUNTS = ("web", "bot", "vip")


@dataclass(slots=True)
class Accepted:
    """Answered as received. `texts`: bodies the id was accepted with, usually one."""

    entry: str
    texts: set[str]


@dataclass(frozen=True, slots=True)
class Voice:
    """One identity of a customer. customer: set where the channel vouches."""

    channel: str
    account: str
    sender: str
    customer: str | None


class Customers:
    """Writes `messages` messages in the first `seconds` of a run.

    profiles: the highest version accepted of each customer's. in_matters: the customers of whom it
    was said that a matter is open.
    """

    def __init__(
        self,
        *,
        loop: VirtualLoop,
        rng: random.Random,
        broker: Broker,
        publisher: SimulatedPublisher,
        seconds: float,
    ) -> None:
        self.accepted: dict[str, Accepted] = {}
        self.profiles: dict[str, int] = {}
        self.in_matters: set[str] = set()
        self.rubbish = 0
        self._loop = loop
        self._rng = rng
        self._broker = broker
        self._publisher = publisher
        self._seconds = seconds
        self._numbers = count(1)
        self._events = count(1)

    async def write(self, messages: int) -> None:
        """Everybody writes; each identity waits for its answer before it goes on."""
        voices = self._voices(max(3, messages // 5))
        share = max(1, messages // len(voices))
        async with asyncio.TaskGroup() as tasks:
            for voice in voices:
                tasks.create_task(self._tell(voice, share))
            tasks.create_task(self._misbehave())
            tasks.create_task(self._profile(voices))

    async def say(self, sender: str, text: str, *, channel: str = "form") -> str:
        """One message; returns the id of its entry."""
        voice = Voice(channel, "web", sender, None)
        event = self._next(voice, None).model_copy(update={"text": text})
        await self._post(event)
        return event.entry_id

    def _voices(self, customers: int) -> list[Voice]:
        rng, voices = self._rng, []
        for number in range(customers):
            sender, account = f"s{number}", rng.choice(_ACCOUNTS)
            vouched = f"p{number}" if rng.random() < 0.6 else None
            channels = rng.sample(("form", "telegram", "chat"), 2 if vouched else 1)
            voices += [Voice(channel, account, sender, vouched) for channel in channels]
        return voices

    async def _tell(self, voice: Voice, messages: int) -> None:
        said: list[Outgoing] = []
        wrote: list[str] = []
        for moment in self._moments(messages):
            await asyncio.sleep(max(0.0, moment - self._loop.time()))
            event = self._next(voice, wrote[-1] if wrote else None)
            wrote.append(event.message_id)
            said.append(await self._post(event))
            if self._rng.random() < 0.2:
                await self._again(said)

    def _moments(self, messages: int) -> Sequence[float]:
        return sorted(self._rng.uniform(1.0, self._seconds) for _ in range(messages))

    def _next(self, voice: Voice, wrote: str | None) -> InboundEvent:
        """wrote: id of this voice's latest message, which an edit is about."""
        common: dict[str, Any] = {
            "channel": voice.channel,
            "account": voice.account,
            "sender": voice.sender,
            "message_id": f"m{next(self._numbers)}",
            "sent_at": self._now(),
        }
        kind = self._rng.random() if wrote is not None else 1.0
        if kind < 0.08:
            return CustomerLeft(**common)
        text = self._rng.choice(_TEXTS)
        if kind < 0.16 and wrote is not None:
            return MessageEdited(**common, of=wrote, text=text)
        return MessageReceived(**common, text=text, customer=voice.customer)

    async def _post(self, event: InboundEvent) -> Outgoing:
        """Deliver until answered, as a provider does; a few give up."""
        record = self._record(event)
        if await self._deliver(record):
            self._accept(event)
        return record

    async def _deliver(self, record: Outgoing) -> bool:
        for _ in range(6):
            try:
                await self._publisher.publish([record])
            except PublishFailed:
                await asyncio.sleep(self._rng.uniform(0.1, 1.0))
            else:
                return True
        return False

    async def _profile(self, voices: Sequence[Voice]) -> None:
        customers = sorted({voice.customer for voice in voices if voice.customer is not None})
        agents = [profile.agent for profile in staff()]
        for number, moment in enumerate(self._moments(2 * len(customers)), start=3):
            await asyncio.sleep(max(0.0, moment - self._loop.time()))
            version = number - self._rng.choice((0, 0, 0, 2))
            event = CustomerProfileChanged(
                brand="ace",
                customer=self._rng.choice(customers),
                version=version,
                tier=self._rng.choice(("standard", "vip")),
                hosts=tuple(self._rng.sample(agents, self._rng.randrange(3))),
                matter="care" if number % 3 == 0 else None,
            )
            if event.matter is not None:
                self.in_matters.add(event.key)
            if await self._deliver(self._record(event)):
                self.profiles[event.key] = max(version, self.profiles.get(event.key, 0))

    async def _again(self, said: Sequence[Outgoing]) -> None:
        """A second delivery of something earlier."""
        try:
            await self._publisher.publish([self._rng.choice(said)])
        except PublishFailed:
            return

    async def _misbehave(self) -> None:
        """Direct publishers."""
        for moment in self._moments(3):
            await asyncio.sleep(max(0.0, moment - self._loop.time()))
            which = self._rng.randrange(3)
            if which == 0:
                self._broker.append(Outgoing(INBOUND, b"x", b"{not json"))
                self.rubbish += 1
            elif which == 1:
                event = self._next(Voice("form", "web", "elsewhere", None), None)
                wrong = self._rng.randrange(INBOUND_PARTITIONS)
                self._broker.append(self._record(event), partition=wrong)
                self._accept(event)
            else:
                await self._twice_with_one_id()

    async def _twice_with_one_id(self) -> None:
        voice = Voice("form", "web", f"careless{next(self._numbers)}", None)
        first = self._next(voice, None)
        await self._post(first)
        await self._post(first.model_copy(update={"text": "something else"}))

    def _record(self, event: InboundEvent | CustomerProfileChanged) -> Outgoing:
        return outgoing(wrap(event, id=f"e{next(self._events)}", at=self._now()))

    def _accept(self, event: InboundEvent) -> None:
        known = self.accepted.setdefault(event.entry_id, Accepted(event.entry_id, set()))
        known.texts.add(getattr(event, "text", ""))

    def _now(self) -> datetime:
        return utc(EPOCH + self._loop.time())
