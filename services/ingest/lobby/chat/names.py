"""What customers see of the names of those who answer them."""

import asyncio
from collections.abc import Mapping
from typing import Final, Literal

from services.ingest.lobby.chat.ports import Roll
from shared.runtime.cancelling import cancel, heed
from shared.runtime.clock import Clock
from shared.runtime.logging import get_logger
from shared.store.errors import StoreError

REFRESH_SECONDS: Final = 60.0

Shown = Literal["none", "first", "full"]


class Names:
    """Every agent's name, looked up again each minute, and at once for somebody new: whoever pushes
    must not wait for the store."""

    def __init__(self, roll: Roll, *, clock: Clock) -> None:
        self._roll: Final = roll
        self._clock: Final = clock
        self._names: Mapping[str, str] = {}
        self._strangers: Final[set[str]] = set()
        self._asked: Final = asyncio.Event()

    def of(self, agent: str | None, shown: Shown) -> str | None:
        """As much of it as the account shows; None where it has none, or it is not known yet."""
        if agent is None or shown == "none":
            return None
        name = self._names.get(agent, "").strip()
        if name:
            return name if shown == "full" else name.split()[0]
        if agent not in self._strangers:
            self._strangers.add(agent)
            self._asked.set()
        return None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            heed()
            await self.refresh()
            if await self._a_minute_goes_by():
                self._strangers.clear()

    async def refresh(self) -> None:
        """Keeps what is known where the store does not answer."""
        try:
            self._names = await self._roll.names()
        except StoreError as error:
            get_logger().warning("chat.no_names", error=str(error))

    async def _a_minute_goes_by(self) -> bool:
        """Or somebody new is asked for; which of the two."""
        minute = asyncio.create_task(self._sleep())
        asked = asyncio.create_task(self._asked.wait())
        try:
            await asyncio.wait((minute, asked), return_when=asyncio.FIRST_COMPLETED)
            return minute.done()
        finally:
            self._asked.clear()
            await cancel((minute, asked))

    async def _sleep(self) -> None:
        await self._clock.sleep(REFRESH_SECONDS)
