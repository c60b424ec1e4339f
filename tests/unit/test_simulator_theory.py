"""The simulator against queueing theory, in short; the long run is tests/bench/simulator_theory."""

import pytest

from tests.bench.simulator_theory import LineSet, figures, play

_SHORT = (
    LineSet("M/M/1", servers=1, load=0.5, tickets=15_000),
    LineSet("M/M/3", servers=3, load=1.8, tickets=15_000),
    LineSet("M/M/4+M", servers=4, load=4.0, patience=1.0, tickets=15_000),
    LineSet("M/M/10+M", servers=10, load=12.0, patience=0.5, tickets=15_000),
)


@pytest.mark.parametrize("line", _SHORT, ids=lambda line: line.name)
def test_waits_and_abandonment_are_those_of_erlang(line: LineSet) -> None:
    measured = play(line, tickets=line.tickets, seed=1)

    for _, estimate, theory in figures(line, measured):
        # of a thousand seeds one may lie outside; this one is fixed
        margin = estimate.margin(confidence=0.999)
        assert estimate.mean == pytest.approx(theory, abs=margin)
        # a margin as wide as the figure itself would show nothing
        assert margin < 0.2 * theory
