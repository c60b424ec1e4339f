"""The one use case of ingest: make what happened durable, or say that we could not."""

import asyncio
from collections.abc import Sequence
from typing import Final

from services.ingest.errors import TooLarge, Unavailable
from services.ingest.happening import Happening
from services.ingest.limits import Buckets
from services.ingest.masking import Masker
from shared.contracts import wrap
from shared.contracts.base import encode_fields
from shared.contracts.bot_transcript_v1 import BotTranscript
from shared.contracts.inbound import InboundEvent
from shared.contracts.provider_status_v1 import ProviderStatus
from shared.messaging.records import (
    Outgoing,
    Publisher,
    PublishFailed,
    RecordTooLarge,
    outgoing,
)
from shared.privacy.mask import mask
from shared.runtime import failpoints
from shared.runtime.clock import Clock, utc
from shared.runtime.logging import get_logger
from shared.runtime.metrics import INGEST_LAG, MASKED_AT_DOOR, OVER_LIMIT, PUBLISH_FAILURES, Metrics

_READ_IN_THREAD: Final = 8_192
"""Characters."""


class Intake:
    """Masks, publishes and waits for the broker's acknowledgement.

    answer_seconds: after this the broker's silence is Unavailable.
    max_in_flight: arrivals being published at once; one more is Unavailable at once, because
        waiting in a queue would only turn an overload into timeouts.
    """

    def __init__(
        self,
        *,
        publisher: Publisher,
        clock: Clock,
        metrics: Metrics,
        answer_seconds: float,
        max_in_flight: int,
        sender_per_minute: int,
    ) -> None:
        self._publisher: Final = publisher
        self._clock: Final = clock
        self._metrics: Final = metrics
        self._answer_seconds: Final = answer_seconds
        self._max_in_flight: Final = max_in_flight
        self._masker: Final = Masker()
        self._senders: Final = Buckets(rate=sender_per_minute / 60, burst=sender_per_minute)
        self._in_flight = 0

    async def accept(self, events: Sequence[Happening]) -> None:
        """Return when every event of one request or mail is durable.

        Raises Unavailable (nothing is promised: send it again) and TooLarge.
        """
        if self._in_flight >= self._max_in_flight:
            raise Unavailable("too much is on its way to the broker")
        self._in_flight += 1
        try:
            await self._publish(await self._records(events))
        finally:
            self._in_flight -= 1
        for event in events:
            if isinstance(event, ProviderStatus):
                continue
            age = max(0.0, self._clock.now() - event.sent_at.timestamp())
            self._metrics[INGEST_LAG].labels(channel=event.channel).observe(age)

    async def _publish(self, records: Sequence[Outgoing]) -> None:
        failpoints.hit("ingest.before_publish")
        try:
            async with asyncio.timeout(self._answer_seconds):
                await self._publisher.publish(records)
        except RecordTooLarge as error:
            raise TooLarge(str(error)) from error
        except (PublishFailed, TimeoutError) as error:
            for topic in {record.topic for record in records}:
                self._metrics[PUBLISH_FAILURES].labels(topic=topic).inc()
            get_logger().warning("ingest.not_durable", reason=str(error) or "deadline")
            raise Unavailable("the broker did not confirm") from error
        failpoints.hit("ingest.after_publish")

    async def _records(self, events: Sequence[Happening]) -> list[Outgoing]:
        def made() -> list[Outgoing]:
            return [
                self._status(event) if isinstance(event, ProviderStatus) else self._record(event)
                for event in events
            ]

        # 64 Ki characters can be made to take a second: that must not be in everybody's way
        if sum(_characters(event) for event in events) > _READ_IN_THREAD:
            return await asyncio.to_thread(made)
        return made()

    def _record(self, event: InboundEvent) -> Outgoing:
        channel = event.channel
        masked, found = self._masker.mask(event, now=self._clock.monotonic())
        if found:
            self._metrics[MASKED_AT_DOOR].labels(channel=channel).inc(found)
        if not self._senders.take(event.key, now=self._clock.monotonic()):
            self._metrics[OVER_LIMIT].labels(channel=channel).inc()
        # The id depends on nothing but the message: a retried webhook is the same event again.
        story = f"in:{event.entry_id}"
        # `encode(wrap(…))` without making the envelope
        value = encode_fields(
            type(masked),
            masked.model_dump(exclude_none=True),
            id=story,
            at=utc(self._clock.now()),
            correlation=story,
        )
        return Outgoing(masked.TOPIC, event.key.encode(), value)

    def _status(self, status: ProviderStatus) -> Outgoing:
        """It counts as no message. An error is the provider's text, which may quote anything."""
        error = mask(status.error or "")
        if error.found:
            self._metrics[MASKED_AT_DOOR].labels(channel=status.channel).inc(error.found)
            status = status.model_copy(update={"error": error.text[:512]})
        story = f"in:{status.entry_id}"
        return outgoing(wrap(status, id=story, at=utc(self._clock.now()), correlation=story))


def _characters(event: Happening) -> int:
    """Of what a customer wrote, roughly."""
    if isinstance(event, BotTranscript):
        return sum(len(turn.text) for turn in event.turns)
    return len(getattr(event, "text", "") or getattr(event, "comment", ""))
