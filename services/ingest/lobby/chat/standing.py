"""Where each connected customer's matter stands, from their tickets' documents.

Read again when `support.events.v1` says that a ticket changed: its event is published after the
commit, so the document is at least as new, and it says what the event's steps would have to be put
together for (a merge, a lane). Records of other tickets are passed by their key, undecoded. Which
ticket a message came to, the store says soon after: it is asked for by the message's id.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from services.ingest.lobby.chat.ports import Prospect, Prospects, Ticket, Tickets
from services.ingest.lobby.chat.protocol.server import State, Status
from services.ingest.lobby.chat.registry import Registry
from shared.runtime.cancelling import cancel, heed
from shared.runtime.clock import Clock
from shared.runtime.logging import get_logger
from shared.store.errors import StoreError

RETRY_SECONDS: Final = 0.25
AWAIT_SECONDS: Final = 60.0
"""For the store to have a message that the broker has."""
AT_ONCE: Final = 100
MAX_TICKETS: Final = 8

STATES: Final[Mapping[str, State]] = {
    "queued": "waiting",
    "offered": "waiting",
    "parked": "waiting",
    "accepted": "with_agent",
    "waiting_customer": "with_agent",
    "wrap_up": "resolved",
    "resolved": "resolved",
    "closed": "none",
    "abandoned": "none",
}


class Counterpart(NamedTuple):
    """Who has the customer's ticket in hand."""

    ticket: str
    agent: str


@dataclass(slots=True)
class _Customer:
    """tickets: ids, those of the latest messages first; None: not looked up yet. awaited: entry id
    -> until when the store is asked for its ticket (monotonic)."""

    tickets: list[str] | None = None
    awaited: dict[str, float] = field(default_factory=dict)
    counterpart: Counterpart | None = None
    status: Status | None = None


