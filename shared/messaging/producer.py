"""Publishes to Kafka: acks=all, idempotent, in order, and never without an end.

aiokafka retries an idempotent batch for ever, and a producer that met an OutOfOrderSequence stays
broken (aiokafka #1017). So publishing has its own deadline, and a producer that missed it, or
reported anything else than success, is thrown away with its connections before the next
publication makes a new one. What it had sent may still be at the broker: PublishFailed means
"unknown", and the caller sends again under the same event ids.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Literal, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.messaging.opening import settled
from shared.messaging.partition import by_key
from shared.messaging.records import Outgoing, PublishFailed, check_size
from shared.messaging.topics import topic

Codec = Literal["none", "lz4", "zstd"]

_DISCARD_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerConfig:
    """How to publish.

    kafka: bootstrap servers.
    timeout: seconds a `publish` may take, a reconnection included.
    linger: seconds a batch waits for company. At 0 batches form behind the request in flight,
        which is best for latency; raise it where only throughput counts.
    batch_bytes: of one partition's batch. A request carries one batch per partition.
    topic_prefix: put before each topic's name.
    """

    kafka: str
    client_id: str
    topic_prefix: str = ""
    timeout: float = 10.0
    linger: float = 0.0
    batch_bytes: int = 512 * 1024
    codec: Codec = "none"


class KafkaPublisher:
    """A Publisher on one aiokafka producer, replaced when it fails."""

    def __init__(self, config: ProducerConfig) -> None:
        self._config: Final = config
        self._producer: AIOKafkaProducer | None = None
        self._discarding: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()

    async def start(self) -> None:
        """Connect. Raises PublishFailed when the broker does not answer in time; calling it again
        is legal, and `publish` connects by itself."""
        try:
            async with asyncio.timeout(self._config.timeout):
                await self._connected()
        except (TimeoutError, KafkaError, OSError) as error:
            raise PublishFailed(f"no producer: {_name(error)}") from error

    async def stop(self) -> None:
        """Close. Whatever nobody waits for any more is dropped. Legal twice and before start."""
        async with self._changing:
            self._discard()
        if self._discarding is not None:
            await self._discarding

    async def publish(self, outgoing: Sequence[Outgoing]) -> None:
        """Send in order; return when the broker has confirmed each.

        Raises RecordTooLarge before sending anything, PublishFailed when one was not confirmed.
        """
        for record in outgoing:
            check_size(record)
        producer = None
        try:
            async with asyncio.timeout(self._config.timeout):
                producer = await self._connected()
                # One after the other: a gather of sends would lose the order where a batch fills.
                acks = [
                    await producer.send(
                        topic(record.topic, self._config.topic_prefix),
                        value=record.value,
                        key=record.key,
                        headers=list(record.headers),  # its C code takes no tuple
                    )
                    for record in outgoing
                ]
                await (acks[0] if len(acks) == 1 else _all(acks))
        except (TimeoutError, KafkaError, OSError) as error:
            if producer is not None and producer is self._producer:
                self._discard()
            raise PublishFailed(f"{len(outgoing)} record(s): {_name(error)}") from error

    async def reachable(self) -> bool:
        """Whether the broker answers now: for a readiness check."""
        try:
            async with asyncio.timeout(self._config.timeout):
                producer = await self._connected()
                return bool(await producer.client.force_metadata_update())
        except (TimeoutError, KafkaError, OSError):
            return False

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is not None:
            return self._producer
        async with self._changing:
            if self._producer is None:
                if self._discarding is not None:
                    # the old one's requests in flight must not overtake the new one's
                    await asyncio.shield(self._discarding)
                self._producer = await self._new_producer()
            return self._producer

    async def _new_producer(self) -> AIOKafkaProducer:
        config = self._config
        producer = AIOKafkaProducer(
            bootstrap_servers=config.kafka,
            client_id=config.client_id,
            acks="all",
            enable_idempotence=True,
            linger_ms=config.linger * 1000,
            max_batch_size=config.batch_bytes,
            max_request_size=config.batch_bytes,
            compression_type=None if config.codec == "none" else config.codec,
            partitioner=by_key,
            request_timeout_ms=round(config.timeout * 1000),
            retry_backoff_ms=50,
        )
        start = asyncio.ensure_future(producer.start())
        try:
            await asyncio.shield(start)
        except BaseException:
            self._discarding = asyncio.create_task(self._give_up(producer, start))
            raise
        return producer

    async def _give_up(self, producer: AIOKafkaProducer, start: "asyncio.Future[object]") -> None:
        """What was not connected in time. Nobody has to wait for it but the next connection."""
        await settled(start)
        await _abandon(producer)

    def _discard(self) -> None:
        if self._producer is not None:
            self._discarding = asyncio.create_task(_abandon(self._producer))
            self._producer = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()


async def _all(acks: Sequence["asyncio.Future[object]"]) -> None:
    """Wait for every acknowledgement, then raise the first error: none is left unread."""
    results = await asyncio.gather(*acks, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def _abandon(producer: AIOKafkaProducer) -> None:
    """End a producer without flushing it: `stop` would wait for batches that never expire.

    The sender is cancelled twice: first it waits for its requests in flight; the second time,
    when the broker did not answer them, it drops them.
    """
    producer._closed = True  # what `stop` does first; else the finaliser reports a leak
    sender = producer._sender.sender_task
    for _ in range(2):
        if sender is not None and not sender.done():
            sender.cancel()
            await asyncio.wait({sender}, timeout=_DISCARD_SECONDS)
    await producer.client.close()


def _name(error: BaseException) -> str:
    return str(error) or type(error).__name__
