"""A simulated day in figures."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from services.router.simulator.figures import Contact, Effort, Service, effort, service
from services.router.simulator.outcome import Outcome
from services.router.simulator.timeline import Timeline, timeline
from services.router.simulator.trace import Trace

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Report:
    """by: "queue", "language", "tier", "kind" or "language and tier" -> name -> what they met.
    agents: group -> what they did. worst: the language and tier with the smallest share on time.
    """

    scenario: str
    seed: int
    policy: int
    overall: Service
    worst: str
    by: Mapping[str, Mapping[str, Service]]
    agents: Mapping[str, Effort]
    timeline: Timeline

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


_CUTS: Mapping[str, Callable[[Contact], str]] = {
    "queue": lambda contact: contact.arrival.queue,
    "language": lambda contact: contact.arrival.lang,
    "tier": lambda contact: contact.arrival.tier,
    "kind": lambda contact: contact.arrival.kind,
    "language and tier": lambda contact: f"{contact.arrival.lang} {contact.arrival.tier}",
}


def report(trace: Trace, outcomes: Sequence[Outcome], *, policy: int) -> Report:
    """policy: the version that dealt. Raises ValueError: nobody came."""
    if not outcomes:
        raise ValueError(f"nobody came on the day {trace.name!r} of seed {trace.seed}")
    contacts = contacts_of(trace, outcomes)
    by = {
        cut: {name: service(group) for name, group in _grouped(contacts, key).items()}
        for cut, key in _CUTS.items()
    }
    pairs = by["language and tier"]
    return Report(
        scenario=trace.name,
        seed=trace.seed,
        policy=policy,
        overall=service(contacts),
        worst=min(pairs, key=lambda pair: (pairs[pair].on_time, pair)),
        by=by,
        agents=_agents(trace, contacts),
        timeline=timeline(trace, contacts),
    )


def contacts_of(trace: Trace, outcomes: Iterable[Outcome]) -> list[Contact]:
    arrivals = {arrival.id: arrival for arrival in trace.arrivals}
    return [
        Contact(arrivals[outcome.id], outcome, _wait(outcome, trace.seconds))
        for outcome in outcomes
    ]


def _wait(outcome: Outcome, day_ends: float) -> float:
    for end in (outcome.taken_at, outcome.left_at):
        if end is not None:
            return end - outcome.came_at
    return max(0.0, day_ends - outcome.came_at)


def _agents(trace: Trace, contacts: Iterable[Contact]) -> dict[str, Effort]:
    kinds = {shift.agent: shift.kind for shift in trace.shifts}
    taken = (contact for contact in contacts if contact.outcome.agent is not None)
    work = _grouped(taken, lambda contact: kinds[contact.outcome.agent or ""])
    crews = _grouped(trace.shifts, lambda shift: shift.kind)
    return {
        kind: effort(crew, work.get(kind, ()), day_ends=trace.seconds)
        for kind, crew in crews.items()
    }


T = TypeVar("T")


def _grouped(things: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    groups: dict[K, list[T]] = {}
    for thing in things:
        groups.setdefault(key(thing), []).append(thing)
    return groups
