"""What an integration does, step by step, and what docs/contracts.md promises of it.

Each scene has a customer of its own, so none waits for another, and each customer leaves.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from cli.conform.customer import CARD, CHANNEL, INBOUND, TEXT, Customer
from cli.conform.ear import Ear, Heard
from cli.conform.verdict import Verdicts
from shared.contracts.base import MAX_RECORD_BYTES
from shared.messaging.deadletter import LEFT_BEHIND, ORIGIN_OFFSET, ORIGIN_TOPIC, REASON
from shared.messaging.partition import partition_of

EVENTS: Final = "support.events.v1"
DEAD: Final = "support.inbound.v1.sorter.dlq"
_NO_ROUTER: Final = "is a router running, and does its lag stand still (croupier status)?"


@dataclass(slots=True)
class Play:
    """run: unique, in every id. within: seconds for the system to react."""

    producer: AIOKafkaProducer
    ear: Ear
    verdicts: Verdicts
    prefix: str
    account: str
    run: str
    within: float
    cast: list[Customer] = field(default_factory=list)

    def customer(self, scene: str) -> Customer:
        customer = Customer(self.producer, self.prefix, self.account, f"{self.run}-{scene}")
        self.cast.append(customer)
        return customer

    async def all(self) -> None:
        """Every scene; whatever happens, those who came leave. Raises KafkaError."""
        scenes: list[Callable[[], Awaitable[None]]] = [
            self._conversation,
            self._transcript,
            self._wrong_key,
            self._wrong_partition,
            self._card,
            self._malformed,
            self._unknown_type,
            self._other_body,
            self._oversized,
            self._rating,
        ]
        try:
            await asyncio.gather(*(scene() for scene in scenes))
        finally:
            await self.end()

    async def end(self) -> None:
        """Everybody leaves."""
        for each in self.cast:
            if each.came:
                with suppress(KafkaError):
                    await each.leaves()

    async def ticket_of(self, entry: str) -> str | None:
        """The ticket that was opened with this entry; None: none came."""

        def opened(heard: Heard) -> bool:
            return heard.topic == EVENTS and any(
                step.get("on") == "opened" and (step.get("opening") or {}).get("message") == entry
                for step in steps_of(heard)
            )

        heard = await self.ear.first(opened, within=self.within)
        return str(heard.data["ticket"]) if heard is not None else None

    async def step(self, ticket: str, on: str) -> dict[str, Any] | None:
        """The first of that kind; None: none came."""

        def found(heard: Heard) -> bool:
            return is_of(heard, ticket) and any(step["on"] == on for step in steps_of(heard))

        heard = await self.ear.first(found, within=self.within)
        return next((s for s in steps_of(heard) if s["on"] == on), None) if heard else None

    def count(self, ticket: str) -> Counter[str]:
        """Steps of a ticket so far; an event that came twice counts once."""
        told = {h.event.get("id"): h for h in self.ear.all(lambda heard: is_of(heard, ticket))}
        return Counter(step["on"] for heard in told.values() for step in steps_of(heard))

    async def dead(self, customer: Customer, reason: str) -> Heard | None:
        """The dead letter under the customer's key for this reason; None: none came."""

        def wanted(heard: Heard) -> bool:
            ours = heard.topic == DEAD and heard.record.key == customer.key.encode()
            return ours and heard.headers.get(REASON, "").startswith(reason)

        return await self.ear.first(wanted, within=self.within)

    async def _conversation(self) -> None:
        customer = self.customer("talk")
        await customer.says("m1", text=TEXT)
        ticket = await self.ticket_of(customer.entry("m1"))
        self.verdicts.of("a message opens a ticket", None if ticket else _missing("TicketChanged"))
        if ticket is None:
            return
        again = customer.event("m1", text=TEXT)
        await customer.publish(again)
        await customer.publish(again)
        await customer.says("e1", "MessageEdited", of=customer.id("m1"), text=f"{TEXT} Thanks.")
        await customer.says("m2", text=TEXT)
        await customer.says("d1", "MessageDeleted", of=customer.id("m2"))
        await customer.leaves()
        left = await self.step(ticket, "abandoned")
        self.verdicts.of(
            "a customer who leaves ends the wait", None if left else _missing("step abandoned")
        )
        counted = self.count(ticket)["entry_added"]
        wrong = None
        if left and counted != 4:
            wrong = f"of edit, message, deletion and departure 4 entries are made, not {counted}"
        self.verdicts.of("edit and deletion belong to its ticket, a duplicate counts once", wrong)

    async def _transcript(self) -> None:
        customer = self.customer("bot")
        turns = [{"by": "bot", "text": "How can I help?"}, {"by": "customer", "text": TEXT}]
        await customer.says("t1", "BotTranscript", turns=turns)
        await self._opens("a bot's talk opens a ticket", customer, "t1")

    async def _wrong_key(self) -> None:
        customer = self.customer("key")
        await customer.publish(customer.event("m1", text=TEXT), key=f"{CHANNEL}:{self.run}")
        await self._opens("a record under a wrong key finds its way", customer, "m1")

    async def _wrong_partition(self) -> None:
        customer = self.customer("partition")
        many = self.ear.partitions(INBOUND)
        check = "a record on a wrong partition finds its way"
        if many < 2:
            self.verdicts.skipped(check, "the topic has one partition")
            return
        wrong = (partition_of(customer.key.encode(), many) + 1) % many
        await customer.publish(customer.event("m1", text=TEXT), partition=wrong)
        await self._opens(check, customer, "m1")

    async def _opens(self, check: str, customer: Customer, message: str) -> None:
        ticket = await self.ticket_of(customer.entry(message))
        self.verdicts.of(check, None if ticket else _missing("TicketChanged"))
        await customer.leaves()

    async def _card(self) -> None:
        customer = self.customer("card")
        await customer.says("m1", text=f"{TEXT} {CARD}")
        await self._opens("a message with an unmasked card is taken", customer, "m1")

    async def _malformed(self) -> None:
        customer = self.customer("malformed")
        await customer.publish(customer.event("m1", text=f"{TEXT} {CARD}", sent_at=1))
        letter = await self.dead(customer, "invalid: data.sent_at")
        self.verdicts.of(
            "a malformed event becomes a dead letter that names the field",
            None if letter else _missing("dead letter with the reason invalid: data.sent_at"),
        )
        if letter is None:
            return
        value = letter.record.value or b""
        wrong = None
        if CARD.encode() in value or CARD.replace(" ", "").encode() in value:
            wrong = "the card's number stands in the dead letter"
        elif "[card …1111]".encode() not in value:
            wrong = "[card …1111] does not stand in the dead letter"
        self.verdicts.of("a dead letter has no card number", wrong)
        says = letter.headers
        origin = says.get(ORIGIN_TOPIC, "").endswith(INBOUND) and ORIGIN_OFFSET in says
        self.verdicts.of("a dead letter says where it was", None if origin else "no origin headers")

    async def _unknown_type(self) -> None:
        customer = self.customer("type")
        await customer.publish(customer.event("m1", "CustomerSneezed", text=TEXT))
        letter = await self.dead(customer, "invalid: type and version")
        missing = _missing("dead letter with the reason invalid: type and version")
        self.verdicts.of("an unknown type becomes a dead letter", None if letter else missing)

    async def _other_body(self) -> None:
        customer = self.customer("body")
        await customer.says("m1", text=TEXT)
        await customer.says("m1", text=f"{TEXT} Something else.")
        letter = await self.dead(customer, "other_body")
        missing = _missing("dead letter with the reason other_body")
        check = "an id used again with another text becomes a dead letter"
        self.verdicts.of(check, None if letter else missing)
        await customer.leaves()

    async def _oversized(self) -> None:
        customer = self.customer("large")
        check = "a record above 256 KiB is set aside, not lost"
        event = customer.event("m1", text=TEXT, padding="x" * MAX_RECORD_BYTES)
        size = len(orjson.dumps(event))
        try:
            await customer.publish(event)
        except MessageSizeTooLargeError:
            self.verdicts.passed(check, "the broker refuses it")
            return
        letter = await self.dead(customer, "invalid: a record has at most")
        if letter is None:
            self.verdicts.failed(check, _missing("dead letter"))
            return
        behind = letter.headers.get(LEFT_BEHIND, "")
        fits = behind.isdecimal() and int(behind) >= size
        self.verdicts.of(check, None if fits else f"its header {LEFT_BEHIND} does not say its size")

    async def _rating(self) -> None:
        customer = self.customer("rating")
        await customer.says("r1", "CustomerRated", score=5, comment=TEXT)
        await customer.says("x1", text=1)  # the dead letter behind it shows that it was read
        marker = await self.dead(customer, "invalid: data.text")
        letters = self.ear.all(lambda h: h.topic == DEAD and h.record.key == customer.key.encode())
        check = "a rating without a ticket troubles nobody"
        if marker is None:
            self.verdicts.failed(check, _missing("the dead letter behind it"))
        else:
            wrong = "it became a dead letter" if len(letters) > 1 else None
            self.verdicts.of(check, wrong)


def steps_of(heard: Heard) -> list[dict[str, Any]]:
    steps = heard.data.get("steps")
    return steps if heard.type == "TicketChanged" and isinstance(steps, list) else []


def is_of(heard: Heard, ticket: str) -> bool:
    return heard.topic == EVENTS and heard.data.get("ticket") == ticket


def _missing(what: str) -> str:
    return f"no {what} came in time: {_NO_ROUTER}"
