"""What was in an agent's hands at a place of their desk's history."""

from datetime import UTC, datetime
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from services.router.explain.facts import Place, Step
from services.router.explain.restoring import known_at, past_of
from shared.store.documents import AgentChangeDoc

TAKEN, FREED = ("queued", "offered"), ("offered", "queued")


def changed(at: float, seq: int, *hand: str, **more: Any) -> AgentChangeDoc:
    """anna, ready, with these tickets at the end of what changed her."""
    doc = {
        "_id": f"{seq}",
        "about": "agent",
        "agents": ["anna"],
        "desk": "main",
        "shard": 0,
        "epoch": 1,
        "seq": seq,
        "at": at,
        "offset": seq,
        "expires_at": datetime.now(UTC),
        "on": "state_set",
        "state": "ready",
        "reason": None,
        "connected": True,
        "active": True,
        "skills": {},
        "channels": [],
        "capacity": 3.0,
        "hand": list(hand),
    }
    return cast(AgentChangeDoc, doc | more)


def step(ticket: str, way: tuple[str, str], at: float, seq: int, n: int) -> Step:
    before, after = way
    return Step(Place(at, seq, n), ticket, 2, "step", before, after, at, agent="anna")


def hand(known: list[AgentChangeDoc], steps: list[Step], place: Place) -> set[str]:
    past = past_of("anna", known_at(known, place), steps, place)
    assert past is not None
    return set(past.hand)


def test_what_was_taken_and_freed_since_the_last_change_counts() -> None:
    known = [changed(10, 1, "t1")]
    steps = [step("t2", TAKEN, 20, 2, 0), step("t1", FREED, 30, 3, 0)]
    assert hand(known, steps, Place(15, 2, 0)) == {"t1"}
    assert hand(known, steps, Place(25, 3, 0)) == {"t1", "t2"}
    assert hand(known, steps, Place(35, 4, 0)) == {"t2"}


def test_a_change_in_the_very_turn_may_tell_of_what_came_after_the_place() -> None:
    known = [changed(10, 1, "t2")]
    steps = [step("t1", FREED, 10, 1, 3), step("t2", TAKEN, 10, 1, 4)]
    assert hand(known, steps, Place(10, 1, 2)) == {"t1"}
    assert hand(known, steps, Place(10, 1, 9)) == {"t2"}


def test_changes_after_the_place_are_not_looked_at() -> None:
    known = [changed(10, 1, "t1"), changed(50, 7)]
    assert hand(known, [], Place(20, 2, 0)) == {"t1"}
    assert known_at(known, Place(5, 0, 0)) == []


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=30),
    st.integers(0, 30),
    st.integers(0, 30),
)
def test_wherever_the_last_change_was_the_hand_is_what_all_steps_together_make_it(
    moves: list[tuple[str, bool]], cut: int, asked: int
) -> None:
    """Turns of three steps; the agent changes in one of them, at its end."""
    held: set[str] = set()
    steps: list[Step] = []
    hands = [set(held)]
    for name, take in moves:
        if take == (name in held):
            continue
        n = len(steps)
        steps.append(step(name, TAKEN if take else FREED, n // 3, n // 3, n % 3))
        held = held | {name} if take else held - {name}
        hands.append(held)
    asked = min(asked, len(steps))
    turn = min(cut, asked) // 3
    at_its_end = hands[min(3 * turn + 3, len(steps))]

    place = Place(asked // 3, asked // 3, asked % 3)
    assert hand([changed(turn, turn, *sorted(at_its_end))], steps, place) == hands[asked]
