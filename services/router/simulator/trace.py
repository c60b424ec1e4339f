"""A day of work, drawn or recorded: what arrives, who is there. All that is random about it is in
here, so that every rule meets the very same day."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from services.router.domain.requirement import Need


@dataclass(frozen=True, slots=True)
class Arrival:
    """One ticket.

    at: seconds from the start. handling: seconds of one agent's time.
    patience: seconds the customer waits for an agent (inf: for ever).
    target: seconds allowed until an agent takes it.
    kind: name of its class, for reports (e.g. "chat.ru"). needs: sorted skills.
    weight: how much of an agent's capacity it takes. value: weight of a ticket on time in the
        score.
    topic: what it is about, for rules that ask a policy.
    returns: what the customer does after giving up: (seconds until they contact again, their
        patience then), once for each further contact.
    """

    id: str
    at: float
    kind: str
    queue: str
    lang: str
    channel: str
    tier: str
    needs: tuple[Need, ...]
    handling: float
    patience: float
    target: float
    weight: float = 1.0
    value: float = 1.0
    topic: str = ""
    returns: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Shift:
    """An agent's hours.

    kind: name of the group, for reports. begins, ends: seconds from the start.
    absences: (from, to) seconds: breaks, during which what is in hand goes on.
    """

    agent: str
    kind: str
    skills: Mapping[str, int]
    channels: frozenset[str]
    capacity: float
    begins: float = 0.0
    ends: float = math.inf
    absences: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """arrivals: by time. seconds: how long arrivals go on; work goes on until the last ticket is
    done or gone."""

    name: str
    seed: int
    seconds: float
    arrivals: tuple[Arrival, ...]
    shifts: tuple[Shift, ...]
