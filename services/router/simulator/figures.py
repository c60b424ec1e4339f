"""What a day was like for a set of customers, and for a group of agents."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from services.router.simulator.outcome import Outcome
from services.router.simulator.trace import Arrival, Shift

_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact and what became of it. wait: seconds until taken, until the customer left, or
    until the day ended."""

    arrival: Arrival
    outcome: Outcome
    wait: float

    @property
    def on_time(self) -> bool:
        return self.outcome.taken_at is not None and self.wait <= self.arrival.target


@dataclass(frozen=True, slots=True)
class Service:
    """What customers met.

    on_time, abandoned: shares of all contacts; one that left in time was not served in time.
    unserved: contacts nobody took though the customer stayed.
    value: share on time, each contact by its value. waits: seconds, of all contacts.
    """

    contacts: int
    on_time: float
    value: float
    abandoned: float
    unserved: int
    mean_wait_s: float
    p50_s: float
    p90_s: float
    p99_s: float


@dataclass(frozen=True, slots=True)
class Effort:
    """What a group of agents alike did.

    ready_hours: on shift and not away, of all together. occupancy: share of their room in use
    while ready, after-work included. effort: hours of handling a ready hour, of one agent with
    room for one ticket it is at most 1. gini: of effort among them, 0 (all alike) to 1.
    """

    agents: int
    tickets: int
    ready_hours: float
    occupancy: float
    effort: float
    gini: float


def service(contacts: Sequence[Contact]) -> Service:
    """contacts: at least one."""
    waits = sorted(contact.wait for contact in contacts)
    worth = sum(contact.arrival.value for contact in contacts)
    n = len(contacts)
    return Service(
        contacts=n,
        on_time=sum(contact.on_time for contact in contacts) / n,
        value=sum(contact.arrival.value for contact in contacts if contact.on_time) / worth,
        abandoned=sum(contact.outcome.left_at is not None for contact in contacts) / n,
        unserved=sum(
            contact.outcome.left_at is None and contact.outcome.taken_at is None
            for contact in contacts
        ),
        mean_wait_s=sum(waits) / n,
        p50_s=percentile(waits, 0.5),
        p90_s=percentile(waits, 0.9),
        p99_s=percentile(waits, 0.99),
    )


def effort(shifts: Sequence[Shift], contacts: Iterable[Contact], *, day_ends: float) -> Effort:
    """contacts: those these agents took. day_ends: seconds; what comes later is not counted."""
    ready = {shift.agent: ready_spans(shift, day_ends) for shift in shifts}
    hours = {agent: _length(spans) / _HOUR for agent, spans in ready.items()}
    worked = dict.fromkeys(ready, 0.0)
    in_use = tickets = 0.0
    for contact in contacts:
        agent, outcome, weight = contact.outcome.agent, contact.outcome, contact.arrival.weight
        assert agent is not None
        assert outcome.taken_at is not None
        freed = day_ends if outcome.freed_at is None else outcome.freed_at
        worked[agent] += contact.arrival.handling * weight / _HOUR
        in_use += weight * _overlap(ready[agent], outcome.taken_at, freed)
        tickets += 1
    room = sum(shift.capacity * hours[shift.agent] * _HOUR for shift in shifts)
    present = sum(hours.values())
    rates = [worked[agent] / hours[agent] for agent in ready if hours[agent]]
    return Effort(
        agents=len(shifts),
        tickets=int(tickets),
        ready_hours=present,
        occupancy=in_use / room if room else 0.0,
        effort=sum(worked.values()) / present if present else 0.0,
        gini=gini(rates),
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that so large a share does not exceed. ordered: not empty."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def gini(values: Sequence[float]) -> float:
    """0: all alike; towards 1: one has it all. 0 for none or for nothing but zeros."""
    n, total = len(values), sum(values)
    if not total:
        return 0.0
    ranked = sum(rank * value for rank, value in enumerate(sorted(values), start=1))
    return 2.0 * ranked / (n * total) - (n + 1) / n


def ready_spans(shift: Shift, day_ends: float) -> list[tuple[float, float]]:
    """When the agent is ready, as (from, to), seconds from the start."""
    spans = []
    begins, ends = max(0.0, shift.begins), min(shift.ends, day_ends)
    for away, back in sorted(shift.absences):
        if away > begins:
            spans.append((begins, min(away, ends)))
        begins = max(begins, back)
    spans.append((begins, ends))
    return [(start, end) for start, end in spans if start < end]


def _length(spans: Iterable[tuple[float, float]]) -> float:
    return sum(end - start for start, end in spans)


def _overlap(spans: Iterable[tuple[float, float]], begins: float, ends: float) -> float:
    return sum(max(0.0, min(end, ends) - max(start, begins)) for start, end in spans)
