"""What an existing integration publishes, record by record, against docs/contracts.md.

Not to be seen from here: whether it waits for acknowledgements, and what it does when it is told
that a message is a dead letter.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from services.router.sorter.body import digest, masked, same_body
from services.router.sorter.reading import HOP
from shared.contracts.base import MAX_RECORD_BYTES
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_received_v1 import MessageReceived
from shared.contracts.registry import InvalidEvent, decode
from shared.messaging.partition import partition_of
from shared.messaging.records import Record
from shared.privacy.mask import mask

FUTURE_SECONDS: Final = 300.0
_MOST_IDS: Final = 200_000


@dataclass(slots=True)
class Violation:
    """how_often: records. first: `partition/offset` of one."""

    rule: str
    says: str
    how_often: int = 0
    first: str = ""


_RULES: Final = {
    "unreadable": "it becomes a dead letter",
    "too_large": f"a record has at most {MAX_RECORD_BYTES:,} bytes; it becomes a dead letter",
    "foreign": "this event does not belong on support.inbound.v1; it becomes a dead letter",
    "wrong_key": "the key is not channel:account:sender; order is lost, and it is sent on",
    "wrong_partition": "not murmur2's partition of the key: with librdkafka set"
    " partitioner=murmur2_random; order is lost, and it is sent on",
    "unmasked_card": "a card number was published: mask before, the topic is a disk",
    "other_body": "an id was used again with another content; it becomes a dead letter",
    "other_event_id": "the same happening came with another envelope id: derive it from the"
    " message's",
    "sent_in_future": f"sent_at is more than {FUTURE_SECONDS:.0f} s after the broker had it",
    "no_producer": "no header producer: what is wrong with it is counted without a name",
}
_ADVICE: Final = frozenset({"no_producer"})


@dataclass(slots=True)
class Watch:
    """Of one channel and account. partitions: of the topic. seen: records that are theirs."""

    channel: str
    account: str
    partitions: int
    seen: int = 0
    sent_on: int = 0
    types: Counter[str] = field(default_factory=Counter)
    violations: dict[tuple[str, str], Violation] = field(default_factory=dict)
    _bodies: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def take(self, record: Record) -> None:
        """Look at a record; those of others are passed over."""
        try:
            envelope = decode(record.value)
        except InvalidEvent as error:
            if self._is_theirs(record):
                self._unreadable(record, str(error))
            return
        event = envelope.data
        if not isinstance(event, InboundEvent):
            if self._is_theirs(record):
                self._count(record)
                self._note("foreign", record, envelope.type)
            return
        if (event.channel, event.account) != (self.channel, self.account):
            return
        if any(name == HOP for name, _ in record.headers):
            self.sent_on += 1  # by the router, of what was counted already
            return
        self._count(record)
        self.types[event.TYPE] += 1
        self._place(record, event)
        self._content(record, event, envelope.id)

    @property
    def ok(self) -> bool:
        """Whether there is something, and nothing is wrong with it."""
        return self.seen > 0 and all(each.rule in _ADVICE for each in self.violations.values())

    def _count(self, record: Record) -> None:
        self.seen += 1
        if not any(name == "producer" for name, _ in record.headers):
            self._note("no_producer", record)

    def _unreadable(self, record: Record, reason: str) -> None:
        self._count(record)
        if len(record.value or b"") > MAX_RECORD_BYTES:
            self._note("too_large", record)
        else:
            self._note("unreadable", record, reason)
        if mask((record.value or b"").decode(errors="replace")).found:
            self._note("unmasked_card", record)

    def _place(self, record: Record, event: InboundEvent) -> None:
        key = event.key.encode()
        if record.key != key:
            self._note("wrong_key", record)
        elif partition_of(key, self.partitions) != record.partition:
            self._note("wrong_partition", record)

    def _content(self, record: Record, event: InboundEvent, id: str) -> None:
        clean, found = masked(event, mask)
        files = event.attachments if isinstance(event, MessageReceived) else ()
        if found or any(mask(each.name).found for each in files):
            self._note("unmasked_card", record)
        if event.sent_at.timestamp() > record.timestamp / 1000 + FUTURE_SECONDS:
            self._note("sent_in_future", record)
        body, known = digest(clean), self._bodies.get(event.entry_id)
        if known is None:
            if len(self._bodies) < _MOST_IDS:
                self._bodies[event.entry_id] = (body, id)
        elif not same_body(known[0], body):
            self._note("other_body", record)
        elif known[1] != id:
            self._note("other_event_id", record)

    def _is_theirs(self, record: Record) -> bool:
        """By its key, or by what it says, as far as that can be read."""
        key = (record.key or b"").decode(errors="replace")
        if key.startswith(f"{self.channel}:{self.account}:"):
            return True
        data = _data_of(record)
        return (data.get("channel"), data.get("account")) == (self.channel, self.account)

    def _note(self, rule: str, record: Record, more: str = "") -> None:
        says = f"{more}: {_RULES[rule]}" if more else _RULES[rule]
        violation = self.violations.setdefault((rule, more), Violation(rule, says))
        violation.how_often += 1
        violation.first = violation.first or f"{record.partition}/{record.offset}"


def _data_of(record: Record) -> dict[str, Any]:
    try:
        event = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        return {}
    data = event.get("data") if isinstance(event, dict) else None
    return data if isinstance(data, dict) else {}
