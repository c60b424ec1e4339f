"""An explanation, as it goes over HTTP and to the terminal. Times are aware UTC."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class WhyNot(Told):
    """Why one agent did not get the ticket in one decision.

    rule: as decision records name it (skill, shift, channel, state, capacity, reserve:NAME,
    decided, skipped, kept); or chosen, stage, fit, load, idle, id (they lost by that), pulled
    (another took it), unknown (not of the desk), unrecorded (nobody can tell any more).
    """

    agent: str
    rule: str
    says: str


class Moment(Told):
    """One thing that happened. after: seconds since the ticket was opened. details: more sentences,
    of a decision mostly, which is here as it was recorded, too."""

    at: datetime
    after: float
    on: str
    says: str
    details: tuple[str, ...] = ()
    agent: str | None = None
    assignment: int | None = None
    decision: dict[str, Any] | None = None
    why_not: WhyNot | None = None


class Explanation(Told):
    """The story of a ticket, as of `at`.

    waiting: what keeps it in its queue now; empty when it does not wait. gaps: what cannot be told,
    and why.
    """

    ticket: str
    desk: str
    queue: str
    channel: str
    state: str
    agent: str | None
    at: datetime
    opened_at: datetime
    due_at: datetime
    moments: tuple[Moment, ...]
    waiting: tuple[str, ...] = ()
    why_not: WhyNot | None = None
    gaps: tuple[str, ...] = ()
