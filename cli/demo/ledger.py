"""The books are closed: what was accepted against what is stored, dealt and seen."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cli.demo.agent_log import AgentLog
from cli.demo.leaks import leaked, leaking_logs
from cli.demo.ownership import over_capacity, owned_twice
from cli.demo.player import Player
from cli.processes import World
from cli.topic_reader import read_topics
from deploy.stack.topics import load_topics
from shared.contracts import InvalidEvent, decode
from shared.contracts.inbound import InboundEvent
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.messaging.records import Record
from shared.messaging.topics import topic
from shared.store.driver import Store

DONE: Final = frozenset({"resolved", "abandoned", "closed"})
_DEAD: Final = ".dlq"
_BOTH: Final = {"opened", "dealt"}


@dataclass(slots=True)
class Ledger:
    """Each list is of sentences, and empty when the day was kept."""

    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    over_capacity: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    messages: int = 0
    tickets: int = 0
    abandoned: int = 0
    dead_letters: int = 0
    joined: int = 0
    """Customers whose messages through two doors are one ticket."""
    dealt_at_once: set[str] = field(default_factory=set)
    """Tickets that found a free agent in the commit that opened them."""

    @property
    def balanced(self) -> bool:
        return not any(self.problems())

    def problems(self) -> list[str]:
        """Everything that is wrong, a sentence each."""
        return [
            f"{name}: {sentence}"
            for name, sentences in (
                ("lost", self.lost),
                ("double", self.double),
                ("over capacity", self.over_capacity),
                ("unfinished", self.unfinished),
                ("card number leaked", self.leaked),
                ("refused", self.refused),
            )
            for sentence in sentences
        ]


async def draw_up(
    *,
    player: Player,
    log: AgentLog,
    store: Store,
    world: World,
    logs: Path,
    numbers: frozenset[str],
    on_two_doors: Mapping[str, Collection[str]],
) -> Ledger:
    """Compare what the doors accepted with the store, the topics and the agents' own logs.

    numbers: card numbers to look for. on_two_doors: customer -> entries through all doors.
    """
    ledger = Ledger(messages=len(player.accepted), refused=list(player.refused))
    messages = {doc["_id"]: doc async for doc in store["messages"].find({})}
    tickets = {doc["_id"]: doc async for doc in store["tickets"].find({})}
    dead = await _read_topics(ledger, world, numbers)
    _account_for(ledger, player, messages, tickets, dead)
    _joined(ledger, on_two_doors, messages, tickets)
    ledger.tickets = len(tickets)
    ledger.abandoned = sum(doc["state"] == "abandoned" for doc in tickets.values())
    ledger.unfinished = [
        f"{doc['_id']} is {doc['state']}" for doc in tickets.values() if doc["state"] not in DONE
    ]
    ledger.double += owned_twice(log.steps)
    ledger.over_capacity = over_capacity(log.loads, log.capacities)
    ledger.leaked += [
        f"message {doc['_id']}" for doc in messages.values() if leaked(numbers, _words(doc))
    ]
    ledger.leaked += [f"log {name}" for name in leaking_logs(numbers, logs)]
    return ledger


def _account_for(
    ledger: Ledger,
    player: Player,
    messages: Mapping[str, Mapping[str, Any]],
    tickets: Mapping[str, Mapping[str, Any]],
    dead: Collection[str],
) -> None:
    """Each accepted message is in one ticket that exists, or is a dead letter; nothing is stored
    that nobody sent."""
    for entry in player.accepted.keys() | player.departures:
        doc = messages.get(entry)
        if entry in dead:
            if doc is not None:
                ledger.double.append(f"{entry} is stored and a dead letter, too")
        elif doc is None:
            ledger.lost.append(f"{entry} was accepted and is nowhere")
        elif doc["ticket"] is None and entry not in player.departures:
            ledger.lost.append(f"{entry} is in no ticket")
        elif doc["ticket"] is not None and doc["ticket"] not in tickets:
            ledger.lost.append(f"{entry} is in ticket {doc['ticket']}, which does not exist")
    for entry in messages.keys() - player.accepted.keys() - player.departures:
        ledger.double.append(f"{entry} is stored, and nobody sent it")


def _joined(
    ledger: Ledger,
    on_two_doors: Mapping[str, Collection[str]],
    messages: Mapping[str, Mapping[str, Any]],
    tickets: Mapping[str, Mapping[str, Any]],
) -> None:
    """One ticket, or one in each lane: what they wrote to a protected queue stands by itself."""
    for customer, entries in on_two_doors.items():
        found = {messages[entry]["ticket"] for entry in entries if entry in messages}
        lanes = {tickets[ticket].get("lane", "") for ticket in found if ticket in tickets}
        if found and len(found) == len(lanes):
            ledger.joined += 1
        else:
            ledger.double.append(f"{customer} wrote through two doors and has {len(found)} tickets")


async def _read_topics(ledger: Ledger, world: World, numbers: frozenset[str]) -> set[str]:
    """Look for card numbers everywhere; the entries that became dead letters."""
    dead: set[str] = set()
    names = [topic(name, world.topic_prefix) for name in load_topics().with_dead_letters()]
    events = topic(TicketChanged.TOPIC, world.topic_prefix)
    arrived, inbound = 0, topic(InboundEvent.TOPIC, world.topic_prefix)
    async for record in read_topics(world.kafka, names):
        arrived += record.topic == inbound
        if leaked(numbers, (record.value or b"").decode(errors="replace")):
            where = f"{record.topic}/{record.partition} at {record.offset}"
            ledger.leaked.append(f"record {where}")
        if record.topic.endswith(_DEAD):
            ledger.dead_letters += 1
            dead.update(_entries_of(record))
        elif record.topic == events and (ticket := _dealt_at_once(record)) is not None:
            ledger.dealt_at_once.add(ticket)
    if arrived < ledger.messages:  # also: a look for card numbers that saw nothing proves nothing
        ledger.lost.append(f"{inbound} holds {arrived} of {ledger.messages} messages")
    return dead


def _dealt_at_once(record: Record) -> str | None:
    """The ticket, where opening it and dealing it were one commit."""
    event = decode(record.value).data
    if isinstance(event, TicketChanged) and {step.on for step in event.steps} >= _BOTH:
        return event.ticket
    return None


def _entries_of(record: Record) -> tuple[str, ...]:
    """The message a dead letter was; none where it was something else."""
    try:
        event = decode(record.value).data
    except InvalidEvent:
        return ()
    return (event.entry_id,) if isinstance(event, InboundEvent) else ()


def _words(doc: Mapping[str, Any]) -> str:
    return f"{doc.get('text', '')} | {doc.get('subject', '')}"
