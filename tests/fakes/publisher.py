"""A publisher in memory, which can be told to fail or to hang."""

import asyncio
from collections.abc import Sequence
from typing import Literal

from shared.contracts import Contract, Envelope, decode
from shared.messaging.records import Outgoing, PublishFailed, check_size


class FakePublisher:
    """Keeps what it confirmed in `confirmed`.

    mode: `confirm`; `fail` raises PublishFailed; `hang` never returns; `hold` waits for `release`.
    """

    def __init__(self) -> None:
        self.confirmed: list[Outgoing] = []
        self.mode: Literal["confirm", "fail", "hang", "hold"] = "confirm"
        self.waiting = asyncio.Event()
        self.release = asyncio.Event()

    async def publish(self, outgoing: Sequence[Outgoing]) -> None:
        for record in outgoing:
            check_size(record)
        if self.mode == "fail":
            raise PublishFailed("told to fail")
        if self.mode in ("hang", "hold"):
            self.waiting.set()
            await (self.release if self.mode == "hold" else asyncio.Event()).wait()
        self.confirmed += outgoing

    @property
    def events(self) -> list[Envelope[Contract]]:
        """What was confirmed, as events."""
        return [decode(record.value) for record in self.confirmed]
