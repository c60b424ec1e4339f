"""Records of the topics, put together to the turns of each shard."""

from collections import defaultdict
from collections.abc import Iterator

from services.router.replay.course import Course, check_topics
from services.router.replay.recorded import RecordedTurn, Unplayable
from shared.contracts import Contract, InvalidEvent, decode
from shared.contracts.announcement import Announcement
from shared.contracts.desk_input import DeskInput
from shared.contracts.policy_published_v1 import PolicyPublished
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.contracts.turn_recorded_v1 import AppliedRange, TurnRecorded
from shared.messaging.records import Record

INPUTS = (Announcement.TOPIC, DeskInput.TOPIC)
TOPICS = (*INPUTS, TurnRecorded.TOPIC, PolicyPublished.TOPIC)

_ON_THEIR_WAY_SECONDS = 10.0


class Log:
    """Records in any order, also several times, become turns in theirs.

    policies: the published versions, of two with one number the first.
    """

    def __init__(self) -> None:
        self.policies: dict[int, PolicyPublished] = {}
        self._inputs: dict[tuple[str, int], dict[int, Record]] = defaultdict(dict)
        self._turns: dict[int, dict[int, TurnRecorded]] = defaultdict(dict)
        self._changes: dict[tuple[int, int], dict[str, TicketChanged]] = defaultdict(dict)

    def add(self, record: Record) -> None:
        """topic: without a prefix. Raises Unplayable where turns of two histories meet."""
        if record.topic in INPUTS:
            self._inputs[record.topic, record.partition][record.offset] = record
            return
        try:
            event: Contract = decode(record.value).data
        except InvalidEvent:
            return  # of another version, or not ours: no turn
        match event:
            case TurnRecorded():
                self._add_turn(event)
            case TicketChanged():
                self._changes[event.shard, event.seq][event.ticket] = event
            case PolicyPublished():
                self.policies.setdefault(event.policy, event)

    def shards(self) -> list[int]:
        return sorted(self._turns)

    def last(self, shard: int) -> int:
        """Number of the last turn that is there."""
        return max(self._turns[shard], default=0)

    def settled(self, shard: int, *, at: float) -> int:
        """Number of the last turn all of which must be there: the events of the very last may have
        been on their way still when the topics were read, at that time (epoch seconds)."""
        last = self.last(shard)
        if not last:
            return 0
        said_long_ago = self._turns[shard][last].now.timestamp() < at - _ON_THEIR_WAY_SECONDS
        return last if said_long_ago else last - 1

    def turns(
        self, shard: int, *, after: int = 0, until: int | None = None
    ) -> Iterator[RecordedTurn]:
        """Those with a number above `after`, all of them or to `until`, the last included.

        Raises Unplayable where one is missing, or a record that it applied.
        """
        turns = self._turns[shard]
        check_topics(turns[seq] for seq in sorted(turns))
        course = Course()
        for seq in range(after + 1, (self.last(shard) if until is None else until) + 1):
            told = turns.get(seq)
            if told is None:
                first = min(each for each in turns if each > seq)
                raise Unplayable(
                    f"shard {shard}: turns {seq} to {first - 1} are not in {TurnRecorded.TOPIC}"
                    + (": they have aged out of the topic" if seq == 1 else "")
                )
            changes = self._changes.get((shard, seq), {})
            turn = RecordedTurn(told, tuple(self._applied(told)), tuple(changes.values()))
            course.check(turn)
            yield turn

    def forget(self, shard: int, *, until: int) -> None:
        """Drop the turns up to this one, and what went into them."""
        for seq in [each for each in self._turns[shard] if each <= until]:
            told = self._turns[shard].pop(seq)
            self._changes.pop((shard, seq), None)
            for applied in told.applied:
                held = self._inputs[applied.topic, shard]
                for offset in range(applied.first, applied.last + 1):
                    held.pop(offset, None)

    def _add_turn(self, told: TurnRecorded) -> None:
        known = self._turns[told.shard].setdefault(told.seq, told)
        if known.now != told.now:
            raise Unplayable(
                f"shard {told.shard} has two turns {told.seq}, of {known.now:%Y-%m-%d %H:%M:%S} and"
                f" {told.now:%Y-%m-%d %H:%M:%S}: its document was dropped in between"
            )

    def _applied(self, told: TurnRecorded) -> Iterator[Record]:
        for applied in told.applied:
            held = self._inputs[applied.topic, told.shard]
            self._check(told, applied)
            for offset in range(applied.first, applied.last + 1):
                if offset in held:  # a transaction's marker is no record
                    yield held[offset]

    def _check(self, told: TurnRecorded, applied: AppliedRange) -> None:
        held = self._inputs[applied.topic, told.shard]
        for offset in (applied.first, applied.last):
            if offset not in held:
                raise Unplayable(
                    f"shard {told.shard}, turn {told.seq}: record {offset} of {applied.topic} is"
                    " not there any more: it has aged out of the topic"
                )