class Standings:
    """Of the customers of a registry."""

    def __init__(
        self,
        *,
        registry: Registry,
        tickets: Tickets,
        prospects: Prospects,
        clock: Clock,
    ) -> None:
        self._registry: Final = registry
        self._tickets: Final = tickets
        self._prospects: Final = prospects
        self._clock: Final = clock
        self._customers: Final[dict[str, _Customer]] = {}
        self._watchers: Final[defaultdict[str, set[str]]] = defaultdict(set)
        self._dirty: Final[dict[str, None]] = {}
        self._stirred: Final = asyncio.Event()

    def join(self, key: str, *, said: Iterable[str] = ()) -> None:
        """Somebody is here and is to be told. said: ids of entries that the store may not have."""
        customer = self._customers.setdefault(key, _Customer())
        if customer.status is not None:
            self._show(key, customer.status)
        self._wait_for(customer, said)
        self._stir(key)

    def leave(self, key: str) -> None:
        """One of the customer's sockets is gone; the last takes what is known along."""
        if key not in self._registry:
            customer = self._customers.pop(key, None)
            self._dirty.pop(key, None)
            for ticket in (customer and customer.tickets) or ():
                self._unwatch(ticket, key)

    def wrote(self, key: str, entry: str) -> None:
        """A message of theirs is durable: perhaps it opened a ticket."""
        customer = self._customers.get(key)
        if customer is not None:
            self._wait_for(customer, (entry,))
            self._stir(key)

    def answered(self, key: str, ticket: str) -> None:
        """A reply of this ticket came to them."""
        customer = self._customers.get(key)
        if customer is not None and customer.tickets is not None:
            if ticket not in customer.tickets:
                self._put_first(key, customer, ticket)
            self._stir(key)

    def changed(self, ticket: str) -> None:
        """Called for every ticket there is."""
        for key in self._watchers.get(ticket, ()):
            self._stir(key)

    def all_changed(self) -> None:
        """Changes may have been missed."""
        for key, customer in self._customers.items():
            for ticket in customer.tickets or ():
                self._unwatch(ticket, key)
            customer.tickets = None
            self._stir(key)

    def counterpart(self, key: str) -> Counterpart | None:
        """Who is to know that the customer types."""
        customer = self._customers.get(key)
        return customer.counterpart if customer is not None else None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            heed()
            try:
                await self.work()
            except StoreError as error:
                get_logger().warning("chat.no_status", error=str(error))
                await self._clock.sleep(RETRY_SECONDS)
                continue
            await self._until_stirred()

    async def work(self) -> None:
        """Tell whoever there is news for. Raises StoreError; then it may be tried again."""
        await self._place_messages()
        while self._dirty:
            keys = list(self._dirty)[:AT_ONCE]
            for key in keys:
                del self._dirty[key]
            try:
                await self._look_up(keys)
            except StoreError:
                self._dirty.update(dict.fromkeys(key for key in keys if key in self._customers))
                raise

    async def _until_stirred(self) -> None:
        waits = [asyncio.create_task(self._stirred.wait())]
        if any(customer.awaited for customer in self._customers.values()):
            waits.append(asyncio.create_task(self._clock.sleep(RETRY_SECONDS)))  # type: ignore[arg-type]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await cancel(waits)
        self._stirred.clear()

    async def _place_messages(self) -> None:
        """Find the tickets of messages that came lately."""
        now = self._clock.monotonic()
        awaited = {entry: key for key, each in self._customers.items() for entry in each.awaited}
        entries = list(awaited)
        for start in range(0, len(entries), AT_ONCE):
            some = entries[start : start + AT_ONCE]
            placed = await self._tickets.of_messages(some)
            for entry in some:
                customer = self._customers.get(awaited[entry])
                if customer is None:
                    continue
                if entry in placed:
                    customer.awaited.pop(entry, None)
                    if placed[entry] is not None and customer.tickets is not None:
                        self._put_first(awaited[entry], customer, placed[entry] or "")
                        self._dirty[awaited[entry]] = None
                elif customer.awaited.get(entry, now) <= now:
                    customer.awaited.pop(entry, None)

    async def _look_up(self, keys: list[str]) -> None:
        await asyncio.gather(*map(self._recall, keys))
        # watched before they are read: a change from now on is noticed
        found = await self._read(keys)
        chosen = {key: _chosen(self._whole(key, found)) for key in keys}
        prospects = await self._prospects.of(
            [
                ticket
                for ticket in chosen.values()
                if ticket is not None and STATES.get(ticket.state) == "waiting" and not ticket.lane
            ]
        )
        for key, ticket in chosen.items():
            customer = self._customers.get(key)
            if customer is not None:
                customer.counterpart = _counterpart(ticket)
                customer.status = _status(ticket, prospects)
                self._show(key, customer.status)

    async def _recall(self, key: str) -> None:
        """Which tickets the customer has, of somebody new here."""
        customer = self._customers.get(key)
        if customer is None or customer.tickets is not None:
            return
        recent = await self._tickets.recent(key)
        if self._customers.get(key) is customer:
            customer.tickets = []
            for ticket in reversed(recent[:MAX_TICKETS]):
                self._put_first(key, customer, ticket)

    async def _read(self, keys: list[str]) -> Mapping[str, Ticket]:
        """The customers' tickets, and those that they are part of."""
        wanted = {ticket for key in keys for ticket in self._of(key)}
        found = dict(await self._tickets.read(sorted(wanted))) if wanted else {}
        owners = defaultdict(set)
        for key in keys:
            for ticket in self._of(key):
                if ticket in found and (whole := found[ticket].whole):
                    owners[whole].add(key)
        for whole, of in owners.items():
            for key in of:
                if whole not in self._of(key):
                    self._put_first(key, self._customers[key], whole)
        if missing := sorted(owners.keys() - found.keys()):
            found |= await self._tickets.read(missing)
        return found

    def _of(self, key: str) -> list[str]:
        customer = self._customers.get(key)
        return list(customer.tickets or ()) if customer is not None else []

    def _whole(self, key: str, found: Mapping[str, Ticket]) -> list[Ticket]:
        """The customer's tickets; instead of one that is part of another, that one."""
        tickets = [found[ticket] for ticket in self._of(key) if ticket in found]
        return [found.get(ticket.whole, ticket) for ticket in tickets]

    def _show(self, key: str, status: Status) -> None:
        for connection in self._registry.of(key):
            agent = connection.name_of_agent(status.agent)
            connection.show(status.model_copy(update={"agent": agent}))

    def _wait_for(self, customer: _Customer, entries: Iterable[str]) -> None:
        until = self._clock.monotonic() + AWAIT_SECONDS
        customer.awaited.update(dict.fromkeys(entries, until))

    def _put_first(self, key: str, customer: _Customer, ticket: str) -> None:
        tickets = customer.tickets = customer.tickets or []
        if ticket in tickets:
            tickets.remove(ticket)
        tickets.insert(0, ticket)
        self._watchers[ticket].add(key)
        for dropped in tickets[MAX_TICKETS:]:
            self._unwatch(dropped, key)
        del tickets[MAX_TICKETS:]

    def _unwatch(self, ticket: str, key: str) -> None:
        watchers = self._watchers.get(ticket)
        if watchers is not None:
            watchers.discard(key)
            if not watchers:
                del self._watchers[ticket]

    def _stir(self, key: str) -> None:
        self._dirty[key] = None
        self._stirred.set()


def _chosen(tickets: list[Ticket]) -> Ticket | None:
    """Whose state is the customer's: an open one before one that is over, and an ordinary one
    before one of a protected lane, which must not show by what changes when it is opened."""
    over = {"resolved", "closed", "abandoned", "wrap_up"}
    return min(tickets, key=lambda each: (each.state in over, bool(each.lane)), default=None)


def _counterpart(ticket: Ticket | None) -> Counterpart | None:
    if ticket is None or ticket.agent is None or STATES.get(ticket.state) != "with_agent":
        return None
    return Counterpart(ticket.id, ticket.agent)


def _status(ticket: Ticket | None, prospects: Mapping[str, Prospect]) -> Status:
    """`agent` is the id here: each connection puts the name in its place."""
    if ticket is None:
        return Status(state="none")
    state = STATES.get(ticket.state, "none")
    prospect = prospects.get(ticket.id, Prospect())
    return Status(
        state=state,
        agent=ticket.agent if state == "with_agent" else None,
        position=prospect.position,
        wait_seconds=prospect.wait_seconds,
    )
