"""What a log no longer has, read from the store instead.

The sorter stored every message and profile before it announced it. Whatever was applied before is
recognised by its position, or its version.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from operator import attrgetter
from typing import Final

from services.router.dealer.book import Answers, Book
from services.router.dealer.clock import ShardClock
from services.router.dealer.setting import Patiently, Ports
from services.router.domain.events import CustomerProfiled, EntryAdded
from services.router.domain.ticket import Ticket
from services.router.ports import ShardState
from shared.contracts.identity import is_vouched

_BATCH: Final = 5_000


async def recover(
    state: ShardState, book: Book, *, ports: Ports, clock: ShardClock, patiently: Patiently
) -> Answers:
    """Apply what may have been announced and not applied; what the desks say to it."""
    answers: Answers = []
    for entry in await patiently(lambda: _missed(state, book, ports=ports)):
        apply = partial(_apply, entry, book, ports=ports, now=clock.now())
        answers += await patiently(apply)
    for tickets in _batches(book):
        catch_up = partial(_catch_up, tickets, book, ports=ports, now=clock.now())
        answers += await patiently(catch_up)
    return answers


async def _missed(state: ShardState, book: Book, *, ports: Ports) -> list[EntryAdded]:
    """Messages since what was applied last."""
    # 0 for a topic of which nothing was applied yet
    applied = min([state.marks.get(topic, 0) for topic in state.offsets], default=0)
    since = applied / 1000 - ports.limits.reconcile_margin_seconds
    entries = list(await ports.store.entries_since(book.desks(), since))
    # what was forwarded to us, and lost here, may be older
    moved = [ticket.id for ticket in book.tickets() if ticket.moves]
    if moved:
        entries += await ports.store.entries_of(moved)
    return sorted(entries, key=attrgetter("partition", "offset"))


def _batches(book: Book) -> Iterator[list[Ticket]]:
    """The tickets in memory whose customer may have a profile."""
    known = iter([ticket for ticket in book.tickets() if _may_have_one(ticket)])
    while batch := list(islice(known, _BATCH)):
        yield batch


def _may_have_one(ticket: Ticket) -> bool:
    """Those of a ticket's customer are not told to its tasks."""
    return is_vouched(ticket.customer) and not ticket.tasks.parent


async def _catch_up(tickets: Sequence[Ticket], book: Book, *, ports: Ports, now: float) -> Answers:
    """The profiles of these tickets' customers."""
    profiles = await ports.store.profiles(sorted({ticket.customer for ticket in tickets}))
    answers: Answers = []
    for ticket in tickets:
        profile, home = profiles.get(ticket.customer), book.home_of(ticket.id)
        if home is not None and profile is not None and profile.version > ticket.profile:
            event = CustomerProfiled(ticket.id, ticket.id, *profile[1:])
            answers.append((home, book.desk(home).apply(event, now=now)))
    return answers


async def _apply(entry: EntryAdded, book: Book, *, ports: Ports, now: float) -> Answers:
    answers: Answers = []
    if book.home_of(entry.ticket) is None:
        for stored in await ports.store.fetch_tickets([entry.ticket]):
            if stored.desk in book.desks():
                answers += book.adopt_tickets([stored], now=now)
    home = book.home_of(entry.ticket)
    if home is not None:
        answers.append((home, book.desk(home).apply(entry, now=now)))
    return answers
