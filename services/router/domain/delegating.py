"""An agent asks others to do something for a ticket: a task, which is a ticket of its own.

It is dealt as any other of its queue, by that queue's target from when it was opened. It keeps its
ticket's channel, for which the queue has a target, a weight and people; but not its language, since
who does it talks to colleagues: it asks for the desk's default language instead.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from services.router.domain import handing_on
from services.router.domain.books import Books
from services.router.domain.cards import show_card, take_card
from services.router.domain.effects import Handing, Joining, TicketStepped
from services.router.domain.events import Escalate, Merge, OpenTask, Reply, Split, TicketAct
from services.router.domain.protection import Protection, is_confidential
from services.router.domain.refusals import Refusal, not_allowed, unknown_queue
from services.router.domain.tasks import Tasks
from services.router.domain.ticket import IN_HAND, Ticket, TicketState
from services.router.domain.turn import Turn

MOST_OPEN: Final = 16
REMEMBERED: Final = 8
"""Of the commands that opened tasks of a ticket so many are known again when they are repeated."""

_REFUSED: Final[Mapping[type[TicketAct], Refusal]] = {
    command: not_allowed(says)
    for command, says in {
        Reply: "A task has no customer: answer in the ticket itself.",
        Escalate: "A task decides nothing for the customer: send the ticket itself for re-review.",
        Merge: "A task stays with its ticket: it is not merged.",
        Split: "A task has no parts: split the ticket itself.",
        OpenTask: "A task has no tasks of its own: hand it on, or do it and say so.",
    }.items()
}


def objection(books: Books, ticket: Ticket, command: TicketAct) -> Refusal | None:
    """What speaks against it since the ticket is a task, or against opening one."""
    if ticket.tasks.parent:
        return _REFUSED.get(type(command))
    return _cannot_open(books, ticket, command) if isinstance(command, OpenTask) else None


def _cannot_open(books: Books, ticket: Ticket, command: OpenTask) -> Refusal | None:
    if len(ticket.tasks.open) >= MOST_OPEN and command.id not in ticket.tasks.asked:
        return not_allowed(f"This ticket has {MOST_OPEN} open tasks already.")
    if _tells_others(ticket, command.to_queue, books.rules.protected):
        return not_allowed("This ticket is confidential: ask in a confidential queue.")
    return unknown_queue(books.rules, command.to_queue)


def _tells_others(ticket: Ticket, queue: str, protected: Mapping[str, Protection]) -> bool:
    """Whoever has a task reads its ticket."""
    asked = protected.get(queue)
    discreet = asked is not None and asked.confidential
    return is_confidential(ticket, protected) and not discreet


def open_task(books: Books, turn: Turn, ticket: Ticket, command: OpenTask) -> None:
    """A repeated command is answered by the card as it is."""
    if command.id in ticket.tasks.asked:
        show_card(turn, ticket, command.agent, cause=command.id)
        return
    task = _task(books, turn, ticket, command)
    known = ticket.tasks
    ticket.tasks = known._replace(
        opened=known.opened + 1,
        open=(*known.open, task.id),
        asked=(*known.asked, command.id)[-REMEMBERED:],
        done=(),
    )
    _set_aside(books, turn, ticket, command, task)
    books.begin(task, turn.now)
    handing, joining = Handing(command.note, to_queue=command.to_queue), Joining(ticket.id)
    agent = command.agent
    turn.step(task, "opened", before=None, agent=agent, handing=handing, joining=joining)


def done(books: Books, turn: Turn, task: Ticket, agent: str) -> None:
    """The agent resolved it. A ticket that was set aside wakes with the last of its tasks."""
    ticket = books.tickets.get(task.tasks.parent)
    if ticket is None:
        return
    left = tuple(each for each in ticket.tasks.open if each != task.id)
    ticket.tasks = ticket.tasks._replace(open=left, done=(task.id, agent))
    turn.add(
        TicketStepped(
            ticket=ticket,
            on="task_done",
            before=ticket.state,
            after=ticket.state,
            at=turn.now,
            agent=agent,
            joining=Joining(task.id),
        )
    )
    if ticket.state in IN_HAND and ticket.agent is not None:
        show_card(turn, ticket, ticket.agent)
    elif _waits_no_more(ticket):
        handing_on.wake(books, turn, ticket, task=task.id)


def _waits_no_more(ticket: Ticket) -> bool:
    return ticket.state is TicketState.PARKED and not ticket.tasks.open


def _set_aside(books: Books, turn: Turn, ticket: Ticket, command: OpenTask, task: Ticket) -> None:
    """For its tasks, at the longest as long as any ticket; or it stays with its agent."""
    before, agent = ticket.state, command.agent
    until = turn.now + books.rules.park_seconds_max if command.wait else None
    if until is not None:
        books.move(ticket, TicketState.PARKED, agent=agent, now=turn.now, until=until)
    handing = Handing(until=until, to_queue=command.to_queue)
    joining = Joining(task.id)
    turn.step(ticket, "task_opened", before=before, agent=agent, handing=handing, joining=joining)
    if until is None:
        show_card(turn, ticket, agent, cause=command.id)
    else:
        take_card(turn, ticket, agent, reason="parked", cause=command.id)


def _task(books: Books, turn: Turn, ticket: Ticket, command: OpenTask) -> Ticket:
    """Past whoever asks for it, for a while."""
    task_id = f"{ticket.id}.t{ticket.tasks.opened + 1}"
    skip = books.rules.skip_seconds
    return Ticket(
        id=task_id,
        requirement=replace(ticket.requirement, queue=command.to_queue),
        brand=ticket.brand,
        customer=ticket.customer,
        identity=ticket.identity,
        lang=ticket.lang,
        topic=ticket.topic,
        priority=ticket.priority,
        tier=ticket.tier,
        opened_at=turn.now,
        queued_at=turn.now,
        due_at=turn.now + ticket.due_at - ticket.queued_at,
        seen=(),
        last_message=task_id,
        moved_to=command.to_queue,
        skipped=((command.agent, turn.now + skip),) if skip > 0 else (),
        joinable=False,
        urgent=ticket.urgent,
        lane=ticket.lane,
        deciders=ticket.deciders,
        barred=ticket.barred,
        tasks=Tasks(parent=ticket.id, note=command.note),
        version=0,
    )
