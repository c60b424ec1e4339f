"""Whether the same was decided again."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest

from services.router.replay.recorded import Deal, RecordedTurn, Unplayable
from services.router.replay.shard import ShardReplay


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where it was not. recorded, again: None where there was no such deal. at:
    epoch seconds."""

    shard: int
    seq: int
    at: float
    recorded: Deal | None
    again: Deal | None


@dataclass(slots=True)
class Verdict:
    """Of one shard. decisions: deals that were recorded. different: places in which the deals of a
    turn do not agree. unplayable: why it could not be done to the end; None: it could."""

    shard: int
    turns: int = 0
    decisions: int = 0
    same: int = 0
    different: int = 0
    first: Difference | None = None
    unplayable: str | None = None

    def add(self, turn: RecordedTurn, again: tuple[Deal, ...]) -> None:
        recorded = turn.deals()
        self.turns += 1
        self.decisions += len(recorded)
        for was, came in zip_longest(recorded, again):
            if was == came:
                self.same += 1
                continue
            self.different += 1
            if self.first is None:
                self.first = Difference(self.shard, turn.told.seq, turn.now, was, came)


def verify(shard: int, turns: Iterable[RecordedTurn], replay: ShardReplay) -> Verdict:
    """Do all of them again and compare."""
    verdict = Verdict(shard)
    try:
        for turn in turns:
            verdict.add(turn, replay.again(turn))
    except Unplayable as why:
        verdict.unplayable = str(why)
    return verdict
