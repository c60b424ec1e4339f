"""A ticket goes to another desk, and arrives there.

It waits on with its age, its clocks and what it has been through. What only its desk knew of it is
left behind: whom it passes by for a while, how far its queue's steps have come, and that nobody
there was ready or took it.
"""

from services.router.domain.bond import Bond
from services.router.domain.books import Books
from services.router.domain.cards import take_card
from services.router.domain.effects import Brought, Handing, TicketLeft
from services.router.domain.events import Transfer
from services.router.domain.protection import NOBODY_READY, NOT_TAKEN
from services.router.domain.refusals import Refusal, not_allowed
from services.router.domain.rules import DeskRules, Elsewhere
from services.router.domain.ticket import Ticket, TicketState
from services.router.domain.turn import Turn

_OF_THE_DESK = frozenset({NOBODY_READY, NOT_TAKEN})


def cannot_move(rules: DeskRules, ticket: Ticket, desk: str, queue: str | None) -> Refusal | None:
    """queue: of the other desk; None: as it decides."""
    there = rules.elsewhere.get(desk)
    if desk == rules.desk:
        return not_allowed(
            "The ticket is at this desk: name another one, or only a queue or an agent."
        )
    if there is None:
        return not_allowed(f"There is no desk {desk}.")
    if queue is not None and queue not in there.queues:
        return Refusal("unknown_queue", f"The desk {desk} has no queue {queue}.")
    if not _keeps_protection(rules, ticket, there, queue):
        return not_allowed(
            f"It is a protected matter, and would not be in the same queue at {desk}."
        )
    return _ties(ticket)


def move_away(books: Books, turn: Turn, ticket: Ticket, command: Transfer, *, desk: str) -> None:
    """Out of the agent's hands and of this desk's memory."""
    before, sender = ticket.state, command.agent
    books.move(ticket, TicketState.QUEUED, agent=None, now=turn.now)
    _leave(books, ticket, command.to_queue)
    handing = Handing(command.note, to_queue=ticket.moved_to or None, to_desk=desk)
    turn.step(ticket, "transferred", before=before, agent=sender, handing=handing)
    take_card(turn, ticket, sender, reason="transferred", cause=command.id)
    turn.add(TicketLeft(ticket, desk, command.id))


def move_on(books: Books, turn: Turn, ticket: Ticket, *, desk: str, queue: str | None) -> None:
    """A step of its queue sends it there while it waits; where it cannot go, it stays."""
    if cannot_move(books.rules, ticket, desk, queue) is not None:
        turn.step(ticket, "kept_here", before=ticket.state, agent=None)
        return
    _leave(books, ticket, queue)
    handing = Handing(to_queue=ticket.moved_to or None, to_desk=desk)
    turn.step(ticket, "moved_on", before=ticket.state, agent=None, handing=handing)
    turn.add(TicketLeft(ticket, desk, None))


def brought_by(ticket: Ticket) -> Brought:
    """What a ticket that has just arrived has behind it."""
    return Brought(
        desk=ticket.came_from,
        queue=ticket.moved_to,
        assignment=ticket.assignment,
        moves=ticket.moves,
        later=ticket.later,
        answered=ticket.answered,
        clocks=ticket.clocks,
        paged=ticket.paged,
        deciders=ticket.deciders,
        barred=ticket.barred,
        split_from=ticket.bond.split_from,
    )


def _leave(books: Books, ticket: Ticket, queue: str | None) -> None:
    """queue: where it waits at the other desk; None: as that one decides, or in the protected queue
    that it is in."""
    rules, current = books.rules, ticket.requirement.queue
    books.let_go(ticket)
    ticket.moved_to = queue or (current if current in rules.protected else "")
    ticket.came_from, ticket.moves = rules.desk, ticket.moves + 1
    ticket.skipped, ticket.climbed = (), ()
    ticket.bond = Bond(split_from=ticket.bond.split_from)
    ticket.paged = tuple(reason for reason in ticket.paged if reason not in _OF_THE_DESK)
    ticket.page_at = ticket.escalate_at = 0.0


def _ties(ticket: Ticket) -> Refusal | None:
    """What else would have to go along."""
    if ticket.bond.merged:
        return not_allowed("Other tickets are merged into this one: split them off first.")
    if ticket.tasks.parent:
        return not_allowed("A task stays at the desk of its ticket.")
    if ticket.tasks.open:
        return not_allowed("Tasks of this ticket are open here: have them done first.")
    return None


def _keeps_protection(
    rules: DeskRules, ticket: Ticket, there: Elsewhere, queue: str | None
) -> bool:
    """Whether what is protected here is so there, too, and nobody sends it out of its queue."""
    current = ticket.requirement.queue
    for name in (ticket.lane, current):
        here, confidential = rules.protected.get(name), there.protected.get(name)
        if here is not None and (confidential is None or here.confidential > confidential):
            return False
    return queue in (None, current) or current not in rules.protected
