"""Erlang's formulas against values others have published."""

import math

import pytest

from services.router.simulator.erlang import ErlangA, ErlangC, agents_needed, erlang_b

MINUTE = 60.0


@pytest.mark.parametrize(
    ("servers", "load", "lost"), [(1, 0.0101, 0.01), (10, 4.461, 0.01), (50, 37.90, 0.01)]
)
def test_erlang_b_agrees_with_the_standard_table(servers: int, load: float, lost: float) -> None:
    # the 1 % column of the traffic tables every telephone engineer has
    assert erlang_b(servers, load) == pytest.approx(lost, rel=1e-3)


def test_erlang_c_agrees_with_a_worked_example() -> None:
    # I. Angus, "An introduction to Erlang B and Erlang C", Telemanagement 187, 2001:
    # 360 calls a half hour, four minutes each, 55 agents, answered within 15 s
    line = ErlangC(servers=55, rate=360 / (30 * MINUTE), handling=4 * MINUTE)

    assert line.waits == pytest.approx(0.239, abs=5e-4)
    assert line.mean_wait == pytest.approx(8.2, abs=0.05)
    assert line.answered_within(15.0) == pytest.approx(0.846, abs=5e-4)


def test_erlang_a_agrees_with_the_table_that_introduced_it_to_call_centres() -> None:
    # O. Garnett, A. Mandelbaum, M. Reiman, "Designing a call center with impatient customers",
    # M&SOM 2002, table 1: 50 agents, 48 calls a minute, a minute each, patience two minutes
    patient = ErlangC(servers=50, rate=48 / MINUTE, handling=MINUTE)
    impatient = ErlangA(servers=50, rate=48 / MINUTE, handling=MINUTE, patience=2 * MINUTE)

    assert patient.mean_wait == pytest.approx(20.8, abs=0.05)
    assert impatient.abandoned == pytest.approx(0.031, abs=5e-4)
    assert impatient.mean_wait == pytest.approx(3.7, abs=0.05)


def test_every_customer_is_answered_or_leaves() -> None:
    line = ErlangA(servers=4, rate=1 / 20, handling=90.0, patience=45.0)

    assert line.answered_within(3600.0) == pytest.approx(1.0 - line.abandoned, abs=1e-6)


def test_with_endless_patience_erlang_a_becomes_erlang_c() -> None:
    patient = ErlangC(servers=5, rate=1 / 60, handling=200.0)
    almost = ErlangA(servers=5, rate=1 / 60, handling=200.0, patience=1e9)

    assert almost.waits == pytest.approx(patient.waits, rel=1e-5)
    assert almost.mean_wait == pytest.approx(patient.mean_wait, rel=1e-4)
    assert almost.answered_within(20.0) == pytest.approx(patient.answered_within(20.0), rel=1e-5)


def test_a_line_that_cannot_keep_up_answers_nobody_in_time() -> None:
    line = ErlangC(servers=3, rate=1 / 60, handling=180.0)

    assert (line.waits, line.mean_wait, line.answered_within(60.0)) == (1.0, math.inf, 0.0)


@pytest.mark.parametrize("patience", [math.inf, 120.0])
def test_agents_needed_is_the_fewest_that_reach_the_target(patience: float) -> None:
    load = {"rate": 100 / (30 * MINUTE), "handling": 180.0}

    needed = agents_needed(**load, patience=patience, target=0.8, within=20.0)

    def reached(servers: int) -> float:
        line = (
            ErlangC(servers, **load)
            if math.isinf(patience)
            else ErlangA(servers, **load, patience=patience)
        )
        return line.answered_within(20.0)

    assert reached(needed) >= 0.8 > reached(needed - 1)


def test_impatient_customers_need_fewer_agents() -> None:
    load = {"rate": 0.8, "handling": 60.0, "target": 0.9, "within": 5.0}

    assert agents_needed(**load, patience=120.0) < agents_needed(**load, patience=math.inf)
