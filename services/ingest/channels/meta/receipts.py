"""What became of our messages on Messenger and Instagram, as far as they are named.

Messenger tells of messages that were delivered (`delivery`, by their `mids`, where there are any),
Instagram of one that was read (`read`, by its `mid`). That all messages up to a time were delivered
or read (`watermark`) names none, and is not taken.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from services.ingest.channels.meta.account import MetaAccount
from services.ingest.channels.meta.messaging_update import Person, Time
from services.ingest.channels.meta.reading import Part, Soft, read
from shared.contracts.base import ProviderId
from shared.contracts.delivery_reported_v1 import DeliveryStatus
from shared.contracts.provider_status_v1 import ProviderStatus
from shared.runtime.clock import utc

MOST_MIDS: Final = 1_000
# Below, a time is in seconds: as milliseconds it were 1973.
SECONDS_BELOW: Final = 100_000_000_000


class Delivered(Part):
    mids: Annotated[tuple[Soft[ProviderId], ...], Field(max_length=MOST_MIDS)] = ()
    watermark: Soft[Time] = None


class Read(Part):
    mid: Soft[ProviderId] = None


class Receipt(Part):
    """timestamp: not of every one."""

    sender: Person
    recipient: Soft[Person] = None
    timestamp: Soft[Time] = None
    delivery: Soft[Delivered] = None
    read: Soft[Read] = None


def receipts(
    value: object, entry: str, *, channel: str, name: str, account: MetaAccount
) -> Iterator[ProviderStatus]:
    """Of one item. entry: the id of our page or account."""
    receipt = read(Receipt, value)
    if receipt is None:
        return
    ours = (entry, receipt.recipient.id if receipt.recipient else "")
    if not account.owns(*ours) or receipt.sender.id in ours:
        return
    for mid, status, at in _named(receipt):
        yield ProviderStatus(
            channel=channel,
            account=name,
            sender=receipt.sender.id,
            provider_id=mid,
            status=status,
            at=at,
        )


def _named(receipt: Receipt) -> Iterator[tuple[str, DeliveryStatus, datetime]]:
    delivered = receipt.delivery
    if delivered is not None:
        when = receipt.timestamp or delivered.watermark
        for mid in delivered.mids:
            if mid is not None and when is not None:
                yield mid, "delivered", _time(when)
    if receipt.read is not None and receipt.read.mid and receipt.timestamp is not None:
        yield receipt.read.mid, "read", _time(receipt.timestamp)


def _time(at: int) -> datetime:
    return utc(at if at < SECONDS_BELOW else at / 1000)
