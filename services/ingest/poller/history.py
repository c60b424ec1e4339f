"""What a channel must bring to be polled, and what all of them need."""

from collections.abc import Sequence
from typing import Any, Final, Literal, Protocol

import orjson
from pydantic import ValidationError

from services.ingest.courier.ports import NoAnswer
from services.ingest.courier.sender import Call, Reply
from services.ingest.courier.senders.answers import retry_after
from services.ingest.errors import BadInput, Refused, TooLarge, Unavailable
from services.ingest.intake import Intake
from shared.contracts.inbound import InboundEvent
from shared.runtime.logging import get_logger
from shared.runtime.metrics import POLLED, Metrics

Outcome = Literal["conflict", "unauthenticated", "throttled", "unavailable", "not_understood"]


class Trouble(Exception):
    """A look that came to nothing, or not to its end. Says why, for people, without a secret.

    after: seconds that the provider asks us to wait.
    """

    def __init__(self, outcome: Outcome, says: str, *, after: float | None = None) -> None:
        super().__init__(says)
        self.outcome: Final = outcome
        self.after: Final = after


class Outside(Protocol):
    """HTTP to providers."""

    async def call(self, call: Call, /) -> Reply:
        """Raises NoAnswer."""
        ...


class History(Protocol):
    """One account's list of messages at its provider."""

    @property
    def channel(self) -> str: ...

    @property
    def account(self) -> str: ...

    async def look(self) -> float:
        """Read what is new and make it durable; seconds until the next look. Raises Trouble:
        whatever is not durable by then is read again."""
        ...


class Taken:
    """Makes durable what a list had, one item after the other."""

    def __init__(self, intake: Intake, metrics: Metrics, channel: str) -> None:
        self._intake: Final = intake
        self._metrics: Final = metrics
        self._channel: Final = channel

    async def take(self, events: Sequence[InboundEvent]) -> None:
        """Raises Trouble where the broker does not confirm, TooLarge."""
        if events:
            try:
                await self._intake.accept(events)
            except Unavailable as error:
                raise Trouble("unavailable", f"our broker: {error}") from error
        self._count("published" if events else "ignored")

    def refuse(self, item: str, error: Refused | ValidationError) -> None:
        """An item that no other attempt makes better. item: its id."""
        told = BadInput.of(error) if isinstance(error, ValidationError) else error
        get_logger().error("poller.refused", channel=self._channel, item=item, reason=str(told))
        self._count("refused")

    def _count(self, outcome: str) -> None:
        self._metrics[POLLED].labels(channel=self._channel, outcome=outcome).inc()


NOT_TAKEN: Final = (Refused, TooLarge, ValidationError)
"""What makes an item one to refuse."""


async def asked(outside: Outside, call: Call) -> Reply:
    """The provider's answer. Raises Trouble: none came."""
    try:
        return await outside.call(call)
    except NoAnswer as error:
        raise Trouble("unavailable", f"the provider {error}") from error


def trouble_of(reply: Reply, provider: str) -> Trouble:
    """What an answer means that is not a list, by its status."""
    says = f"{provider} answered {reply.status}"
    after = retry_after(reply)
    if reply.status == 429:
        return Trouble("throttled", says, after=after)
    if reply.status in (401, 403, 404):
        return Trouble("unauthenticated", f"{says}: is the account's token right?", after=after)
    if reply.status >= 500:
        return Trouble("unavailable", says, after=after)
    return Trouble("not_understood", says, after=after)


def said_of(reply: Reply, provider: str) -> dict[str, Any]:
    """The JSON object of an answer. Raises Trouble."""
    try:
        said = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict):
        raise Trouble("not_understood", f"{provider} answered what is no JSON object")
    return said
