"""What the policy makes of a kind of ticket."""

from typing import NamedTuple

from services.router.domain.requirement import Requirement


class Kind(NamedTuple):
    """What decides a ticket's way. queue: where an agent moved it; empty: by its topic."""

    topic: str
    lang: str
    channel: str
    tier: str
    urgent: bool
    queue: str = ""


class Treatment(NamedTuple):
    """target_seconds: time allowed, shifted by the priority."""

    queue: str
    priority: int
    requirement: Requirement
    target_seconds: float
