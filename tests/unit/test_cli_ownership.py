"""The demo's judge: what it must notice, and what it must not mistake for a fault."""

import math

from cli.agent_desk import Step
from cli.demo.ownership import over_capacity, owned_twice


def step(agent: str, state: str, *, seq: int, n: float = 0, assignment: int = 1) -> Step:
    return Step(agent, "t-1", assignment, state, shard=3, seq=seq, n=n)


def test_a_ticket_that_goes_from_hand_to_hand_has_one_owner_at_a_time() -> None:
    steps = [
        step("ann", "offered", seq=1),
        step("ann", "gone", seq=5, n=0),
        step("bob", "offered", seq=5, n=1, assignment=2),
        step("bob", "accepted", seq=6, assignment=2),
    ]
    assert owned_twice(steps) == []


def test_a_second_owner_is_noticed() -> None:
    steps = [
        step("ann", "accepted", seq=1),
        step("bob", "offered", seq=4, assignment=2),
        step("ann", "gone", seq=5),
    ]
    [sentence] = owned_twice(steps)
    assert "t-1: bob had it" in sentence


def test_one_assignment_for_two_agents_is_noticed() -> None:
    steps = [
        step("ann", "offered", seq=1),
        step("ann", "gone", seq=2),
        step("bob", "offered", seq=3),
    ]
    assert len(owned_twice(steps)) == 1


def test_the_logs_are_compared_in_the_order_of_commits_not_of_arrival() -> None:
    steps = [
        step("bob", "offered", seq=5, n=1, assignment=2),
        step("ann", "offered", seq=1),
        step("ann", "gone", seq=5, n=0),
    ]
    assert owned_twice(steps) == []


def test_who_was_away_when_a_ticket_went_is_no_second_owner() -> None:
    back_and_gone = step("ann", "gone", seq=9, n=math.inf)
    steps = [
        step("ann", "accepted", seq=1),
        step("bob", "offered", seq=4, assignment=2),
        back_and_gone,
    ]
    assert owned_twice(steps) == []


def test_what_an_agent_saw_while_another_had_it_is_certain_however_they_lost_it() -> None:
    steps = [
        step("ann", "offered", seq=1),
        step("bob", "offered", seq=4, assignment=2),
        step("ann", "accepted", seq=6),
        step("ann", "gone", seq=9, n=math.inf),
    ]
    assert len(owned_twice(steps)) == 1


def test_a_load_above_capacity_is_noticed_and_a_full_desk_is_not() -> None:
    loads = {("ann", 1): 3.0, ("ann", 2): 3.5, ("bob", 2): 2.0}
    [sentence] = over_capacity(loads, {"ann": 3.0, "bob": 2.0})
    assert sentence == "ann: 3.5 of 3 after commit 2"
