"""An agent makes one ticket part of another: the same customer asks the same on another channel.

The part keeps its entries, its place in the log, its age and its deadline, so that it can be split
off again; only what follows from a new entry happens to the whole. It is over when the whole is.
"""

from services.router.domain import review, steps
from services.router.domain.bond import Bond
from services.router.domain.books import Books
from services.router.domain.cards import show_card, take_card
from services.router.domain.clocks import brought_by, told_in, without
from services.router.domain.effects import Joining, TicketsMerged, TicketsSplit
from services.router.domain.events import Merge, Split
from services.router.domain.protection import is_confidential
from services.router.domain.refusals import Refusal, not_allowed
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import IN_HAND, Ticket, TicketState
from services.router.domain.turn import Turn

_OPEN = IN_HAND | {TicketState.QUEUED, TicketState.PARKED}
_ANSWERED = frozenset({TicketState.WAITING_CUSTOMER, TicketState.WRAP_UP})


def stands_alone(ticket: Ticket, rules: DeskRules) -> bool:
    """Whether it is neither part nor whole by its kind: a protected matter is beside all others."""
    return ticket.lane in rules.protected or ticket.requirement.queue in rules.protected


def whole_of(books: Books, ticket: Ticket) -> Ticket:
    """The ticket that an entry of this one concerns."""
    into = ticket.bond.merged_into
    if into and ticket.state is TicketState.RESOLVED:
        return books.tickets[into]
    return ticket


def cannot_merge(books: Books, ticket: Ticket, command: Merge) -> Refusal | None:
    other = books.tickets.get(command.other)
    if other is None or _kept_from(command.agent, other, ticket, books.rules):
        return not_allowed(
            f"This desk has no ticket {command.other}; it may be closed, or another desk's."
        )
    if _is_part(other, ticket):
        return None
    says = _objection(books, ticket, other, command.agent)
    return review.cannot_have(other, command.agent) if says is None else not_allowed(says)


def _objection(books: Books, ticket: Ticket, other: Ticket, agent: str) -> str | None:
    if other is ticket or other.brand != ticket.brand:
        return f"Only another ticket of the brand {ticket.brand} can be merged into this one."
    if other.state in IN_HAND and other.agent != agent:
        return f"Another agent has {other.id}: it can only be merged once they let go of it."
    if other.state not in _OPEN:
        return f"{other.id} is {other.state.replace('_', ' ')}: only an open ticket is merged."
    return _apart(books.rules, ticket, other)


def _apart(rules: DeskRules, ticket: Ticket, other: Ticket) -> str | None:
    if _parted(ticket, other):
        return f"{other.id} and this ticket were parted before, and stay apart."
    if stands_alone(ticket, rules) or stands_alone(other, rules):
        return "A ticket of a protected queue stands beside the others."
    if other.tasks.parent:
        return f"{other.id} is a task: it stays with its ticket."
    if other.tasks.open:
        return f"{other.id} has open tasks: it can be merged once they are done."
    if other.bond.merged:
        return f"{other.id} has parts itself: merge this ticket into that one."
    return None


def merge(books: Books, turn: Turn, ticket: Ticket, command: Merge) -> None:
    """A repeated command is answered by the card as it is."""
    other, agent = books.tickets[command.other], command.agent
    if not _is_part(other, ticket):
        asks = not other.answered and other.state not in _ANSWERED
        _put_in(books, turn, other, ticket, command)
        before, due_at = ticket.state, ticket.due_at
        anew, awaits = asks and ticket.answered, before is TicketState.WAITING_CUSTOMER
        if anew:
            books.renew(ticket, at=other.queued_at)
        _take_in(ticket, other)
        books.set_clocks(ticket, (*brought_by(other.id, other.clocks), *ticket.clocks))
        if anew or (asks and awaits):  # it is the agent's turn to write
            steps.hand(books, turn, ticket, agent)
        joining = Joining(other.id, due_at, ticket.due_at)
        turn.step(ticket, "merged_in", before=before, agent=agent, joining=joining)
        turn.add(TicketsMerged(ticket=other, into=ticket, agent=agent, cause=command.id))
    show_card(turn, ticket, agent, cause=command.id)


def cannot_split(books: Books, ticket: Ticket, command: Split) -> Refusal | None:
    other = books.tickets.get(command.other)
    if other is not None and (_is_part(other, ticket) or ticket.id in other.bond.split_from):
        return None
    return not_allowed(f"{command.other} is no part of this ticket.")


