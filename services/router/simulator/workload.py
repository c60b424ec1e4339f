"""A day drawn from a scenario. Every kind of arrivals and every agent has its own chance, so a
change in one leaves all others as they were."""

import math
from collections.abc import Iterator
from heapq import merge
from random import Random

from services.router.policy import Policy
from services.router.simulator.draws import lognormal_parameters, stream, uniform
from services.router.simulator.habits import Habits
from services.router.simulator.rates import moments, rate_of
from services.router.simulator.scenario import (
    AgentsSection,
    ArrivalsSection,
    HabitsSection,
    HandlingSection,
    ScenarioFile,
)
from services.router.simulator.trace import Arrival, Shift, Trace


def draw(scenario: ScenarioFile, policy: Policy, *, seed: int | None = None) -> Trace:
    """The day of this seed; without one, of the scenario's own. Targets and needs are the policy's
    but where the scenario has its own."""
    chosen = scenario.seed if seed is None else seed
    return Trace(
        name=scenario.name,
        seed=chosen,
        seconds=scenario.lasts,
        arrivals=tuple(arrivals(scenario, policy, seed=chosen)),
        shifts=tuple(shifts(scenario, seed=chosen)),
    )


def arrivals(scenario: ScenarioFile, policy: Policy, *, seed: int) -> Iterator[Arrival]:
    """By time; drawn one by one."""
    kinds = [
        _of_kind(name, kind, scenario, policy, seed)
        for name, kind in sorted(scenario.arrivals.items())
    ]
    return merge(*kinds, key=lambda arrival: arrival.at)


def shifts(scenario: ScenarioFile, *, seed: int) -> Iterator[Shift]:
    """Agents are named after their group and a number: one more leaves the others as they are."""
    for name, group in scenario.agents.items():
        for number in range(group.count):
            yield _shift(f"{name}-{number + 1}", name, group, seed)


def habits_of(scenario: ScenarioFile) -> dict[str, Habits]:
    """By group; "" is any without their own."""
    own = {
        name: _habits(group.habits)
        for name, group in scenario.agents.items()
        if group.habits is not None
    }
    return {"": _habits(scenario.habits), **own}


def _of_kind(
    name: str, kind: ArrivalsSection, scenario: ScenarioFile, policy: Policy, seed: int
) -> Iterator[Arrival]:
    began = scenario.starts.timestamp()
    handling, patience = stream(seed, name, "handling"), stream(seed, name, "patience")
    for number, at in enumerate(_times(name, kind, scenario.lasts, seed)):
        route = policy.route(
            desk=scenario.desk,
            topic=kind.topic,
            lang=kind.lang,
            channel=kind.channel,
            tier=kind.tier,
            urgent=False,
            waiting_since=began + at,
        )
        yield Arrival(
            id=f"{name}-{number}",
            at=at,
            kind=name,
            queue=route.queue,
            lang=kind.lang,
            channel=kind.channel,
            tier=kind.tier,
            needs=route.requirement.needs,
            handling=_handling(kind.handling, handling),
            patience=_patience(kind, patience),
            target=_target(kind, route.due_at - began - at),
            weight=route.requirement.weight,
            value=kind.value,
            topic=kind.topic,
            returns=_returns(kind, patience) if kind.returns is not None else (),
        )


def _target(kind: ArrivalsSection, policys: float) -> float:
    # epoch seconds carry a tenth of a microsecond: without rounding a minute is a little more
    return round(policys, 3) if kind.target is None else kind.target


def _times(name: str, kind: ArrivalsSection, seconds: float, seed: int) -> Iterator[float]:
    yield from (0.0 for _ in range(kind.waiting))
    yield from moments(rate_of(kind), seconds=seconds, random=stream(seed, name, "times"))


def _handling(section: HandlingSection, random: Random) -> float:
    if section.law == "exponential":
        return random.expovariate(1.0 / section.mean)
    mu, sigma = lognormal_parameters(mean=section.mean, cv=section.cv)
    return random.lognormvariate(mu, sigma)


def _patience(kind: ArrivalsSection, random: Random) -> float:
    return math.inf if kind.patience is None else random.expovariate(1.0 / kind.patience)


def _returns(kind: ArrivalsSection, random: Random) -> tuple[tuple[float, float], ...]:
    """Until one time they do not come again."""
    assert kind.returns is not None
    found: list[tuple[float, float]] = []
    while random.random() < kind.returns.share:
        found.append((random.expovariate(1.0 / kind.returns.after), _patience(kind, random)))
    return tuple(found)


def _shift(agent: str, name: str, group: AgentsSection, seed: int) -> Shift:
    absences = []
    for nth, pause in enumerate(group.breaks):
        begins = pause.at + pause.spread * uniform(seed, "break", agent, str(nth))
        absences.append((begins, begins + pause.away))
    return Shift(
        agent=agent,
        kind=name,
        skills=group.skills,
        channels=frozenset(group.channels),
        capacity=group.capacity,
        begins=group.begins,
        ends=math.inf if group.ends is None else group.ends,
        absences=tuple(absences),
    )


def _habits(section: HabitsSection) -> Habits:
    return Habits(
        answer_seconds=section.answer,
        declines=section.declines,
        ignores=section.ignores,
        after_work_seconds=section.after_work,
        slowdown=section.slowdown,
    )
