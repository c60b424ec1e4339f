"""Plays the script: each delivery at its time, through its door, again until it is accepted."""

import asyncio
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cli.demo.script import Delivery, Script
from cli.demo.scripted_messages import FormMessage, MailMessage, Message, TelegramMessage
from cli.doors import Doors, NotAccepted

_PATIENCE_SECONDS: Final = 30.0
_PAUSE_SECONDS: Final = 0.3


@dataclass(frozen=True, slots=True)
class Accepted:
    """A door took it: from here on it is ours. knocked_at: monotonic, of the first knock."""

    entry: str
    message: Message
    knocked_at: float


class Player:
    """One play of a script. Senders write one message after the other; there are many senders.

    speed: 2 plays the day in half its time.
    """

    def __init__(self, script: Script, doors: Doors, *, speed: float = 1.0) -> None:
        self.accepted: dict[str, Accepted] = {}
        self.departures: set[str] = set()
        """Entries of customers who closed the form: kept, though they need no ticket."""
        self.knocks: Counter[str] = Counter()
        self.repeats = 0
        self.sent_again = 0
        self.refused: list[str] = []
        self._script: Final = script
        self._doors: Final = doors
        self._speed: Final = speed
        self._turns: Final[defaultdict[str, asyncio.Lock]] = defaultdict(asyncio.Lock)
        self._began = datetime.now(UTC)

    async def play(self) -> None:
        """Until the last delivery was accepted."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for delivery in self._script.deliveries():
                due = began + delivery.at / self._speed
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                tasks.create_task(self._deliver(delivery))

    async def _deliver(self, delivery: Delivery) -> None:
        message = delivery.message
        async with self._turns[message.sender]:
            at = time.monotonic()
            entries = await self._until_accepted(message)
            self.knocks[message.door] += 1
            self.repeats += delivery.again
            for entry in entries:
                self.accepted.setdefault(entry, Accepted(entry, message, at))
            if isinstance(message, FormMessage) and message.leaves and not delivery.again:
                self.departures.update(await self._leave(message))

    async def _until_accepted(self, message: Message) -> tuple[str, ...]:
        """A provider sends again what is answered with doubt; what is refused is its own fault."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return await self._knock(message)
            except NotAccepted as answer:
                if not answer.again or time.monotonic() > deadline:
                    self.refused.append(f"{message.id}: {answer}")
                    return ()
            self.sent_again += 1
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _knock(self, message: Message) -> tuple[str, ...]:
        match message:
            case FormMessage():
                return await self._doors.form(
                    message_id=message.id,
                    sender=message.sender,
                    text=message.text,
                    customer=message.customer,
                )
            case TelegramMessage():
                return await self._doors.telegram(
                    user=int(message.sender), message=message.number, text=message.text
                )
            case MailMessage():
                mail = self._doors.written(
                    sender=message.sender,
                    subject=message.subject,
                    text=message.text,
                    message_id=message.id,
                    at=self._began + timedelta(seconds=message.at),
                )
                return await self._doors.mail(mail)

    async def _leave(self, message: FormMessage) -> tuple[str, ...]:
        try:
            return await self._doors.form(
                kind="left", message_id=f"{message.id}-left", sender=message.sender
            )
        except NotAccepted as answer:
            self.refused.append(f"{message.id}-left: {answer}")
            return ()