def split(books: Books, turn: Turn, ticket: Ticket, command: Split) -> None:
    """What was merged waits again, with the age and the deadline it had. A repeated command is
    answered by the card as it is."""
    other, agent = books.tickets[command.other], command.agent
    if _is_part(other, ticket):
        due_at = ticket.due_at
        _give_out(ticket, other)
        books.set_clocks(ticket, without(other.id, ticket.clocks))
        _let_go(books, turn, other, ticket, agent)
        joining = Joining(other.id, due_at, ticket.due_at)
        turn.step(ticket, "split", before=ticket.state, agent=agent, joining=joining)
        turn.add(TicketsSplit(ticket=other, was_in=ticket, agent=agent, cause=command.id))
    show_card(turn, ticket, agent, cause=command.id)


def close(books: Books, turn: Turn, ticket: Ticket) -> None:
    """The reopening window is over, for its parts, too."""
    steps.close(books, turn, ticket)
    for part, _ in ticket.bond.merged:
        other = books.tickets.get(part)
        if other is not None and _is_part(other, ticket):
            _part_from(ticket, other)
            steps.close(books, turn, other)


def _kept_from(agent: str, other: Ticket, ticket: Ticket, rules: DeskRules) -> bool:
    """Whether nothing is to tell them of it, not even a refusal."""
    theirs = other.state in IN_HAND and other.agent == agent
    known = theirs or _is_part(other, ticket)
    return not known and is_confidential(other, rules.protected)


def _is_part(other: Ticket, ticket: Ticket) -> bool:
    return other.state is TicketState.RESOLVED and other.bond.merged_into == ticket.id


def _parted(ticket: Ticket, other: Ticket) -> bool:
    """By a split; or the one, part of the other, closed with it and was reopened by itself."""
    former = [part for part, _ in ticket.bond.merged]
    return ticket.id in other.bond.split_from or other.id in (*ticket.bond.split_from, *former)


def _put_in(books: Books, turn: Turn, other: Ticket, ticket: Ticket, command: Merge) -> None:
    before, agent = other.state, command.agent
    other.bond = other.bond._replace(merged_into=ticket.id)
    books.move(other, TicketState.RESOLVED, agent=other.agent, now=turn.now)
    turn.step(other, "merged", before=before, agent=agent, joining=Joining(ticket.id))
    if before in IN_HAND:
        take_card(turn, other, agent, reason="merged", cause=command.id)


def _let_go(books: Books, turn: Turn, other: Ticket, ticket: Ticket, agent: str) -> None:
    other.bond = Bond(split_from=(*other.bond.split_from, ticket.id))
    books.move(other, TicketState.QUEUED, agent=None, now=turn.now)
    before, joining = TicketState.RESOLVED, Joining(ticket.id)
    turn.step(other, "split_off", before=before, agent=agent, joining=joining)


def _take_in(ticket: Ticket, other: Ticket) -> None:
    """The part's latest message counts as unread. Of the two, the one opened later says where the
    customer is."""
    review.share_past(ticket, other)
    bond = ticket.bond
    if not bond.merged:
        bond = bond._replace(
            due_at=ticket.due_at, last_message=ticket.last_message, identity=ticket.identity
        )
    brought = 0.0 if other.answered else other.due_at
    ticket.bond = bond._replace(merged=(*bond.merged, (other.id, brought)))
    ticket.due_at = ticket.bond.earliest()
    ticket.last_message = other.last_message
    ticket.entries += other.entries
    if other.opened_at > ticket.opened_at:
        ticket.identity = other.identity


def _part_from(ticket: Ticket, other: Ticket) -> None:
    """What came of the whole came of its part, too."""
    review.share_past(other, ticket)
    other.clocks = told_in(ticket.clocks, other.id, other.clocks)


def _give_out(ticket: Ticket, other: Ticket) -> None:
    _part_from(ticket, other)
    bond = ticket.bond
    rest = tuple(pair for pair in bond.merged if pair[0] != other.id)
    ticket.bond = bond._replace(merged=rest)
    ticket.due_at = ticket.bond.earliest()
    ticket.entries -= other.entries
    if ticket.last_message == other.last_message:
        ticket.last_message = bond.last_message
    if ticket.identity == other.identity:
        ticket.identity = bond.identity
    if not rest:
        ticket.bond = Bond(split_from=bond.split_from)
