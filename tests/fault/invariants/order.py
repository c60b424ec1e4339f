"""I4: messages of one identity are applied in the order the broker holds them, which is the order
in which a customer who waits for each answer wrote them."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from tests.fault.history import Doc, History


def order(history: History) -> Iterator[str]:
    stored = {doc["_id"]: doc for doc in history.messages}
    for identity, entries in history.spoken.items():
        mine = [stored[entry] for entry in entries if entry in stored]
        yield from _positions(identity, mine)
    by_ticket: dict[str, list[Doc]] = defaultdict(list)
    for doc in history.messages:
        by_ticket[doc["ticket"]].append(doc)
    for ticket in history.tickets:
        yield from _applied(ticket, by_ticket[ticket["_id"]])


def _positions(identity: str, messages: list[Doc]) -> Iterator[str]:
    for before, after in pairwise(messages):
        if before["partition"] != after["partition"]:
            yield f"I4: {identity} is on partitions {before['partition']} and {after['partition']}"
        elif before["offset"] >= after["offset"]:
            yield f"I4: {identity}: {after['_id']} is held before {before['_id']}"


def _applied(ticket: Doc, messages: list[Doc]) -> Iterator[str]:
    """Everything was seen, and the last message is the last: an older one applied after it would
    have taken its place."""
    if len(messages) != ticket["entries"]:
        yield f"I4: {ticket['_id']} has {ticket['entries']} of {len(messages)} entries"
    for message in messages:
        if ticket["seen"].get(str(message["partition"]), -1) < message["offset"]:
            yield f"I4: {ticket['_id']} has not seen {message['_id']}"
    if messages:
        last = max(messages, key=lambda doc: (doc["partition"], doc["offset"]))
        if ticket["last_message"] != last["_id"]:
            yield f"I4: {ticket['_id']} ends with {ticket['last_message']}, not {last['_id']}"
