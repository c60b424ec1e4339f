"""What happened to a ticket in one turn of its dealer, and why."""

from typing import Any, ClassVar

from shared.contracts.announcement import Rating
from shared.contracts.base import Contract, Id, Natural, Positive, Slug, Utc, Wire


class Position(Wire):
    """Of an event in `support.inbound.v1`."""

    partition: Natural
    offset: Natural


class RunningClock(Wire):
    """A clock of a ticket, beside its deadline. told: 0, 1 (warned), 2 (missed). held: seconds for
    which it stood. held_from: since when it stands."""

    name: Slug
    due_at: Utc
    warn_at: Utc | None = None
    told: Natural
    statutory: bool
    held: float
    held_from: Utc | None = None
    of: Id | None = None


class Brought(Wire):
    """What a ticket from another desk has behind it. queue: where it was sent; absent: wherever its
    topic goes. moves: how often it went to another desk. later: its wait is not for the first
    answer. answered: all the customer wrote is. paged: for what somebody on call was. deciders: who
    answered or resolved it; barred: of these, who never get it again. split_from: tickets it was
    part of."""

    queue: Slug | None = None
    assignment: Natural
    moves: Positive
    later: bool
    answered: bool
    clocks: tuple[RunningClock, ...]
    paged: tuple[str, ...]
    deciders: tuple[Id, ...]
    barred: tuple[Id, ...]
    split_from: tuple[Id, ...]


class Opening(Wire):
    """A ticket as its dealer first saw it: all that decides its way through a desk, no text.

    lane: the protected queue in whose lane the customer's messages join it; empty: the ordinary.
    hosts, profile: the customer's own agents, and the version of the profile they are from.
    waits_from: since when the customer waits. message: the latest it was born with. seen: the
        entries it was born with, or had when it arrived.
    brought: of one from another desk.
    """

    brand: Slug
    lane: str
    topic: str
    lang: str
    tier: Slug
    urgent: bool
    hosts: tuple[Id, ...]
    profile: Natural
    opened_at: Utc
    waits_from: Utc
    message: Id
    seen: tuple[Position, ...]
    brought: Brought | None = None


class Step(Wire):
    """One edge of the ticket's state machine.

    n: its place among the steps of all tickets in this turn, from 0.
    on: what made it move: opened, dealt, accepted, declined, offer_expired, agent_gone, …
    note, until, to_agent, to_queue: with `parked`, `transferred` and `escalated`: the agent's
        words, when the ticket wakes, whom it was given to. to_queue also with `moved_on`: by a step
        of its queue; with `matter_opened` and with `opened`: where the customer's profile names
        it. to_desk with `transferred`: the desk it was given to. With `task_opened` the
        queue of the task, and until when the ticket waits for it at the longest, where it does;
        with `opened` of a task its queue and what is to be done.
    from_desk: with `arrived`: the desk it was at.
    who: with `paged_escalated`: whom a step of its queue names; with `lead_told`: the team lead who
        is told that `agent` does not answer.
    tier, hosts, due_at: with `customer_profiled`: what the customer's profile says, and the
        deadline that follows; from_tier, from_due_at: what was before.
    other: with `merged`, `merged_in`, `split`, `split_off`: the other ticket, and of the whole its
        deadline. With `entry_added`: the part by which the entry came. With `task_opened`,
        `task_done` and `woken` by it: the task; with `opened` and `cancelled` of a task: the ticket
        that it is a task of.
    due_at, from_due_at: also with `entry_added` that asks again after an answer: the deadline of
        the next one, and that of the one before. Alone with `replied`: the deadline it answered.
    clock: with `clock_warned` and `clock_missed`: which, and due_at: when its time is over.
    score: with `rated`: how the customer says that they were served, from 1 to 5, and `agent`: who
        had the ticket last.
    opening: with `opened`, but for tasks, and with `arrived`.
    decision: with `dealt`: why this agent (see docs/architecture.md, "decision record").
    """

    n: Natural | None = None
    on: Slug
    from_state: str | None = None
    to_state: str
    at: Utc
    agent: Id | None = None
    assignment: Positive | None = None
    note: str | None = None
    until: Utc | None = None
    to_agent: Id | None = None
    to_queue: Slug | None = None
    to_desk: Slug | None = None
    from_desk: Slug | None = None
    who: Slug | None = None
    from_tier: Slug | None = None
    tier: Slug | None = None
    hosts: tuple[Id, ...] | None = None
    other: Id | None = None
    from_due_at: Utc | None = None
    due_at: Utc | None = None
    clock: Slug | None = None
    score: Rating | None = None
    opening: Opening | None = None
    decision: dict[str, Any] | None = None


class TicketChanged(Contract):
    """All steps of one ticket in one commit, in order. `version` is the document's after them."""

    TYPE: ClassVar[str] = "TicketChanged"
    TOPIC: ClassVar[str] = "support.events.v1"

    ticket: Id
    desk: Slug
    customer: Id
    queue: Slug
    channel: Slug
    version: Positive
    policy: Natural
    shard: Natural
    epoch: Positive
    seq: Positive
    steps: tuple[Step, ...]

    @property
    def key(self) -> str:
        return self.ticket
