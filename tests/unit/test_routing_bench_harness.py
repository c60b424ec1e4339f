"""The routing bench itself: its days, its engine, and the control on which all rules agree."""


import pytest

from services.router.simulator.trace import Trace
from tests.bench.routing import ours
from tests.bench.routing.engine import run
from tests.bench.routing.references import PEERS
from tests.bench.routing.scenarios import s1, s2, s4, s5

WORK_CONSERVING = ["round_robin", "least_open", "longest_idle", "priority_fifo", "deadline"]


def taken(trace: Trace, policy: str) -> dict[str, float | None]:
    """When each ticket was taken, to the millisecond."""
    if policy == "croupier":
        outcomes = ours.run(trace, ours.PLAIN)
    else:
        peer = PEERS[policy]
        outcomes = run(trace, peer.make(trace, next(iter(peer.settings()))))
    return {o.id: None if o.taken_at is None else round(o.taken_at, 3) for o in outcomes}


@pytest.mark.parametrize("policy", [*WORK_CONSERVING, "ring_widening", "croupier"])
def test_with_one_kind_of_ticket_and_agent_every_rule_serves_the_same_at_the_same_time(
    policy: str,
) -> None:
    day = s1(3, hours=1.0)
    assert taken(day, policy) == taken(day, "round_robin")


@pytest.mark.parametrize("draw", [s2, s4, s5], ids=["S2", "S4", "S5"])
def test_the_core_without_its_extras_is_plain_deadline_order(draw: type[Trace]) -> None:
    day = draw(5, hours=1.5)  # type: ignore[call-arg]
    assert taken(day, "croupier") == taken(day, "deadline")
