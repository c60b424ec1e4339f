"""Stops aiokafka's consumers, also while the broker is away."""

from aiokafka import AIOKafkaConsumer

from shared.runtime.cancelling import cancel


async def stop(consumer: AIOKafkaConsumer) -> None:
    """`consumer.stop()`, in good order whatever the broker does. Legal twice and before start."""
    await end_fetching(consumer)
    await consumer.stop()


async def end_fetching(consumer: AIOKafkaConsumer) -> None:
    """Do by ourselves what `consumer.stop()` does first.

    Where a fetch failed, aiokafka pauses before the next one; its fetcher cancels that pause and
    hands on the CancelledError, as if whoever stops the consumer had been cancelled, and leaves the
    connections open. It also takes a cancellation amid a change of assignment for that of a fetch,
    and goes on: so it is cancelled until it ends.
    """
    fetcher = consumer._fetcher
    if fetcher is None:
        return
    await cancel({fetcher._fetch_task})
    await cancel(fetcher._pending_tasks)
    fetcher._pending_tasks.clear()
