"""Whether a ticket is, or ever was, in a confidential queue: then only a named role reads of it."""

from collections.abc import Iterable, Iterator, Set

from services.router.domain.revision import kind_of
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import Ticket
from services.router.policy import DeskQueue
from services.router.ports import StoredTicket
from shared.store.documents import TicketChangeDoc


def is_confidential(
    stored: StoredTicket,
    changes: Iterable[TicketChangeDoc],
    confidential: Set[DeskQueue],
    *,
    rules: DeskRules,
) -> bool:
    """By its lane, by every queue that is recorded of it, and by the queue that the rules of its
    desk, as they are now, have for it. changes: all that is kept of it."""
    desk, ticket = stored
    queues = {DeskQueue(desk, queue) for queue in _by_itself(ticket, rules)}
    queues.update(_recorded(changes))
    return not queues.isdisjoint(confidential)


def _by_itself(ticket: Ticket, rules: DeskRules) -> Iterator[str]:
    yield from (ticket.lane, ticket.requirement.queue, ticket.moved_to)
    if rules.treat is not None:
        yield rules.treat(kind_of(ticket)).queue


def _recorded(changes: Iterable[TicketChangeDoc]) -> Iterator[DeskQueue]:
    for change in changes:
        desk = change["desk"]
        yield DeskQueue(desk, change["queue"])
        for step in change["steps"]:
            queue = step.get("to_queue")
            if queue is not None:
                yield DeskQueue(step.get("to_desk") or desk, queue)
