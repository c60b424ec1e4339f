"""What becomes of each item of a batch. Pure: reads a view, answers a plan."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from services.router.policy import Policy
from services.router.ports import IdentityDoc, KnownEntry, OpenTicket, SortWrite
from services.router.sorter.announcing import announcement
from services.router.sorter.body import same_body
from services.router.sorter.documents import (
    message_doc,
    standing_of,
    ticket_doc,
    ticket_id,
    waiting_since,
)
from services.router.sorter.item import OPENING, Item
from services.router.sorter.reading import Refused
from services.router.sorter.view import View
from services.router.understanding.port import Understanding
from shared.contracts.identity import is_forgeable
from shared.messaging.records import Outgoing
from shared.runtime.clock import utc
from shared.store.documents import MessageDoc, TicketDoc


class Born(NamedTuple):
    """A ticket that is announced as opened. profile: version of the customer's profile that it is
    known to be treated by."""

    ticket: OpenTicket
    profile: int


@dataclass(slots=True)
class Plan:
    """What to store, whom to tell, what to set aside. counts: opened, added, repeated, ignored."""

    tickets: list[TicketDoc] = field(default_factory=list)
    messages: list[MessageDoc] = field(default_factory=list)
    identities: list[IdentityDoc] = field(default_factory=list)
    news: list[Outgoing] = field(default_factory=list)
    born: list[Born] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def write(self) -> SortWrite:
        return SortWrite(self.tickets, self.messages, self.identities)


def decide(
    items: Sequence[Item], view: View, *, policy: Policy, understanding: Understanding, now: float
) -> Plan:
    """Decide in order. The view is carried on: an item sees what those before it did."""
    deciding = _Deciding(view, policy, understanding, now, utc(now))
    for item in items:
        deciding.take(item)
    return deciding.plan


@dataclass(slots=True)
class _Deciding:
    view: View
    policy: Policy
    understanding: Understanding
    now: float
    at: datetime
    plan: Plan = field(default_factory=Plan)

    def take(self, item: Item) -> None:
        known = self.view.known.get(item.entry)
        if known is not None:
            self._repeat(item, known)
            return
        ticket = self.view.ticket_of(item)
        if ticket is None and item.kind == "delete":
            self._refuse(item, "delete_unknown", "takes back a message nobody has seen")
            return
        customer = self.view.customer_of(item)
        self._vouch(item)
        if ticket is not None:
            self.plan.counts["added"] += 1
        elif item.kind in OPENING:
            ticket = self._open(item, customer)
            self.plan.counts["opened"] += 1
        else:
            self.plan.counts["ignored"] += 1
        self._keep(item, ticket, customer)

    def _repeat(self, item: Item, known: KnownEntry) -> None:
        """A delivery of something stored: announced again, as the first announcement may have
        been lost with the process that owed it."""
        if not same_body(known.digest, item.digest):
            self._refuse(item, "other_body", "this message id was used before, with another body")
        elif known.ticket is None:
            self.plan.counts["repeated"] += 1
        elif known.ticket in self.view.tickets:
            self.plan.counts["repeated"] += 1
            ticket = self.view.tickets[known.ticket]
            self._announce(item, ticket, known)
            if ticket.ticket == ticket_id(item.entry):
                self.plan.born.append(Born(ticket, 0))
        else:
            self._refuse(item, "ticket_gone", "its ticket is not in the store any more")

    def _refuse(self, item: Item, slug: str, says: str) -> None:
        self.plan.refused.append(Refused(item.record, slug, says))

    def _vouch(self, item: Item) -> None:
        """The first customer vouched for stays with the identity, unless others can write so."""
        if is_forgeable(item.event.channel):
            return
        if item.vouched is not None and item.identity not in self.view.identities:
            identity = IdentityDoc(item.identity, item.vouched, vouched=True)
            self.view.identities[item.identity] = identity
            self.plan.identities.append(identity)

    def _open(self, item: Item, customer: str) -> OpenTicket:
        understood = item.understood(self.understanding)
        place = item.placement
        lanes, matter = self.view.lanes, self.view.matter_of(item)
        lane = lanes.opened_by(item, matter)
        moved_to = lane if lane != lanes.opened_by(item) else ""
        standing = standing_of(item, self.view.profiles.get(customer))
        route = self.policy.route(
            desk=place.desk,
            topic=understood.topic,
            lang=understood.lang,
            channel=item.event.channel,
            tier=standing.tier,
            urgent=understood.urgent,
            waiting_since=waiting_since(item, now=self.now),
            queue=moved_to,
        )
        ticket = OpenTicket(ticket_id(item.entry), place.desk, customer, place.brand)
        self.plan.tickets.append(
            ticket_doc(
                item,
                ticket=ticket,
                understood=understood,
                standing=standing,
                route=route,
                lane=lane,
                moved_to=moved_to,
                beside=self.view.ordinary_of(item) if lane else None,
                policy=self.policy.version,
                now=self.now,
            )
        )
        self.view.joinable[item.join_key(customer, lane)] = ticket
        self.view.tickets[ticket.ticket] = ticket
        self.plan.born.append(Born(ticket, standing.profile))
        return ticket

    def _keep(self, item: Item, ticket: OpenTicket | None, customer: str) -> None:
        reopens = item.reopens(self.understanding)
        rating = item.rating(self.understanding)
        record = item.record
        entry = KnownEntry(
            ticket.ticket if ticket is not None else None,
            item.digest,
            record.partition,
            record.offset,
            reopens,
            rating,
        )
        self.view.known[item.entry] = entry
        self.plan.messages.append(
            message_doc(item, entry, ticket=ticket, customer=customer, stored_at=self.at)
        )
        if ticket is not None:
            self.view.tickets.setdefault(ticket.ticket, ticket)
            self._announce(item, ticket, entry)

    def _announce(self, item: Item, ticket: OpenTicket, entry: KnownEntry) -> None:
        self.plan.news.append(announcement(item, entry, ticket=ticket, at=self.at))
