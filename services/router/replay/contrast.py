"""Two policies beside each other on the same recorded turns."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from services.router.replay.handling import Handling
from services.router.replay.memory import Memory
from services.router.replay.recorded import Deal, RecordedTurn
from services.router.replay.rehearsal import Rehearsal
from services.router.replay.shard import Rulings

_EXAMPLES: Final = 10


class Otherwise(NamedTuple):
    """A ticket that one of the two dealt in a turn, or to somebody else. at: epoch seconds. live,
    candidate: to whom; None: not in this turn."""

    at: float
    shard: int
    seq: int
    ticket: str
    live: str | None
    candidate: str | None


@dataclass(slots=True)
class Count:
    """recorded: deals. repeated: those that the live side made again, in the same turn: where these
    are not all, the beginning was not quite what the dealers had.

    deals: of the live side. same: also the candidate's, in the same turn. otherwise: tickets in
    turns in which they were not. only_live, only_candidate: of those, that just one dealt.
    """

    turns: int = 0
    recorded: int = 0
    repeated: int = 0
    deals: int = 0
    same: int = 0
    otherwise: int = 0
    only_live: int = 0
    only_candidate: int = 0
    examples: list[Otherwise] = field(default_factory=list)

    def add(self, found: Otherwise) -> None:
        self.otherwise += 1
        self.only_live += found.candidate is None
        self.only_candidate += found.live is None
        if len(self.examples) < _EXAMPLES:
            self.examples.append(found)

    def join(self, other: "Count") -> None:
        """Another shard's, too."""
        self.turns += other.turns
        self.recorded += other.recorded
        self.repeated += other.repeated
        self.deals += other.deals
        self.same += other.same
        self.otherwise += other.otherwise
        self.only_live += other.only_live
        self.only_candidate += other.only_candidate
        self.examples = sorted([*self.examples, *other.examples])[:_EXAMPLES]


class Contrast:
    """One shard. live: the policies as they were in force, by number. Both run by the same rules
    for what agents do, so what differs is due to the policy. memory: gives each a copy of what
    there is at the beginning."""

    def __init__(
        self,
        shard: int,
        *,
        partitions: int,
        live: Rulings,
        candidate: Rulings,
        handling: Handling,
        memory: Callable[[], Memory] = Memory,
    ) -> None:
        self.count = Count()
        self._shard = shard
        self.live, self.candidate = (
            Rehearsal(
                shard,
                partitions=partitions,
                rulings=rulings,
                handling=handling,
                memory=memory(),
            )
            for rulings in (live, candidate)
        )

    def play(self, turn: RecordedTurn) -> list[Otherwise]:
        """What the two dealt differently. Raises Unplayable."""
        awake_until = self.live.next_wakeup()
        live = self.live.play(turn)
        candidate = self.candidate.play(turn, awake_until=awake_until)
        same = set(map(_whom, live)) & set(map(_whom, candidate))
        recorded = set(map(_whom, turn.deals()))
        self.count.turns += 1
        self.count.recorded += len(recorded)
        self.count.repeated += len(recorded & set(map(_whom, live)))
        self.count.deals += len(live)
        self.count.same += len(same)
        found = list(self._differing(turn, _others(live, same), _others(candidate, same)))
        for each in found:
            self.count.add(each)
        return found

    def _differing(
        self, turn: RecordedTurn, live: dict[str, str], candidate: dict[str, str]
    ) -> Iterator[Otherwise]:
        for ticket in live | candidate:
            to = (live.get(ticket), candidate.get(ticket))
            yield Otherwise(turn.now, self._shard, turn.told.seq, ticket, *to)


def _others(deals: tuple[Deal, ...], same: set[tuple[str, str]]) -> dict[str, str]:
    """Ticket -> the last agent it was dealt to."""
    return {deal.ticket: deal.agent for deal in deals if _whom(deal) not in same}


def _whom(deal: Deal) -> tuple[str, str]:
    return deal.ticket, deal.agent
