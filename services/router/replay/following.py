"""Two policies beside each other while turns come in."""

from collections.abc import Callable, Iterator

from services.router.replay.contrast import Contrast, Otherwise
from services.router.replay.handling import Handling
from services.router.replay.log import Log
from services.router.replay.memory import Memory
from services.router.replay.shard import Rulings


class Following:
    """One shard, from the turn after `seq` on, when there was what `memory` gives.

    Who has an offer that nobody was made goes by what was recorded until then: by the usual time of
    the queue, where the ticket's own is not known yet.
    """

    def __init__(
        self,
        shard: int,
        *,
        seq: int,
        partitions: int,
        live: Rulings,
        candidate: Rulings,
        memory: Callable[[], Memory] = Memory,
    ) -> None:
        self._shard = shard
        self._seq = seq
        self._handling = Handling()
        self.contrast = Contrast(
            shard,
            partitions=partitions,
            live=live,
            candidate=candidate,
            handling=self._handling,
            memory=memory,
        )

    def advance(self, log: Log, *, until: int) -> Iterator[Otherwise]:
        """Play what has come, to this turn, and drop it from the log. Raises Unplayable."""
        for turn in log.turns(self._shard, after=self._seq, until=until):
            self._handling.note(turn)
            yield from self.contrast.play(turn)
            self._seq = turn.told.seq
        log.forget(self._shard, until=self._seq)
