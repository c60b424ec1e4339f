"""support.events.v1 tells one story: nothing in it contradicts anything else, or the store.

Every commit of a shard is told, under a seq of its own and an epoch that never falls; every event
is told in one wording, however often; a ticket's versions follow one another, and so do its states.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from shared.contracts import Contract, Envelope
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.contracts.turn_recorded_v1 import TurnRecorded
from tests.fault.history import Doc, History


def story(history: History) -> Iterator[str]:
    yield from _wordings(history)
    yield from _turns(history)
    yield from _tickets(history)


def commits(history: History) -> Mapping[int, Mapping[int, Sequence[TicketChanged]]]:
    """shard -> seq -> what happened to tickets, each once."""
    told: dict[int, dict[int, list[TicketChanged]]] = defaultdict(lambda: defaultdict(list))
    for event in first_told(history):
        if isinstance(event.data, TicketChanged):
            told[event.data.shard][event.data.seq].append(event.data)
    return told


def first_told(history: History) -> Iterator[Envelope[Contract]]:
    """Each event once, where it was first told."""
    known: set[str] = set()
    for event in history.events:
        if event.id not in known:
            known.add(event.id)
            yield event


def _wordings(history: History) -> Iterator[str]:
    wording: dict[str, Envelope[Contract]] = {}
    for event in history.events:
        if wording.setdefault(event.id, event) != event:
            yield f"story: event {event.id} is told in two ways"


def _turns(history: History) -> Iterator[str]:
    epochs: dict[int, dict[int, int]] = defaultdict(dict)
    for event in first_told(history):
        turn = event.data
        if isinstance(turn, TurnRecorded):
            if turn.seq in epochs[turn.shard]:
                yield f"story: shard {turn.shard} tells seq {turn.seq} twice"
            epochs[turn.shard][turn.seq] = turn.epoch
    for doc in history.shards:
        told = epochs[doc["_id"]]
        for seq in range(1, doc["seq"] + 1):
            if seq not in told:
                yield f"story: commit {seq} of shard {doc['_id']} was never told"
            elif told[seq] < told.get(seq - 1, 0):
                yield f"story: the epoch of shard {doc['_id']} fell at seq {seq}"
        for seq in sorted(told.keys() - range(1, doc["seq"] + 1)):
            yield f"story: seq {seq} of shard {doc['_id']} was told and never committed"


def _tickets(history: History) -> Iterator[str]:
    changes: dict[str, list[TicketChanged]] = defaultdict(list)
    for event in first_told(history):
        if isinstance(event.data, TicketChanged):
            changes[event.data.ticket].append(event.data)
    for doc in history.tickets:
        yield from _ticket(doc, changes[doc["_id"]])


def _ticket(doc: Doc, changes: Sequence[TicketChanged]) -> Iterator[str]:
    version, state, assignment = 1, None, 0  # as the sorter inserted it
    for change in changes:
        if change.version != version + 1:
            yield f"story: {doc['_id']}: version {change.version} after {version}"
        version = change.version
        for step in change.steps:
            if step.from_state != state:
                yield f"story: {doc['_id']}: was {state}, and left {step.from_state}"
            state = step.to_state
            if step.on == "dealt":
                number = step.assignment or 0
                if number <= assignment:
                    yield f"story: {doc['_id']}: assignment {number} after {assignment}"
                assignment = number
    if (version, state, assignment) != (doc["version"], doc["state"], doc["assignment"]):
        yield (
            f"story: {doc['_id']} ends at {(version, state, assignment)}, the store has"
            f" {(doc['version'], doc['state'], doc['assignment'])}"
        )
