"""Draws a day of work: non-homogeneous Poisson arrivals, by thinning.

Each kind of ticket has a random stream of its own, derived from the seed and the kind's name, and
a ticket's handling and patience are drawn with it. So they do not depend on what else arrives, nor
on what any rule does.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

from services.router.domain.requirement import Need
from services.router.simulator.draws import lognormal_parameters
from services.router.simulator.trace import Arrival, Shift, Trace
from tests.bench.routing.rates import HOUR, Rate

HANDLING_CV = 0.8
"""Standard deviation of handling, as a share of its mean; handling is lognormal."""
SLOTS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One class of tickets. handling, patience: means, in seconds; patience is exponential, inf
    for a customer who does not leave. target: seconds. value: of a ticket on time, in the score.
    waiting: how many are there when the day begins.
    """

    name: str
    lang: str
    channel: str
    rate: Rate
    handling: float
    target: float
    patience: float = math.inf
    tier: str = "standard"
    skills: tuple[str, ...] = ()
    value: float = 1.0
    waiting: int = 0

    @property
    def needs(self) -> tuple[Need, ...]:
        return tuple(sorted(Need(skill) for skill in (f"lang.{self.lang}", *self.skills)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Agents alike. skills beside languages. absences: (from, to) seconds, of each of them."""

    name: str
    agents: int
    langs: tuple[str, ...]
    channels: tuple[str, ...]
    skills: tuple[str, ...] = ()
    absences: tuple[tuple[float, float], ...] = ()


def draw(
    name: str, *, seed: int, hours: float, kinds: Iterable[Kind], teams: Iterable[Team]
) -> Trace:
    """The day a seed stands for."""
    arrivals = [
        arrival for kind in kinds for arrival in _arrivals(kind, seed=seed, seconds=hours * HOUR)
    ]
    arrivals.sort(key=lambda arrival: (arrival.at, arrival.id))
    shifts = tuple(shift for team in teams for shift in _shifts(team))
    return Trace(
        name=name, seed=seed, seconds=hours * HOUR, arrivals=tuple(arrivals), shifts=shifts
    )


def handling_law(kind: Kind) -> tuple[float, float]:
    """(mean, standard deviation) of the logarithm of seconds."""
    return lognormal_parameters(mean=kind.handling, cv=HANDLING_CV)


def _arrivals(kind: Kind, *, seed: int, seconds: float) -> Iterator[Arrival]:
    # a string seed is hashed by Random itself, the same in every process
    stream = Random(f"{seed}/{kind.name}")
    for number, at in enumerate(_times(kind, stream, seconds=seconds)):
        yield Arrival(
            id=f"{kind.name}-{number:05d}",
            at=at,
            kind=kind.name,
            queue=kind.name,
            lang=kind.lang,
            channel=kind.channel,
            tier=kind.tier,
            needs=kind.needs,
            handling=stream.lognormvariate(*handling_law(kind)),
            patience=_exponential(stream, mean=kind.patience),
            target=kind.target,
            value=kind.value,
        )


def _times(kind: Kind, stream: Random, *, seconds: float) -> Iterator[float]:
    yield from (0.0 for _ in range(kind.waiting))
    rate = kind.rate
    at = stream.expovariate(rate.peak / HOUR)
    while at < seconds:
        if stream.random() * rate.peak < rate.at(at):
            yield at
        at += stream.expovariate(rate.peak / HOUR)


def _exponential(stream: Random, *, mean: float) -> float:
    return math.inf if math.isinf(mean) else stream.expovariate(1.0 / mean)


def _shifts(team: Team) -> Iterator[Shift]:
    skills = {f"lang.{lang}": 3 for lang in team.langs} | dict.fromkeys(team.skills, 3)
    for number in range(team.agents):
        yield Shift(
            agent=f"{team.name}-{number:02d}",
            kind=team.name,
            skills=skills,
            channels=frozenset(team.channels),
            capacity=SLOTS,
            absences=team.absences,
        )
