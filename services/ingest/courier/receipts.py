"""What a provider said of the messages of a reply, and what that means for the reply: pure.

A provider speaks of messages, one for each part of a reply, later than its answer to our call,
twice, in any order, and sometimes before our call has ended. Of each message what is furthest
holds. What it said waits in the store until the courier is done with the reply: whichever of the
two comes later finds the other.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from services.ingest.courier.delivery import Delivery, State
from shared.contracts.delivery_reported_v1 import DeliveryStatus
from shared.contracts.provider_status_v1 import ProviderStatus

RANKS: Final[Mapping[DeliveryStatus, int]] = {"sent": 1, "failed": 2, "delivered": 3, "read": 4}
"""A failure comes after the provider took it; what was delivered after all did not fail."""


class Said(NamedTuple):
    """Of one message. message: `channel:account:provider_id`. sender: whose the provider says it
    is. reply: our id of it, or empty. at: epoch seconds. error: of `failed`. mark: where it was
    read, `partition:offset`, which tells the same record, read again, from a provider's
    repetition."""

    message: str
    channel: str
    account: str
    sender: str
    provider_id: str
    reply: str
    status: DeliveryStatus
    at: float
    error: str = ""
    mark: str = ""

    @property
    def rank(self) -> int:
        return RANKS[self.status]


class Became(NamedTuple):
    """What became of a reply, after its provider."""

    status: DeliveryStatus
    at: float
    provider_id: str
    error: str = ""


def said_by(status: ProviderStatus, *, now: float, mark: str) -> Said:
    """No time in the future: a provider's clock may be anywhere."""
    return Said(
        message=status.message,
        channel=status.channel,
        account=status.account,
        sender=status.sender,
        provider_id=status.provider_id,
        reply=status.reply or "",
        status=status.status,
        at=min(max(status.at.timestamp(), 0.0), now),
        error=status.error or "",
        mark=mark,
    )


def furthest(said: Iterable[Said]) -> list[Said]:
    """The furthest of each message."""
    found: dict[str, Said] = {}
    for each in said:
        known = found.get(each.message)
        if known is None or known.rank < each.rank:
            found[each.message] = each
    return list(found.values())


def matched(said: Sequence[Said], deliveries: Collection[Delivery]) -> dict[str, Delivery]:
    """Message → the delivery that it is a part of. Our own id tells, else the provider's; where
    several deliveries have that one, since its ids are unique among one customer's messages only,
    the customer's."""
    by_reply = {each.reply: each for each in deliveries}
    by_message: defaultdict[str, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        for message in messages_of(delivery):
            by_message[message].append(delivery)
    found: dict[str, Delivery] = {}
    for each in said:
        known = by_reply.get(each.reply)
        if known is not None and (known.channel, known.account) == (each.channel, each.account):
            found[each.message] = known
            continue
        these = by_message.get(each.message, [])
        if len(these) > 1:
            these = [of for of in these if of.recipient == each.sender]
        if len(these) == 1:
            found[each.message] = these[0]
    return found


def messages_of(delivery: Delivery) -> list[str]:
    """Of its parts, as far as their ids are known."""
    return [f"{delivery.channel}:{delivery.account}:{id}" for id in delivery.provider_ids]


def became(delivery: Delivery, said: Sequence[Said]) -> Became | None:
    """None while the courier is not done with the reply, and where the provider said nothing that
    goes beyond what the courier knows. said: of its messages."""
    if not delivery.is_over:
        return None
    parts = _of_parts(delivery, said)
    heard = [each for each in parts if each is not None]
    for number, each in enumerate(parts, start=1):
        if each is not None and each.status == "failed":
            of = f"part {number} of {len(parts)}: " if len(parts) > 1 else ""
            return _because(each._replace(error=f"{of}{each.error}"[:512]))
    if not heard or (delivery.state is State.FAILED and None in parts):
        return None
    last = parts[-1]
    if last is not None and last.status == "read":  # whoever read the end was shown the rest
        return _because(last)
    if None not in parts:
        least = min(heard, key=lambda each: each.rank)
        if least.status != "sent" or delivery.state is State.FAILED:
            return _because(least)
    return None


def _of_parts(delivery: Delivery, said: Sequence[Said]) -> list[Said | None]:
    """What was said of each part, in order. The part in doubt, whose id the provider could not tell
    us, is the message of this reply that we know nothing of; what comes after it was never sent."""
    by_id = {each.provider_id: each for each in furthest(said)}
    parts = [by_id.pop(id, None) for id in delivery.provider_ids]
    strangers = [each for each in by_id.values() if each.reply == delivery.reply]
    if delivery.state is State.SENT:
        # a provider that gave no ids when it took them
        missing = max(0, delivery.part - len(parts))
        return [*parts, *strangers[:missing], *[None] * (missing - len(strangers))]
    doubtful = max(strangers, key=lambda each: each.rank, default=None)
    if not delivery.parts:  # written before the number was kept
        return [*parts, None]
    never_sent = max(0, delivery.parts - delivery.part - 1)
    return [*parts, doubtful, *[None] * never_sent]


def _because(said: Said) -> Became:
    return Became(said.status, said.at, said.provider_id, said.error)
