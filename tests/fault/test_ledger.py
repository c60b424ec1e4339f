"""The ledger itself: an honest history passes, and each kind of broken promise is found."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from cli.agent_desk import Step
from shared.contracts import Contract, Envelope, wrap
from shared.contracts.ticket_changed_v1 import Step as Edge
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.contracts.turn_recorded_v1 import TurnRecorded
from shared.runtime.clock import utc
from tests.fault.history import DEAD, DeadLetter, Doc, History
from tests.fault.ledger import judge

AT = 1_790_000_000.0
IDENTITY = "form:web:c1"
FIRST, SECOND = "form:web:1", "form:web:2"


def edge(on: str, before: str | None, after: str, *, at: float = AT, **dealt: Any) -> Edge:
    return Edge(on=on, from_state=before, to_state=after, at=utc(at), **dealt)


def changed(seq: int, version: int, *edges: Edge, ticket: str = "t") -> Envelope[Contract]:
    data = TicketChanged(
        ticket=ticket,
        desk="main",
        customer="c",
        queue="general",
        channel="form",
        version=version,
        policy=1,
        shard=3,
        epoch=1,
        seq=seq,
        steps=edges,
    )
    return wrap(data, id=f"3.{seq}.{ticket}", at=utc(AT))


def turn(seq: int, *, epoch: int = 1) -> Envelope[Contract]:
    data = TurnRecorded(shard=3, epoch=epoch, seq=seq, now=utc(AT), policy=1, applied=())
    return wrap(data, id=f"3.{seq}.turn", at=utc(AT))


def saw(agent: str, assignment: int, state: str, seq: int, n: float = 0) -> Step:
    return Step(agent, "t", assignment, state, 3, seq, n)


def message(entry: str, offset: int) -> Doc:
    return {"_id": entry, "ticket": "t", "partition": 5, "offset": offset}


HONEST = History(
    spoken={IDENTITY: [FIRST, SECOND]},
    acked={FIRST, SECOND},
    steps=[
        saw("ann", 1, "offered", 1),
        saw("ann", 1, "gone", 2, 0),
        saw("bob", 2, "offered", 2, 1),
        saw("bob", 2, "accepted", 3),
        saw("bob", 2, "gone", 4, math.inf),
    ],
    messages=[message(FIRST, 10), message(SECOND, 11)],
    tickets=[
        {
            "_id": "t",
            "entries": 2,
            "seen": {"5": 11},
            "last_message": SECOND,
            "version": 5,
            "state": "resolved",
            "assignment": 2,
        }
    ],
    shards=[{"_id": 3, "seq": 4}],
    capacity={"ann": 1.0, "bob": 1.0},
    events=[
        changed(
            1,
            2,
            edge("opened", None, "queued"),
            edge("dealt", "queued", "offered", agent="ann", assignment=1),
        ),
        turn(1),
        changed(
            2,
            3,
            edge("declined", "offered", "queued", agent="ann"),
            edge("dealt", "queued", "offered", agent="bob", assignment=2),
        ),
        turn(2),
        turn(2),  # published again after a crash, in the same words
        changed(3, 4, edge("accepted", "offered", "accepted", agent="bob")),
        turn(3),
        changed(4, 5, edge("resolved", "accepted", "resolved", agent="bob")),
        turn(4),
    ],
    dead=[],
    healed_at=AT,
)


def ticket(**changes: Any) -> Sequence[Doc]:
    return [{**HONEST.tickets[0], **changes}]


def without(seq: int) -> list[Envelope[Contract]]:
    """The events, with one commit never told."""
    return [event for event in HONEST.events if f".{seq}." not in event.id]


def retold(*events: Envelope[Contract]) -> list[Envelope[Contract]]:
    return [*HONEST.events, *events]


def late(seconds: float) -> list[Envelope[Contract]]:
    """The events, where the first deal came late."""
    dealt = edge("dealt", "queued", "offered", at=AT + seconds, agent="ann", assignment=1)
    return [changed(1, 2, edge("opened", None, "queued"), dealt), *HONEST.events[1:]]


BROKEN: dict[str, tuple[Callable[[History], History], str]] = {
    "a message is nowhere": (
        lambda history: replace(history, acked={FIRST, SECOND, "form:web:3"}),
        "I1: lost: form:web:3",
    ),
    "a message is counted twice": (
        lambda history: replace(history, tickets=ticket(entries=3)),
        "I1: doubled: 1 of the entries of t",
    ),
    "a message is set aside and in a ticket": (
        lambda history: replace(history, dead=[DeadLetter(DEAD[0], (5, 10), "failed", FIRST)]),
        f"I1: doubled: {FIRST}",
    ),
    "a message nobody wrote": (
        lambda history: replace(history, spoken={IDENTITY: [FIRST]}),
        f"I1: phantom: {SECOND}",
    ),
    "two owners": (
        lambda history: replace(history, steps=[*history.steps, saw("ann", 1, "accepted", 3, 1)]),
        "I2: t: ann had it as 1",
    ),
    "one number for two agents": (
        lambda history: replace(history, steps=[*history.steps, saw("cem", 2, "offered", 9)]),
        "I2: assignment 2 of t went to bob, cem",
    ),
    "more than the capacity": (
        lambda history: replace(history, capacity={"ann": 1.0, "bob": 0.0}),
        "I3: bob has 1 tickets after commit 2",
    ),
    "messages out of order": (
        lambda history: replace(history, messages=[message(FIRST, 11), message(SECOND, 10)]),
        f"I4: {IDENTITY}: {SECOND} is held before {FIRST}",
    ),
    "a message not applied": (
        lambda history: replace(history, tickets=ticket(seen={"5": 10})),
        f"I4: t has not seen {SECOND}",
    ),
    "an older message applied last": (
        lambda history: replace(history, tickets=ticket(last_message=FIRST)),
        f"I4: t ends with {FIRST}",
    ),
    "a ticket waited too long": (
        lambda history: replace(history, events=late(21)),
        "I5: t waited 21.0 s",
    ),
    "poison that nobody sent": (
        lambda history: replace(history, dead=[DeadLetter(DEAD[1], (3, 1), "desk: x", None)]),
        "I7: 1 records are dead letters, not 0",
    ),
    "a commit that was never told": (
        lambda history: replace(history, events=without(3)),
        "story: commit 3 of shard 3 was never told",
    ),
    "a zombie's story": (
        lambda history: replace(history, events=retold(turn(4, epoch=2))),
        "story: event 3.4.turn is told in two ways",
    ),
    "a commit told and never made": (
        lambda history: replace(history, events=retold(turn(5))),
        "story: seq 5 of shard 3 was told and never committed",
    ),
    "a version missing": (
        lambda history: replace(history, tickets=ticket(version=6)),
        "story: t ends at (5,",
    ),
}


def test_an_honest_history_passes() -> None:
    verdict = judge(HONEST)

    assert verdict.complaints == ()
    assert (verdict.messages, verdict.lost, verdict.doubled, verdict.over_capacity) == (2, 0, 0, 0)


@pytest.mark.parametrize("name", BROKEN)
def test_the_ledger_finds(name: str) -> None:
    break_it, complaint = BROKEN[name]

    complaints = judge(break_it(HONEST)).complaints

    assert any(each.startswith(complaint) for each in complaints), complaints
