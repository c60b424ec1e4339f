"""A customer of the channel `conform`, played with a Kafka client and docs/contracts.md alone.

Nobody is troubled by them: no agent works on that channel, their texts say that they are a test,
and each leaves in the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaProducer

from shared.messaging.topics import topic

CHANNEL: Final = "conform"
INBOUND: Final = "support.inbound.v1"
DELIVERY: Final = "support.delivery.v1"
PRODUCER: Final = ("producer", b"croupier-conform")
TEXT: Final = "This is a test by croupier conform, nobody needs to answer."
CARD: Final = "4111 1111 1111 1111"
"""The number that every payment system knows as a test's."""

MAX_REQUEST_BYTES: Final = 1_000_000


@dataclass(slots=True)
class Customer:
    """sender: new in each run. came: whether a ticket may be theirs, which is to be ended."""

    producer: AIOKafkaProducer
    prefix: str
    account: str
    sender: str
    came: bool = False
    _left: bool = field(default=False, init=False)

    @property
    def key(self) -> str:
        return f"{CHANNEL}:{self.account}:{self.sender}"

    def entry(self, message: str) -> str:
        """The id by which the system knows a message."""
        return f"{CHANNEL}:{self.account}:{self.id(message)}"

    def id(self, message: str) -> str:
        """Unique within channel and account, through all runs."""
        return f"{self.sender}-{message}"

    async def says(self, message: str, kind: str = "MessageReceived", **data: Any) -> None:
        """Until the broker has confirmed it."""
        await self.publish(self.event(message, kind, **data))

    async def leaves(self) -> None:
        """Legal twice."""
        if not self._left:
            await self.says("left", "CustomerLeft", reason="closed")
            self._left = True

    def event(self, message: str, kind: str = "MessageReceived", **data: Any) -> dict[str, Any]:
        whose = {"channel": CHANNEL, "account": self.account, "sender": self.sender}
        said = {**whose, "message_id": self.id(message), "sent_at": now()}
        return envelope(self.entry(message), kind, said | data)

    async def publish(
        self, event: Mapping[str, Any], *, key: str | None = None, partition: int | None = None
    ) -> None:
        self.came = True
        await self.producer.send_and_wait(
            topic(INBOUND, self.prefix),
            orjson.dumps(event),
            key=(key or self.key).encode(),
            partition=partition,
            headers=[PRODUCER],
        )


def envelope(id: str, kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": id, "type": kind, "version": 1, "at": now(), "data": data}


def now() -> str:
    return datetime.now(UTC).isoformat()
