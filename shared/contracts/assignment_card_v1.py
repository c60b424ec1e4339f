"""The state of a ticket in an agent's hands."""

from typing import ClassVar, Literal

from shared.contracts.base import Id, Int64, Positive, Slug, Utc, Wire
from shared.contracts.card import AgentBound
from shared.contracts.identity import Assurance

CardState = Literal["offered", "accepted", "waiting_customer", "wrap_up", "gone"]


class CardClock(Wire):
    """due_at: when its time is over. statutory: set by a law or a card scheme, not by the desk."""

    name: Slug
    due_at: Utc
    statutory: bool


class CardTask(Wire):
    """by: the agent who did it."""

    task: Id
    by: Id


class AssignmentCard(AgentBound):
    """One card on the agent's desk, whole: it replaces the card of the same ticket.

    The envelope's `cause` is the id of the command this card answers, where it answers one.

    state: `gone` takes the card away; `reason` then says why.
    assignment: what commands about this card must name.
    respond_by: end of the offer, of the time for whoever's turn it is to write, or of the wrap-up.
    assurance: how sure it is who the customer is; see shared/contracts/identity.py.
    last_message: id of the customer's latest message; a resolve must name it.
    messages: how many entries the conversation has.
    merged: the tickets that are part of it; their entries count and show as its own.
    clocks: those that run beside due_at, until its matter is resolved or the law's time is over.
    review: true of a re-review: others decided this ticket before.
    parent, note: of a task: the ticket that it is done for, and what is to be done.
    tasks: how many tasks of the ticket are open. task_done: the one that was done last, while the
        customer has waited.
    """

    TYPE: ClassVar[str] = "AssignmentCard"

    desk: Slug
    ticket: Id
    assignment: Positive
    state: CardState
    reason: str | None = None
    queue: Slug
    priority: Int64 = 0
    channel: Slug
    lang: str
    topic: str
    customer: Id
    assurance: Assurance | None = None
    opened_at: Utc
    due_at: Utc
    respond_by: Utc | None = None
    last_message: Id
    messages: Positive
    merged: tuple[Id, ...] | None = None
    clocks: tuple[CardClock, ...] | None = None
    review: bool | None = None
    parent: Id | None = None
    note: str | None = None
    tasks: Positive | None = None
    task_done: CardTask | None = None
