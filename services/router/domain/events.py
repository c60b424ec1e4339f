"""What a desk is told. Past tense: it happened. Imperative: an agent asks for it.

`id` is the wire event's id; whatever a desk says in answer names it as its cause.
"""

from dataclasses import dataclass

from services.router.domain.agent import AgentState
from services.router.domain.requirement import Skills


@dataclass(frozen=True, slots=True)
class EntryAdded:
    """The customer's side of a ticket's conversation grew.

    kind: message, edit, delete, left, transcript.
    reopens: whether it wakes a resolved ticket.
    """

    id: str
    ticket: str
    message: str
    kind: str
    partition: int
    offset: int
    at: float
    identity: str
    reopens: bool


@dataclass(frozen=True, slots=True)
class AgentProfiled:
    """An administrator hired, changed or dismissed (`active` False) an agent."""

    id: str
    agent: str
    name: str
    skills: Skills
    channels: frozenset[str]
    capacity: float
    active: bool


@dataclass(frozen=True, slots=True)
class PresenceReported:
    """The agents of this desk whose sockets one notifier holds; replaces its earlier report."""

    id: str
    notifier: str
    agents: frozenset[str]
    period_seconds: float


@dataclass(frozen=True, slots=True)
class SetState:
    """An agent's own change of state. channels None: all of the profile."""

    id: str
    agent: str
    state: AgentState
    channels: frozenset[str] | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Accept:
    id: str
    agent: str
    ticket: str
    assignment: int


@dataclass(frozen=True, slots=True)
class Decline:
    id: str
    agent: str
    ticket: str
    assignment: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Reply:
    """`text` only passes through: it goes to the customer's channel, never into a decision."""

    id: str
    agent: str
    ticket: str
    assignment: int
    text: str


@dataclass(frozen=True, slots=True)
class Resolve:
    """Rejected unless `seen` is the ticket's last message."""

    id: str
    agent: str
    ticket: str
    assignment: int
    seen: str


@dataclass(frozen=True, slots=True)
class FinishWrapUp:
    id: str
    agent: str
    ticket: str
    assignment: int


TicketAct = Accept | Decline | Reply | Resolve | FinishWrapUp
DeskEvent = EntryAdded | AgentProfiled | PresenceReported | SetState | TicketAct
