"""What customers see of the names of those who answer them."""

from collections.abc import Mapping
from typing import Final, Literal

from services.ingest.lobby.chat.ports import Roll
from shared.runtime.cancelling import heed
from shared.runtime.clock import Clock
from shared.runtime.logging import get_logger
from shared.store.errors import StoreError

REFRESH_SECONDS: Final = 60.0

Shown = Literal["none", "first", "full"]


class Names:
    """Every agent's name, looked up again each minute: whoever pushes must not wait for the
    store."""

    def __init__(self, roll: Roll, *, clock: Clock) -> None:
        self._roll: Final = roll
        self._clock: Final = clock
        self._names: Mapping[str, str] = {}

    def of(self, agent: str | None, shown: Shown) -> str | None:
        """As much of it as the account shows; None where it has none."""
        name = self._names.get(agent or "", "").strip()
        if shown == "none" or not name:
            return None
        return name if shown == "full" else name.split()[0]

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            heed()
            await self.refresh()
            await self._clock.sleep(REFRESH_SECONDS)

    async def refresh(self) -> None:
        """Keeps what is known where the store does not answer."""
        try:
            self._names = await self._roll.names()
        except StoreError as error:
            get_logger().warning("chat.no_names", error=str(error))
