"""Whatever the day: who comes is accounted for, and the same day is the same day."""

import math
from collections import Counter
from dataclasses import replace
from heapq import heappop, heappush

from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.domain.requirement import Need
from services.router.domain.rules import DeskRules
from services.router.simulator.figures import gini, ready_spans
from services.router.simulator.habits import Habits
from services.router.simulator.run import run
from services.router.simulator.trace import Arrival, Shift, Trace
from tests.unit.simulator_days import MANUAL, RULES, arrival, day, shift

_SECONDS = st.integers(1, 300).map(float)
_LANGUAGES = st.sampled_from(["lang.ru", "lang.lt"])


@st.composite
def _arrivals(draw: st.DrawFn, *, patient: bool = False) -> list[Arrival]:
    gaps = draw(st.lists(_SECONDS, min_size=1, max_size=25))
    now, found = 0.0, []
    for number, gap in enumerate(gaps):
        now += gap
        found.append(
            arrival(
                f"t{number:02}",
                now,
                handling=draw(_SECONDS) + number / 64,  # no two end at the same instant
                needs=(Need("lang.ru" if patient else draw(_LANGUAGES)),),
                patience=math.inf if patient else draw(_SECONDS | st.just(math.inf)),
                returns=()
                if patient
                else draw(st.lists(st.tuples(_SECONDS, _SECONDS), max_size=2).map(tuple)),
            )
        )
    return found


@st.composite
def _shifts(draw: st.DrawFn) -> list[Shift]:
    agents = draw(st.integers(1, 4))
    return [
        shift(
            f"a{number}",
            skills={draw(_LANGUAGES): 3, "lang.en": 1},
            capacity=float(draw(st.integers(1, 3))),
            begins=draw(st.just(0.0) | _SECONDS),
            ends=draw(st.just(math.inf) | _SECONDS.map(lambda s: s * 20)),
            absences=draw(
                st.lists(st.tuples(_SECONDS, _SECONDS), max_size=2).map(
                    lambda spans: tuple((begin, begin + length) for begin, length in spans)
                )
            ),
        )
        for number in range(agents)
    ]


_HABITS = st.builds(
    Habits,
    answer_seconds=st.sampled_from([0.0, 5.0]),
    declines=st.sampled_from([0.0, 0.3]),
    ignores=st.sampled_from([0.0, 0.3]),
    after_work_seconds=st.sampled_from([None, 0.0, 5.0]),
    slowdown=st.sampled_from([0.0, 0.5]),
)
_RULES = st.sampled_from([RULES, MANUAL, replace(MANUAL, wrap_up_seconds=15.0)])


@settings(max_examples=60)
@given(_arrivals(), _shifts(), _HABITS, _RULES)
def test_every_contact_ends_once_and_in_one_way(
    arrivals: list[Arrival], shifts: list[Shift], habits: Habits, rules: DeskRules
) -> None:
    outcomes = run(day(arrivals, shifts), rules, habits={"": habits})

    given_up = Counter(outcome.id for outcome in outcomes if outcome.left_at is not None)
    contacts = Counter(outcome.id for outcome in outcomes)
    for each in arrivals:
        # one contact, and one more for every time they gave up and meant to come again
        assert contacts[each.id] == 1 + min(given_up[each.id], len(each.returns))
    for outcome in outcomes:
        assert outcome.taken_at is None or outcome.left_at is None
        assert (outcome.taken_at is None) == (outcome.agent is None)


@settings(max_examples=60)
@given(_arrivals(), _shifts(), _HABITS, _RULES)
def test_nobody_has_more_in_hand_than_room_for_it(
    arrivals: list[Arrival], shifts: list[Shift], habits: Habits, rules: DeskRules
) -> None:
    outcomes = run(day(arrivals, shifts), rules, habits={"": habits})

    for each in shifts:
        changes = []
        for outcome in outcomes:
            if outcome.agent == each.agent:
                assert outcome.taken_at is not None
                assert outcome.freed_at is not None
                changes += [(outcome.taken_at, 1), (outcome.freed_at, -1)]
        in_hand = 0
        for _, change in sorted(changes):
            in_hand += change
            assert in_hand <= each.capacity


@settings(max_examples=30)
@given(_arrivals(), _shifts(), _HABITS, _RULES)
def test_the_same_day_by_the_same_rules_goes_the_same_way(
    arrivals: list[Arrival], shifts: list[Shift], habits: Habits, rules: DeskRules
) -> None:
    trace = day(arrivals, shifts)

    assert run(trace, rules, habits={"": habits}) == run(trace, rules, habits={"": habits})


@settings(max_examples=60)
@given(_arrivals(patient=True), st.integers(1, 4))
def test_patient_customers_wait_as_long_as_the_recursion_of_kiefer_and_wolfowitz_says(
    arrivals: list[Arrival], agents: int
) -> None:
    """First come, first served by equal agents: each takes the one who is free first."""
    trace = day(arrivals, [shift(f"a{number}") for number in range(agents)])
    free = [0.0] * agents
    for each, outcome in zip(arrivals, run(trace, RULES), strict=True):
        begins = max(each.at, heappop(free))
        heappush(free, begins + each.handling)
        assert outcome.taken_at is not None
        assert math.isclose(outcome.taken_at, begins, abs_tol=1e-9)


@given(st.lists(st.floats(0, 1e6), max_size=30), st.floats(0.1, 10))
def test_gini_is_a_share_that_knows_no_unit(values: list[float], factor: float) -> None:
    found = gini(values)

    assert -1e-9 <= found < 1.0
    if sum(values) > 1e-3:
        assert math.isclose(found, gini([value * factor for value in values]), abs_tol=1e-6)


@given(_shifts(), st.integers(1, 6000))
def test_ready_time_is_shift_less_absences(shifts: list[Shift], day_ends: int) -> None:
    for each in shifts:
        spans = ready_spans(each, float(day_ends))
        # absences and shifts begin and end on whole seconds here
        seconds = sum(
            each.begins <= second < each.ends
            and not any(away <= second < back for away, back in each.absences)
            for second in range(day_ends)
        )
        assert sum(end - begin for begin, end in spans) == seconds


def test_a_trace_with_nobody_in_it_is_a_day_too() -> None:
    assert run(Trace("empty", 1, 100.0, (), ()), RULES) == []
