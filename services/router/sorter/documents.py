"""Items as the store keeps them."""

from datetime import datetime
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from services.router.adapters.requirements import pack
from services.router.domain.ticket import TicketState
from services.router.policy import Route
from services.router.ports import CustomerProfile, KnownEntry, OpenTicket
from services.router.sorter.body import shown
from services.router.sorter.item import Item
from services.router.understanding.port import Understood
from shared.contracts.message_received_v1 import MessageReceived
from shared.store.documents import MessageDoc, TicketDoc

_MAX_PROVIDER_LAG_SECONDS: Final = 3600.0


class Standing(NamedTuple):
    """Who writes, as routing knows them. profile: version of their profile, 0 where there is none:
    then the tier is the account's."""

    tier: str
    hosts: tuple[str, ...] = ()
    profile: int = 0


def standing_of(item: Item, profile: CustomerProfile | None) -> Standing:
    if profile is None:
        return Standing(item.placement.tier)
    return Standing(profile.tier, profile.hosts, profile.version)


def ticket_id(entry: str) -> str:
    """A ticket's id follows from its first entry: whoever opens it, and however often."""
    return f"t-{blake2b(entry.encode(), digest_size=12).hexdigest()}"


def waiting_since(item: Item, *, now: float) -> float:
    """Since when the customer waits: the provider's time, as far as it can be believed.

    Not after we read it, and at most an hour before the broker had it: a wrong clock must not put
    its tickets before everybody else's.
    """
    stored = item.record.timestamp / 1000
    arrived = min(stored, now) if stored > 0 else now
    return max(arrived - _MAX_PROVIDER_LAG_SECONDS, min(item.event.sent_at.timestamp(), arrived))


def ticket_doc(
    item: Item,
    *,
    ticket: OpenTicket,
    understood: Understood,
    standing: Standing,
    route: Route,
    lane: str,
    moved_to: str,
    beside: OpenTicket | None,
    policy: int,
    now: float,
) -> TicketDoc:
    """A new ticket, born with its first entry in `seen`. moved_to: the queue of a matter of the
    customer's that it is opened in; empty: where its topic goes. beside: the customer's ordinary
    one, of a ticket in a lane of its own."""
    doc: TicketDoc = {
        "_id": ticket.ticket,
        "brand": ticket.brand,
        "customer": ticket.customer,
        "identity": item.identity,
        "desk": ticket.desk,
        "queue": route.queue,
        "channel": item.event.channel,
        "needs": pack(route.requirement),
        "lang": understood.lang,
        "topic": understood.topic,
        "priority": route.priority,
        "urgent": understood.urgent,
        "tier": standing.tier,
        "hosts": list(standing.hosts),
        "profile": standing.profile,
        "policy": policy,
        "opened_at": now,
        "queued_at": waiting_since(item, now=now),
        "due_at": route.due_at,
        "state": TicketState.QUEUED.value,
        "agent": None,
        "assignment": 0,
        "until": 0.0,
        "gone_at": 0.0,
        "skipped": [],
        "seen": {str(item.record.partition): item.record.offset},
        "last_message": item.entry,
        "entries": 1,
        "joinable": item.join_key(ticket.customer, lane),
        "version": 1,
    }
    if lane:
        doc["lane"] = lane
    if moved_to:
        doc["moved_to"] = moved_to
    if beside is not None:
        doc["beside"] = beside.ticket
    return doc


def message_doc(
    item: Item,
    entry: KnownEntry,
    *,
    ticket: OpenTicket | None,
    customer: str,
    stored_at: datetime,
) -> MessageDoc:
    """An entry of a conversation. ticket None: a departure that concerned no ticket."""
    doc: MessageDoc = {
        "_id": item.entry,
        "ticket": ticket.ticket if ticket is not None else None,
        "kind": item.kind,
        "identity": item.identity,
        "customer": customer,
        "brand": item.placement.brand,
        "desk": ticket.desk if ticket is not None else item.placement.desk,
        "partition": item.record.partition,
        "offset": item.record.offset,
        "at": item.event.sent_at.timestamp(),
        "stored_at": stored_at,
        "text": shown(item.event),
        "reopens": entry.reopens,
        "digest": item.digest,
    }
    if entry.rating:
        doc["rating"] = entry.rating
    if item.of is not None:
        doc["of"] = item.of
    if isinstance(item.event, MessageReceived):
        _add_extras(doc, item.event)
    return doc


def _add_extras(doc: MessageDoc, event: MessageReceived) -> None:
    if event.subject:
        doc["subject"] = event.subject
    if event.thread:
        doc["thread"] = event.thread
    if event.attachments:
        doc["attachments"] = [_plain(attachment) for attachment in event.attachments]


def _plain(attachment: Any) -> dict[str, Any]:
    plain: dict[str, Any] = attachment.model_dump(exclude_none=True)
    return plain
