"""What a desk answers. Facts in the order they came about; nothing here does any I/O.

Tuples: several are made for every ticket, at a third of the cost of frozen dataclasses.
"""

from typing import NamedTuple

from services.router.domain.agent import Agent
from services.router.domain.clocks import Clocks
from services.router.domain.decision import Decision
from services.router.domain.tasks import UNTIED, Tasks
from services.router.domain.ticket import Seen, Ticket, TicketState


class Handing(NamedTuple):
    """How an agent handed a ticket on. until: of a parked one, epoch seconds.

    to_agent, to_queue, to_desk: whom a transferred or escalated one, or a task, is meant for.
    note: the agent's words.
    """

    note: str | None = None
    until: float | None = None
    to_agent: str | None = None
    to_queue: str | None = None
    to_desk: str | None = None


class Profiling(NamedTuple):
    """What a customer's profile made of a ticket: tier and deadline before and after."""

    from_tier: str
    tier: str
    hosts: tuple[str, ...]
    from_due_at: float
    due_at: float


class Joining(NamedTuple):
    """other: the ticket it was merged with or split from, or that an entry came by; its task, or
    the ticket that it is a task of. Of a whole, the deadline before and after, epoch seconds."""

    other: str
    from_due_at: float | None = None
    due_at: float | None = None


class Timing(NamedTuple):
    """A deadline or a clock of a ticket. Times are epoch seconds.

    due_at: as it is now; from_due_at: as it was. clock: its name; empty: the deadline of the
    answer. first: of the first answer. statutory: of a clock.
    """

    due_at: float
    from_due_at: float | None = None
    clock: str = ""
    first: bool = False
    statutory: bool = False


class Brought(NamedTuple):
    """What a ticket from another desk has behind it. desk: that one. queue: where it was sent;
    empty: wherever its topic goes. See Ticket for the rest."""

    desk: str
    queue: str
    assignment: int
    moves: int
    later: bool
    answered: bool
    clocks: Clocks
    paged: tuple[str, ...]
    deciders: tuple[str, ...]
    barred: tuple[str, ...]
    split_from: tuple[str, ...]


class Opening(NamedTuple):
    """A ticket when this desk first saw it. hosts: ids of agents. message: its latest. Times are
    epoch seconds. brought: None: it was at no other desk."""

    brand: str
    lane: str
    topic: str
    lang: str
    tier: str
    urgent: bool
    hosts: tuple[str, ...]
    profile: int
    opened_at: float
    queued_at: float
    message: str
    seen: Seen
    brought: Brought | None = None


class TicketStepped(NamedTuple):
    """A ticket changed and must be written.

    on: opened, arrived (from another desk), entry_added, dealt, accepted, declined, offer_expired,
        agent_away (no longer ready for the offer), agent_gone (not connected), agent_lost (grace
        begins), agent_back (in time), agent_nudged, lead_told, agent_silent, replied,
        clock_warned, clock_missed, customer_nudged, customer_silent, customer_back (the answer that
        was awaited), resolved, wrap_up_ended, parked, woken, transferred, escalated (for
        re-review), merged (into another), merged_in (another), split (from another that was merged
        into it), split_off (that other), customer_profiled, matter_opened (a protected one of its
        customer: it moves to that queue), safe_reply_sent (nobody is ready), paged_nobody_ready,
        paged_not_taken (somebody on call), paged_escalated, moved_on, kept_here (it cannot move
        on), customer_told, nobody_told (steps of its queue; a task has no customer to tell),
        task_opened, task_done (of the ticket), cancelled (a task: its ticket is over), reopened,
        abandoned, closed, rated (by the customer, once it was resolved).
    agent, assignment: whom and which offer the step is about; None where nobody.
    decision: with `dealt`. handing: with `parked`, `transferred`, `escalated`, `moved_on`,
        `matter_opened` and `task_opened`, and with `opened` of a task or in the queue of a matter.
    profiling: with `customer_profiled`. joining: with all that concerns two tickets.
    opening: with `opened` and `arrived`. who: with `paged_escalated` and `lead_told`. timing: with
    `replied`, where it answers all that the customer wrote, with `entry_added` after such an
    answer, and of the clock with `clock_warned`, `clock_missed`.
    score: with `rated`, from 1 to 5.
    """

    ticket: Ticket
    on: str
    before: TicketState | None
    after: TicketState
    at: float
    agent: str | None = None
    assignment: int | None = None
    decision: Decision | None = None
    handing: Handing | None = None
    profiling: Profiling | None = None
    joining: Joining | None = None
    opening: Opening | None = None
    timing: Timing | None = None
    who: str | None = None
    score: int | None = None


class AgentStepped(NamedTuple):
    """An agent changed and must be written.

    on: profiled, state_set, pulled (a ticket), offer_missed, offer_answered (after one that was
        missed), set_away (missed too many), connected, disconnected, sessions_changed (between
        notifiers).
    """

    agent: Agent
    on: str
    at: float


class CardShown(NamedTuple):
    """An agent's card of a ticket in their hands, as of now: copied, not referenced.

    review: it is a re-review. cause: id of the command this answers.
    """

    agent: str
    ticket: Ticket
    state: TicketState
    assignment: int
    respond_by: float
    last_message: str
    entries: int
    merged: tuple[str, ...] = ()
    clocks: Clocks = ()
    review: bool = False
    tasks: Tasks = UNTIED
    cause: str | None = None


class CardGone(NamedTuple):
    """The card leaves the agent's screen.

    reason: declined, offer_expired, agent_away, agent_gone, agent_silent, parked, transferred,
        escalated, resolved, merged, abandoned, cancelled.
    """

    agent: str
    ticket: Ticket
    assignment: int
    reason: str
    cause: str | None = None


class AgentShown(NamedTuple):
    """An agent's own state, for their screen."""

    agent: str
    state: str
    channels: tuple[str, ...]
    reason: str | None
    load: float
    capacity: float
    cause: str | None = None


class Rejected(NamedTuple):
    """A command was not carried out. reason: a value of the wire's RejectionReason."""

    agent: str
    command: str
    ticket: str | None
    reason: str
    detail: str


class ReplySent(NamedTuple):
    """Words for the customer, bound for the channel of the ticket's identity.

    agent: whose; None: of the policy. reply: its id. cause: id of the command this answers.
    notice: what the policy tells by it (see notices), safe_reply or told (by a step of its queue).
    """

    ticket: Ticket
    agent: str | None
    identity: str
    text: str
    reply: str
    cause: str | None
    notice: str = ""


class TicketsMerged(NamedTuple):
    """`ticket` is part of `into` from now on."""

    ticket: Ticket
    into: Ticket
    agent: str
    cause: str


class TicketsSplit(NamedTuple):
    """`ticket` is on its own again."""

    ticket: Ticket
    was_in: Ticket
    agent: str
    cause: str


class TicketLeft(NamedTuple):
    """`ticket` is that desk's from now on. cause: id of the command; None: a step of its queue."""

    ticket: Ticket
    desk: str
    cause: str | None


class Paged(NamedTuple):
    """Somebody on call has to look at the ticket. reason: see protection and writing; clock_warned
    and clock_missed of a statutory `clock`. page: its id.

    who: whom the policy names; None: whoever is on call.
    """

    ticket: Ticket
    reason: str
    page: str
    who: str | None = None
    clock: str | None = None


Effect = (
    TicketStepped
    | AgentStepped
    | CardShown
    | CardGone
    | AgentShown
    | Rejected
    | ReplySent
    | TicketsMerged
    | TicketsSplit
    | TicketLeft
    | Paged
)
