"""A sorter's batches, carried out until they are done: the four outcomes of a consumer."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Final

from services.router.sorter.handler import Sorter, SortOutcome
from services.router.sorter.reading import Refused
from services.router.sorter.refusing import GROUP, refuse
from shared.messaging import patience
from shared.messaging.patience import SetAside
from shared.messaging.records import Record, next_offsets


class Patience:
    """Sorts batches until they are done."""

    def __init__(self, sorter: Sorter) -> None:
        self.sorter: Final = sorter
        self._patience: Final = patience.Patience[SortOutcome](
            GROUP, clock=sorter.clock, publisher=sorter.publisher, set_aside=self._set_aside
        )

    @property
    def waiting(self) -> bool:
        """Whether the store or the broker is away."""
        return self._patience.waiting

    async def sort(self, records: Sequence[Record], *, partitions: int) -> list[SortOutcome]:
        """Sort them together, or else one by one."""
        return await self._patience.carry_out(
            records, partial(self.sorter.sort, partitions=partitions)
        )

    def _set_aside(self, record: Record, says: str) -> SetAside[SortOutcome]:
        outcome = SortOutcome(
            next_offsets((record,)), counts=Counter(refused=1), refused=Counter(failed=1)
        )
        return SetAside(refuse(Refused(record, "failed", says)), outcome)
