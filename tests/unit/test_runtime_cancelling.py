"""Who is cancelled ends, even if the cancellation got lost on the way."""

import asyncio

import pytest

from shared.runtime.cancelling import cancel, heed


class Deaf:
    """Work that loses its first cancellation, as a send through `asyncio.wait_for` may."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.rounds = 0

    async def loop(self, *, heeding: bool) -> None:
        while True:
            if heeding:
                heed()
            self.rounds += 1
            await self._send()

    async def _send(self) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if self.rounds > 1:
                raise


async def test_a_loop_that_heeds_ends_though_its_cancellation_was_lost() -> None:
    deaf = Deaf()
    working = asyncio.create_task(deaf.loop(heeding=True))
    await deaf.begun.wait()

    working.cancel()

    with pytest.raises(asyncio.CancelledError):
        await working
    assert deaf.rounds == 1


async def test_a_task_that_lost_its_cancellation_is_cancelled_again() -> None:
    deaf = Deaf()
    working = asyncio.create_task(deaf.loop(heeding=False))
    await deaf.begun.wait()

    await cancel([working])

    assert working.cancelled()
    assert deaf.rounds == 2


async def test_nothing_to_heed_is_no_reason_to_stop() -> None:
    async with asyncio.timeout(30):
        heed()
        await asyncio.sleep(0)
        heed()
