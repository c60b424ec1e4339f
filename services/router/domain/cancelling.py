"""What becomes of a ticket's tasks when it is over before they are done."""

from services.router.domain.books import Books
from services.router.domain.cards import take_card
from services.router.domain.effects import Joining
from services.router.domain.ticket import IN_HAND, Ticket, TicketState
from services.router.domain.turn import Turn


def cancel_tasks(books: Books, turn: Turn, ticket: Ticket) -> None:
    """Those that are not done, whoever has them. Call it in the turn that ends the ticket."""
    if not ticket.tasks.open:
        return
    for task_id in ticket.tasks.open:
        task = books.tickets.get(task_id)
        if task is not None:
            _cancel(books, turn, task)
    ticket.tasks = ticket.tasks._replace(open=())


def _cancel(books: Books, turn: Turn, task: Ticket) -> None:
    before, agent = task.state, task.agent if task.state in IN_HAND else None
    books.move(task, TicketState.CLOSED, agent=None, now=turn.now)
    joining = Joining(task.tasks.parent)
    turn.step(task, "cancelled", before=before, agent=agent, joining=joining)
    if agent is not None:
        take_card(turn, task, agent, reason="cancelled")
