"""Every shard of a log."""

from dataclasses import dataclass, field

from services.router.replay.account import Account
from services.router.replay.comparing import Verdict, verify
from services.router.replay.contrast import Contrast, Count
from services.router.replay.handling import Handling
from services.router.replay.log import Log
from services.router.replay.recorded import RecordedTurn, Unplayable
from services.router.replay.shard import Rulings, ShardReplay


@dataclass(slots=True)
class Contrasted:
    """All shards together. unplayable: why some could not be played to the end."""

    count: Count = field(default_factory=Count)
    live: Account = field(default_factory=Account)
    candidate: Account = field(default_factory=Account)
    unplayable: list[str] = field(default_factory=list)

    def add(self, shard: Contrast) -> None:
        self.count.join(shard.count)
        self.live.join(shard.live.account)
        self.candidate.join(shard.candidate.account)


def verify_all(log: Log, *, partitions: int, rulings: Rulings, read_at: float) -> list[Verdict]:
    """read_at: when the topics were read, epoch seconds."""
    return [
        verify(
            shard,
            log.turns(shard, until=log.settled(shard, at=read_at)),
            ShardReplay(shard, partitions=partitions, rulings=rulings),
        )
        for shard in log.shards()
    ]


def contrast_all(
    log: Log, *, partitions: int, live: Rulings, candidate: Rulings, read_at: float
) -> Contrasted:
    found = Contrasted()
    for shard in log.shards():
        turns, why = _playable(log, shard, until=log.settled(shard, at=read_at))
        handling = Handling()
        for turn in turns:
            handling.note(turn)
        both = Contrast(
            shard, partitions=partitions, live=live, candidate=candidate, handling=handling
        )
        why = _play(both, turns) or why
        found.add(both)
        if why is not None:
            found.unplayable.append(why)
    return found


def _playable(log: Log, shard: int, *, until: int) -> tuple[list[RecordedTurn], str | None]:
    """The turns until one that cannot be put together; why."""
    turns: list[RecordedTurn] = []
    try:
        turns.extend(log.turns(shard, until=until))
    except Unplayable as error:
        return turns, str(error)
    return turns, None


def _play(both: Contrast, turns: list[RecordedTurn]) -> str | None:
    """Why not to the end."""
    try:
        for turn in turns:
            both.play(turn)
    except Unplayable as error:
        return str(error)
    return None
