"""From a record to an item, or to what else becomes of it: sent on, or set aside."""

from hashlib import blake2b
from typing import Final, NamedTuple

from services.router.policy import Policy
from services.router.ports import CustomerProfile
from services.router.sorter import body
from services.router.sorter.body import KINDS, Masker
from services.router.sorter.item import Item
from services.router.sorter.lanes import ORDINARY
from shared.contracts.base import Contract, Envelope, encode
from shared.contracts.bot_transcript_v1 import BotTranscript
from shared.contracts.customer_profile_changed_v1 import CustomerProfileChanged
from shared.contracts.identity import vouched_key
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_deleted_v1 import MessageDeleted
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import MessageReceived
from shared.contracts.registry import InvalidEvent, decode
from shared.messaging.partition import partition_of
from shared.messaging.records import Outgoing, Record, RecordTooLarge, check_size
from shared.store.documents import claim_id

HOP: Final = "hop"
PRODUCER: Final = "producer"
_LONGEST_PRODUCER: Final = 64


class Refused(NamedTuple):
    """Nobody can handle it. slug: for metrics. says: for people, without a customer's words."""

    record: Record
    slug: str
    says: str


class Misplaced(NamedTuple):
    """Readable, but where its identity's order does not hold: to be published under its key."""

    again: Outgoing


class Profiled(NamedTuple):
    """A customer's profile. join_keys: of the store's claims on the customer's joinable tickets."""

    record: Record
    join_keys: tuple[str, ...]
    profile: CustomerProfile


class Reading(NamedTuple):
    """What a record is. found: card numbers a producer left unmasked."""

    what: Item | Profiled | Refused | Misplaced
    found: int = 0
    producer: str = ""


def read(record: Record, *, partitions: int, policy: Policy, mask: Masker) -> Reading:
    """Decode, mask and place one record. Never raises on account of its bytes."""
    try:
        envelope = decode(record.value)
    except InvalidEvent as error:
        return Reading(Refused(record, "invalid", str(error)))
    event = envelope.data
    if isinstance(event, CustomerProfileChanged):
        well_placed = _is_placed(record, event, partitions)
        known = _profiled(record, event, policy) if well_placed else _misplaced(record, envelope)
        return Reading(known)
    if not isinstance(event, InboundEvent):
        return Reading(Refused(record, "foreign", f"{envelope.type} does not belong here"))
    event, found = body.masked(event, mask)
    producer = _producer(record, event) if found else ""
    if _is_placed(record, event, partitions):
        return Reading(_item(record, envelope, event, policy), found, producer)
    again = envelope.model_copy(update={"data": event})
    return Reading(_misplaced(record, again), found, producer)


def _is_placed(record: Record, event: Contract, partitions: int) -> bool:
    key = event.key.encode()
    return key == record.key and partition_of(key, partitions) == record.partition


def _misplaced(record: Record, again: Envelope[Contract]) -> Misplaced | Refused:
    """Sent on once: if that did not help, producer and topic disagree on the partitions."""
    if any(name == HOP for name, _ in record.headers):
        return Refused(record, "misplaced", "on a wrong partition after it was sent on")
    headers = (*record.headers, (HOP, b"1"))
    sent_on = Outgoing(record.topic, again.data.key.encode(), encode(again), headers)
    try:
        check_size(sent_on)
    except RecordTooLarge as error:
        return Refused(record, "misplaced", str(error))
    return Misplaced(sent_on)


def _profiled(record: Record, event: CustomerProfileChanged, policy: Policy) -> Profiled | Refused:
    matter, protected = event.matter or "", policy.protected_of(event.brand)
    if matter and matter not in protected:
        says = (
            "data.matter: no protected queue of this brand (there are:"
            f" {', '.join(protected) or 'none'}): correct it, or make it `protected` in the policy,"
            " and publish the profile again"
        )
        return Refused(record, "unknown_matter", says)
    hosts = tuple(dict.fromkeys(event.hosts))
    profile = CustomerProfile(event.key, event.version, event.tier, hosts, matter)
    keys = (claim_id(event.brand, event.key, lane) for lane in (ORDINARY, *policy.lanes()))
    return Profiled(record, tuple(keys), profile)


def _item(
    record: Record, envelope: Envelope[Contract], event: InboundEvent, policy: Policy
) -> Item:
    placement = policy.place(channel=event.channel, account=event.account)
    identity = event.key
    of = event.of if isinstance(event, MessageEdited | MessageDeleted) else None
    customer = lang_hint = None
    if isinstance(event, MessageReceived | BotTranscript):
        customer, lang_hint = event.customer, event.lang_hint
    return Item(
        record=record,
        event=event,
        event_id=envelope.id,
        correlation=envelope.correlation or envelope.id,
        kind=KINDS[type(event)],
        entry=event.entry_id,
        of=f"{event.channel}:{event.account}:{of}" if of is not None else None,
        identity=identity,
        text=body.said(event),
        lang_hint=lang_hint,
        auto_reply=isinstance(event, MessageReceived) and event.auto_reply,
        digest=body.digest(event),
        placement=placement,
        vouched=vouched_key(placement.brand, customer) if customer is not None else None,
        anonymous=f"a:{blake2b(identity.encode(), digest_size=12).hexdigest()}",
    )


def _producer(record: Record, event: InboundEvent) -> str:
    """Who published it: what the producer says of itself, else the account it writes for."""
    for name, value in record.headers:
        if name == PRODUCER:
            return value.decode(errors="replace")[:_LONGEST_PRODUCER]
    return f"{event.channel}:{event.account}"[:_LONGEST_PRODUCER]
