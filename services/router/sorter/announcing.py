"""Announcements as bytes.

Written straight, not through the models of shared/contracts: this runs for every message. A test
holds both ways equal.
"""

from datetime import datetime

import orjson

from services.router.ports import CustomerProfile, KnownEntry, OpenTicket
from services.router.sorter.documents import ticket_id
from services.router.sorter.item import Item
from shared.contracts.announcement import TicketNews
from shared.contracts.base import encode_fields
from shared.contracts.message_added_v1 import MessageAdded
from shared.contracts.ticket_opened_v1 import TicketOpened
from shared.contracts.ticket_profiled_v1 import TicketProfiled
from shared.messaging.records import Outgoing


def announcement(item: Item, entry: KnownEntry, *, ticket: OpenTicket, at: datetime) -> Outgoing:
    """The news for the ticket's desk. entry: as it was first read; its id is the same however often
    it is announced."""
    rating = {"rating": entry.rating} if entry.rating else {}
    contract = TicketOpened if ticket.ticket == ticket_id(item.entry) else MessageAdded
    value = orjson.dumps(
        {
            "id": f"announced:{item.entry}",
            "type": contract.TYPE,
            "version": contract.VERSION,
            "at": at,
            "cause": item.event_id,
            "correlation": item.correlation,
            "data": {
                "ticket": ticket.ticket,
                "desk": ticket.desk,
                "entry": {
                    "message": item.entry,
                    "kind": item.kind,
                    "partition": entry.partition,
                    "offset": entry.offset,
                    "at": item.event.sent_at,
                    "identity": item.identity,
                    "reopens": entry.reopens,
                    **rating,
                },
            },
        },
        option=orjson.OPT_UTC_Z,
    )
    return Outgoing(TicketNews.TOPIC, ticket.desk.encode(), value)


def profile_news(profile: CustomerProfile, *, ticket: OpenTicket, at: datetime) -> Outgoing:
    """The customer's profile, for the desk of their ticket."""
    fields: dict[str, object] = {
        "ticket": ticket.ticket,
        "desk": ticket.desk,
        "version": profile.version,
        "tier": profile.tier,
        "hosts": profile.hosts,
    }
    if profile.matter:
        fields["matter"] = profile.matter
    id = f"profiled:{ticket.ticket}:{profile.version}"
    value = encode_fields(TicketProfiled, fields, id=id, at=at)
    return Outgoing(TicketNews.TOPIC, ticket.desk.encode(), value)
