"""Messages of a ticket that changed desks, where a later one came before them.

What is announced to the desk that a ticket has left is forwarded, and may come after what went
straight to the new one. It would be below what the ticket has seen, and be taken for a repetition.
So of such a ticket the store is asked, which has each message before it is announced.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from services.router.dealer.book import Book
from services.router.domain.events import EntryAdded, TicketEvent
from services.router.domain.ticket import Ticket
from services.router.ports import StoredTicket

Stored = Mapping[str, Sequence[EntryAdded]]
"""Ticket -> its messages, in the order of their positions."""


def doubtful(
    events: Iterable[TicketEvent], book: Book, fetched: Mapping[str, StoredTicket]
) -> list[str]:
    """Tickets that may have been overtaken, each once."""

    def of(event: TicketEvent) -> Ticket | None:
        stored = fetched.get(event.ticket)
        return book.ticket(event.ticket) or (None if stored is None else stored.ticket)

    return list(
        dict.fromkeys(
            event.ticket
            for event in events
            if isinstance(event, EntryAdded)
            and (ticket := of(event)) is not None
            and ticket.moves
            and not ticket.has_seen(event.partition, event.offset)
        )
    )


def by_ticket(entries: Iterable[EntryAdded]) -> Stored:
    found: dict[str, list[EntryAdded]] = {}
    for entry in entries:
        found.setdefault(entry.ticket, []).append(entry)
    return found


def before(event: TicketEvent, ticket: Ticket | None, stored: Stored) -> Iterator[EntryAdded]:
    """What is to be applied before an announcement. Look at each in turn: the one before it has
    been applied by then."""
    if not isinstance(event, EntryAdded) or ticket is None:
        return
    for entry in stored.get(event.ticket, ()):
        earlier = entry.partition == event.partition and entry.offset < event.offset
        if earlier and not ticket.has_seen(entry.partition, entry.offset):
            yield entry
