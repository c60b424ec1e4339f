"""When agents change by themselves: each once, the earliest first."""

import math

from services.router.domain.rota import Rota


def test_agents_come_up_in_the_order_of_their_times() -> None:
    rota = Rota()
    for agent, when in (("anna", 30.0), ("boris", 10.0), ("cem", 20.0)):
        rota.note(agent, when)

    assert rota.next() == 10.0
    assert [rota.pop_due(25.0) for _ in range(3)] == ["boris", "cem", None]


def test_only_the_last_time_noted_of_an_agent_counts() -> None:
    rota = Rota()
    rota.note("anna", 10.0)
    rota.note("anna", 20.0)
    rota.note("boris", 15.0)
    rota.note("boris", math.inf)

    assert not rota.is_due(19.0)
    assert rota.pop_due(20.0) == "anna"
    assert rota.next() is None


def test_plans_that_change_again_and_again_do_not_pile_up() -> None:
    rota = Rota()
    for when in range(10_000):
        rota.note("anna", float(when))

    assert len(rota._heap) < 200
    assert rota.pop_due(1e9) == "anna"
    assert rota.pop_due(1e9) is None
