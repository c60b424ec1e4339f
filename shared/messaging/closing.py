"""Stops aiokafka's consumers, also while the broker is away."""

import asyncio

from aiokafka import AIOKafkaConsumer


async def stop(consumer: AIOKafkaConsumer) -> None:
    """`consumer.stop()`, in good order whatever the broker does. Legal twice and before start."""
    await end_fetching(consumer)
    await consumer.stop()


async def end_fetching(consumer: AIOKafkaConsumer) -> None:
    """Do by ourselves what `consumer.stop()` does first.

    Where a fetch failed, aiokafka pauses before the next one; its fetcher cancels that pause and
    hands on the CancelledError, as if whoever stops the consumer had been cancelled, and leaves the
    connections open.
    """
    fetcher = consumer._fetcher
    if fetcher is None:
        return
    fetcher._fetch_task.cancel()
    await asyncio.gather(fetcher._fetch_task, return_exceptions=True)
    for fetch in fetcher._pending_tasks:
        fetch.cancel()
    await asyncio.gather(*fetcher._pending_tasks, return_exceptions=True)
    fetcher._pending_tasks.clear()
