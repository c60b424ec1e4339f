"""A ticket as routing knows it: no personal data, and no text but what a task asks for."""

from dataclasses import dataclass
from enum import StrEnum

from services.router.domain.bond import ALONE, Bond
from services.router.domain.clocks import Clocks
from services.router.domain.reach import EVERYBODY, Reach
from services.router.domain.requirement import Requirement
from services.router.domain.tasks import UNTIED, Tasks

Seen = tuple[tuple[int, int], ...]
"""Highest offset seen per inbound partition: ((partition, offset), …), sorted by partition."""


Hosts = tuple[tuple[str, float], ...]
"""((agent, seconds), …), the first to be tried first."""


Climbed = tuple[tuple[str, int], ...]
"""((queue, how many of its steps are done), …), the queue of the latest step last."""


class TicketState(StrEnum):
    """See the state diagram in docs/architecture.md."""

    QUEUED = "queued"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    WAITING_CUSTOMER = "waiting_customer"
    WRAP_UP = "wrap_up"
    PARKED = "parked"
    RESOLVED = "resolved"
    CLOSED = "closed"
    ABANDONED = "abandoned"


OPEN = frozenset(set(TicketState) - {TicketState.CLOSED, TicketState.ABANDONED})
"""States a dealer keeps in memory."""

IN_HAND = frozenset(
    {
        TicketState.OFFERED,
        TicketState.ACCEPTED,
        TicketState.WAITING_CUSTOMER,
        TicketState.WRAP_UP,
    }
)
"""States in which an agent has the ticket and it counts as load."""


SETTLED = frozenset(
    {TicketState.WRAP_UP, TicketState.RESOLVED, TicketState.CLOSED, TicketState.ABANDONED}
)
"""States in which nothing is to be done for the customer."""


@dataclass(slots=True)
class Ticket:
    """Mutable: only the desk that owns it changes it. Times are epoch seconds.

    requirement: shared between all tickets of a class.
    due_at: the deadline that orders its queue. Original age is kept through every return.
    queued_at: since when the customer waits, from the first unanswered message.
    assignment: number of the latest offer; 0 when never offered. It only grows.
    agent: who has it (IN_HAND), had it last (parked, resolved), or is the first to be tried with
        it (queued): who had it before, or was given it.
    until: end of the present state (offer, silence of whose turn it is to write, wrap-up, reopen
        window, parking); 0 when it has no end.
    kept_until: until when a queued ticket is kept for `agent`, while they are on shift, because it
        woke or was given to them; 0: as any other.
    moved_to: the queue it was transferred or moved on to, instead of its topic's; empty: none.
    nudge_at: when whoever's turn it is to write is reminded of it; 0: never, or done.
    gone_at: when its agent lost connection; 0 while connected.
    skipped: agents who declined or let an offer pass, each with the time until which they are
        not offered this ticket again.
    last_message: id of the customer's latest entry. entries: how many the conversation has.
    joinable: further messages of the customer join it; freed for good when it closes.
    urgent: its first message sounded urgent.
    hosts: the customer's own agents in the order in which they are to be tried, each with the
        seconds the ticket is kept for them, while they are on shift.
    profile: version of the customer's profile that tier and hosts are from; 0: of none.
    bond: to tickets that were merged into it, or that it was merged into.
    lane: the protected queue in whose lane the customer's messages join it; empty: the ordinary.
    beside: the customer's ordinary ticket when it was opened in a lane of its own; empty: none.
    page_at: when somebody is paged: somebody on call unless an agent has taken it; a team lead
        unless the agent who accepted it has answered; 0: never, or done.
    paged: what somebody on call was paged for; each reason once.
    later: the present wait is not for the first answer. answered: all the customer wrote is.
    clocks: those that run beside the deadline.
    climbed: the steps of queues that are done in the present wait, or left out.
    deciders: agents who answered the customer or resolved it, in this wait or an earlier one, or
        sent it for re-review; sorted.
    barred: the deciders when it was last sent for re-review, who never get it again; empty: it was
        never sent.
    moves: how often it went to another desk. came_from: the desk it was at, until the one it is at
        now has seen it; empty: it has.
    tasks: those it has, or the ticket that it is one of.
    reach: whom it reaches while it waits; never stored, since it follows from the rest.
    escalate_at: when the next step of its queue is due; 0: none, or not while it is in hand. Never
        stored either.
    version: of the stored document this was loaded from or last written as.
    identity: where the customer last wrote: `channel:account:sender`.
    """

    id: str
    requirement: Requirement
    brand: str
    customer: str
    identity: str
    lang: str
    topic: str
    priority: int
    tier: str
    opened_at: float
    queued_at: float
    due_at: float
    seen: Seen
    last_message: str
    entries: int = 1
    state: TicketState = TicketState.QUEUED
    assignment: int = 0
    agent: str | None = None
    until: float = 0.0
    nudge_at: float = 0.0
    kept_until: float = 0.0
    moved_to: str = ""
    gone_at: float = 0.0
    skipped: tuple[tuple[str, float], ...] = ()
    joinable: bool = True
    urgent: bool = False
    hosts: Hosts = ()
    profile: int = 0
    bond: Bond = ALONE
    lane: str = ""
    beside: str = ""
    page_at: float = 0.0
    paged: tuple[str, ...] = ()
    later: bool = False
    answered: bool = False
    clocks: Clocks = ()
    climbed: Climbed = ()
    deciders: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()
    moves: int = 0
    came_from: str = ""
    tasks: Tasks = UNTIED
    reach: Reach = EVERYBODY
    escalate_at: float = 0.0
    version: int = 1

    def passed_by(self) -> set[str]:
        """Whom it is not offered to, for a while or for ever."""
        return {*self.barred, *[agent for agent, _ in self.skipped]}

    def has_seen(self, partition: int, offset: int) -> bool:
        """Whether an entry at this position was applied before."""
        return any(part == partition and offset <= upto for part, upto in self.seen)

    def see(self, partition: int, offset: int) -> None:
        """Remember a position. Positions of one partition come in order."""
        others = tuple(pair for pair in self.seen if pair[0] != partition)
        self.seen = tuple(sorted((*others, (partition, offset))))
