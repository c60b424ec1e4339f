"""What a desk is told. Past tense: it happened. Imperative: an agent asks for it.

`id` is the wire event's id; whatever a desk says in answer names it as its cause.
"""

from typing import NamedTuple

from services.router.domain.agent import AgentState
from services.router.domain.requirement import Skills
from services.router.domain.shifts import Shift


class EntryAdded(NamedTuple):
    """The customer's side of a ticket's conversation grew.

    kind: message, edit, delete, left, transcript, rating.
    reopens: whether it wakes a resolved ticket.
    rating: how the customer says that they were served, from 1 to 5; 0: they do not.
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
    rating: int = 0


class CustomerProfiled(NamedTuple):
    """What the customer of a ticket is to us. version: of the profile. hosts: their own agents, the
    first to be tried first. matter: the protected queue in which a matter of theirs is open; empty:
    in none."""

    id: str
    ticket: str
    version: int
    tier: str
    hosts: tuple[str, ...]
    matter: str = ""


class Moved(NamedTuple):
    """The ticket may be another desk's by now: its document says whose."""

    id: str
    ticket: str


class AgentProfiled(NamedTuple):
    """An administrator hired, changed or dismissed (`active` False) an agent.

    shifts: in any order; None: they work whenever they are ready, or with keep_shifts as was known
    before. new_until: epoch seconds; 0: they are not new."""

    id: str
    agent: str
    name: str
    skills: Skills
    channels: frozenset[str]
    capacity: float
    active: bool
    shifts: tuple[Shift, ...] | None = None
    new_until: float = 0.0
    keep_shifts: bool = False


class PresenceReported(NamedTuple):
    """The agents of this desk whose sockets one notifier holds; replaces its earlier report."""

    id: str
    notifier: str
    agents: frozenset[str]
    period_seconds: float


class SetState(NamedTuple):
    """An agent's own change of state. channels None: all of the profile."""

    id: str
    agent: str
    state: AgentState
    channels: frozenset[str] | None
    reason: str | None


class Accept(NamedTuple):
    id: str
    agent: str
    ticket: str
    assignment: int


class Decline(NamedTuple):
    id: str
    agent: str
    ticket: str
    assignment: int
    reason: str | None


class Reply(NamedTuple):
    """`text` only passes through: it goes to the customer's channel, never into a decision.

    seen: the customer's last message that the agent knew; None: not said.
    awaits: the ticket waits for the customer's answer from now on.
    """

    id: str
    agent: str
    ticket: str
    assignment: int
    text: str
    seen: str | None = None
    awaits: bool = False


class Resolve(NamedTuple):
    """Rejected unless `seen` is the ticket's last message."""

    id: str
    agent: str
    ticket: str
    assignment: int
    seen: str


class FinishWrapUp(NamedTuple):
    id: str
    agent: str
    ticket: str
    assignment: int


class Park(NamedTuple):
    """until: epoch seconds. `reason` only passes through, into the ticket's events."""

    id: str
    agent: str
    ticket: str
    assignment: int
    until: float
    reason: str


class Transfer(NamedTuple):
    """To an agent or to a queue, or to another desk, there perhaps to a queue of it. `note` only
    passes through, into the ticket's events."""

    id: str
    agent: str
    ticket: str
    assignment: int
    to_agent: str | None = None
    to_queue: str | None = None
    note: str | None = None
    to_desk: str | None = None


class Escalate(NamedTuple):
    """For re-review, by somebody who has not decided it. to_queue: None: as the rules say. `note`
    only passes through, into the ticket's events."""

    id: str
    agent: str
    ticket: str
    assignment: int
    to_queue: str | None = None
    note: str | None = None


class OpenTask(NamedTuple):
    """Somebody else is to do something for it: `note` says what, on their card. wait: it is set
    aside until its tasks are done."""

    id: str
    agent: str
    ticket: str
    assignment: int
    to_queue: str
    note: str
    wait: bool = True


class Merge(NamedTuple):
    """`other` is of the same matter: it becomes part of `ticket`."""

    id: str
    agent: str
    ticket: str
    assignment: int
    other: str


class Split(NamedTuple):
    """`other` is no part of `ticket` any more."""

    id: str
    agent: str
    ticket: str
    assignment: int
    other: str


class Pull(NamedTuple):
    """The agent takes a ticket from the queue. ticket: empty: the next that they could be dealt."""

    id: str
    agent: str
    ticket: str = ""


TicketAct = (
    Accept
    | Decline
    | Reply
    | Resolve
    | FinishWrapUp
    | Park
    | Transfer
    | Escalate
    | OpenTask
    | Merge
    | Split
)
TicketEvent = EntryAdded | CustomerProfiled | Moved
"""What is announced of a ticket, which may not be in memory."""

DeskEvent = TicketEvent | AgentProfiled | PresenceReported | SetState | Pull | TicketAct
