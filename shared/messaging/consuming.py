"""A consumer of aiokafka, from start to stop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer

from shared.messaging import closing
from shared.messaging.opening import opened
from shared.messaging.pacing import pace


@asynccontextmanager
async def started(consumer: AIOKafkaConsumer) -> AsyncIterator[AIOKafkaConsumer]:
    """The consumer, started; stopped at the end, also when it cannot be started. Raises
    KafkaError."""
    try:
        await opened(consumer.start())
        pace(consumer)
        yield consumer
    finally:
        await closing.stop(consumer)
