"""Replies that customers' devices have, as DeliveryReported.

Told in the background and tried until the broker confirms. What a stop of this process leaves
untold is told again to the customer, at the next hello, and then reported.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Final

from services.ingest.lobby.chat.connection import Connection
from shared.contracts import wrap
from shared.contracts.delivery_reported_v1 import DeliveryReported
from shared.messaging.records import Outgoing, Publisher, PublishFailed, outgoing
from shared.runtime.clock import Clock, utc
from shared.runtime.logging import get_logger

MAX_WAITING: Final = 50_000
AT_ONCE: Final = 500
RETRY_SECONDS: Final = 1.0


class Reports:
    """A queue, and the task that empties it."""

    def __init__(self, *, publisher: Publisher, clock: Clock) -> None:
        self._publisher: Final = publisher
        self._clock: Final = clock
        self._waiting: Final[deque[Outgoing]] = deque(maxlen=MAX_WAITING)
        self._stirred: Final = asyncio.Event()

    def delivered(self, replies: Iterable[str], *, to: Connection) -> None:
        """The device shows these."""
        now = utc(self._clock.now())
        self._waiting.extend(_report(reply, to, now) for reply in replies)
        self._stirred.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
                try:
                    await self._publisher.publish(batch)
                except PublishFailed as error:
                    get_logger().warning("chat.report_failed", error=str(error))
                    self._waiting.extendleft(reversed(batch))
                    await self._clock.sleep(RETRY_SECONDS)


def _report(reply: str, to: Connection, now: object) -> Outgoing:
    """Its id follows from the reply: told by two devices, it is one event."""
    channel, account, sender = to.identity
    event = DeliveryReported.model_validate(
        {
            "reply": reply,
            "channel": channel,
            "account": account,
            "sender": sender,
            "status": "delivered",
            "at": now,
        }
    )
    envelope = wrap(event, id=f"{reply}:delivered", at=event.at, cause=reply)
    return outgoing(envelope, (("channel", channel.encode()), ("account", account.encode())))
