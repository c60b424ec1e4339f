"""What Erlang's formulas would say about a scenario, beside what the simulation says.

They know one line of equal customers and equal agents in a steady state. So each kind of arrivals
is given to one group, the one that can do it and little else; the group's busiest hour is taken as
if it lasted for ever; agents with room for several tickets count as that many servers.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from services.router.domain.treatment import Kind
from services.router.policy import Policy
from services.router.simulator.erlang import agents_needed
from services.router.simulator.rates import rate_of
from services.router.simulator.scenario import AgentsSection, ArrivalsSection, ScenarioFile
from services.router.simulator.staffing import Goal

_HOUR: Final = 3600.0
_LOOK_EVERY: Final = 60.0


@dataclass(frozen=True, slots=True)
class Formula:
    """Agents of a group by Erlang C, whose customers never leave, and by Erlang A."""

    erlang_c: int
    erlang_a: int


@dataclass(frozen=True, slots=True)
class _Line:
    """One kind as its group meets it. room: of an agent's capacity. held: seconds a ticket takes
    that room, from the offer to the end of after-work. leaving: customers who give up, a second.
    """

    kind: ArrivalsSection
    room: float
    held: float
    target: float

    @property
    def leaving(self) -> float:
        return 1.0 / self.kind.patience if self.kind.patience is not None else 0.0


def formulas(scenario: ScenarioFile, policy: Policy, goal: Goal) -> dict[str, Formula]:
    """Group -> agents present."""
    lines: dict[str, list[_Line]] = {name: [] for name in scenario.agents}
    for kind in scenario.arrivals.values():
        group, line = _assigned(kind, scenario, policy)
        if group is not None:
            lines[group].append(line)
    return {
        name: _formula(scenario.agents[name], found, scenario.lasts, goal)
        for name, found in lines.items()
    }


def _assigned(
    kind: ArrivalsSection, scenario: ScenarioFile, policy: Policy
) -> tuple[str | None, _Line]:
    treatment = policy.treat(
        scenario.desk, Kind(kind.topic, kind.lang, kind.channel, kind.tier, urgent=False)
    )
    hard = {need.skill: need.level for need in treatment.requirement.needs if need.hard}
    able = [
        name
        for name, group in scenario.agents.items()
        if kind.channel in group.channels and _meets(group, hard)
    ]
    rules = policy.rules_for(scenario.desk)
    answer = 0.0 if kind.channel in rules.auto_accept else scenario.habits.answer
    own = scenario.habits.after_work
    after = rules.wrap_up_seconds if own is None else min(own, rules.wrap_up_seconds)
    line = _Line(
        kind,
        treatment.requirement.weight,
        kind.handling.mean + answer + after,
        kind.target or treatment.target_seconds,
    )
    best = min(able, key=lambda name: sum(scenario.agents[name].skills.values()), default=None)
    return best, line


def _meets(group: AgentsSection, hard: Mapping[str, int]) -> bool:
    return all(group.skills.get(skill, 0) >= level for skill, level in hard.items())


def _formula(group: AgentsSection, lines: Sequence[_Line], lasts: float, goal: Goal) -> Formula:
    rates = _busiest_hour(lines, lasts)
    rate = sum(rates)
    if not rate:
        return Formula(0, 0)

    def mean(values: Iterable[float]) -> float:
        return sum(share * value for share, value in zip(rates, values, strict=True)) / rate

    held, leaving = mean(line.held for line in lines), mean(line.leaving for line in lines)
    servers_an_agent = group.capacity / mean(line.room for line in lines)
    within = mean(line.target for line in lines)

    def agents(patience: float) -> int:
        servers = agents_needed(
            rate=rate,
            handling=held,
            patience=patience,
            target=goal.target,
            within=within,
            occupancy=goal.occupancy,
        )
        return ceil(servers / servers_an_agent)

    return Formula(agents(math.inf), agents(1.0 / leaving if leaving else math.inf))


def _busiest_hour(lines: Sequence[_Line], lasts: float) -> list[float]:
    """Each line's arrivals a second in the hour in which all together have the most work."""
    rates = [rate_of(line.kind) for line in lines]
    best: list[float] = [0.0] * len(lines)
    work = 0.0
    for start in range(0, max(1, int(lasts - _HOUR) + 1), int(_HOUR / 4)):
        moments = [
            start + offset * _LOOK_EVERY for offset in range(int(min(_HOUR, lasts) / _LOOK_EVERY))
        ]
        hour = [sum(rate.at(moment) for moment in moments) / len(moments) / _HOUR for rate in rates]
        asked = sum(rate * line.held for rate, line in zip(hour, lines, strict=True))
        if asked > work:
            best, work = hour, asked
    return best
