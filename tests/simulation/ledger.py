"""Watches everything durable and everything shown, and notes what must never happen.

Checks that hold at every moment are made as it happens; the end of a run is judged in `verdict`.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from services.router.adapters.requirements import unpack
from shared.messaging.records import Outgoing, Record
from tests.simulation.broker import ASSIGNMENTS, INBOUND, TICKETS, Broker
from tests.simulation.clerk import Sighting
from tests.simulation.documents import Change, Database, Doc
from tests.simulation.setting import WAITING_SHARE, may_be_dealt_to, policy

EVENTS = "support.events.v1"
IN_HAND = frozenset({"offered", "accepted", "waiting_customer", "wrap_up"})

ALL = "all"
FIRM = "firm"
"""Of what an agent has in hand: all of it, or what cannot be interrupted."""


class Violation(NamedTuple):
    """invariant: I1…I11 of the reliability page, or what it is called there."""

    invariant: str
    at: float
    says: str


@dataclass(slots=True)
class Ledger:
    """`now`: seconds of the run. dead_letters_meant: announcements that nobody can handle. order:
    of the commits of all shards, by shard and seq."""

    broker: Broker
    database: Database
    now: Callable[[], float]
    violations: list[Violation] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    commits: int = 0
    dead_letters_meant: int = 0
    order: dict[tuple[int, int], int] = field(default_factory=dict)
    _said: set[bytes] = field(default_factory=set)
    _published: set[bytes] = field(default_factory=set)
    _cards: dict[str, list[tuple[int, int, int]]] = field(default_factory=dict)
    _steps: dict[str, list[str]] = field(default_factory=dict)
    _overload: dict[tuple[str, str], float] = field(default_factory=dict)
    _last_states: dict[str, tuple[int, str]] = field(default_factory=dict)

    def watch(self) -> None:
        self.database.observers.append(self._changed)
        self.broker.on_append.append(self._appended)

    def blame(self, invariant: str, says: str) -> None:
        self.violations.append(Violation(invariant, self.now(), says))

    def see(self, sighting: Sighting) -> None:
        self.sightings.append(sighting)

    def follow(self, agent: str) -> "CardThread":
        return CardThread(self, agent, self._cards.setdefault(agent, []))

    def sorted_upto(self, offsets: dict[int, int]) -> None:
        """The sorter's group committed these offsets of inbound: everything below must be
        durable."""
        for number, offset in offsets.items():
            for record in self.broker.log(INBOUND, number).records:
                if record.offset < offset and not self._is_durable(record):
                    self.blame("I11", f"committed {number}:{offset}, but {record.offset} is lost")

    def _is_durable(self, record: Record) -> bool:
        entry = entry_of(record.value)
        if entry is None or entry in self.database.collection("messages"):
            return True
        moved = (each for each in self.broker.history if each.topic in (INBOUND, DEAD))
        return any(
            entry_of(each.value) == entry
            and (each.topic, each.partition, each.offset)
            != (record.topic, record.partition, record.offset)
            for each in moved
        )

    def _changed(self, changes: Sequence[Change]) -> None:
        extra: dict[tuple[str, str], float] = defaultdict(float)
        waited = _waited(changes)
        for change in changes:
            if change.collection == "shards":
                self._check_shard(change.before, change.after)
            elif change.collection == "tickets":
                self._check_ticket(change.before, change.after)
                for agent in _hands(change):
                    for what, more in _extra(change, waited, agent).items():
                        extra[agent, what] += more
        for agent, what in sorted(extra):
            self._check_capacity(agent, what, extra[agent, what])

    def _check_shard(self, before: Doc | None, after: Doc) -> None:
        if before is None or after["epoch"] > before["epoch"]:
            return  # a take-over writes nothing else
        if after == {**before, "trouble": after["trouble"]}:
            return  # an attempt is noted, and nothing applied
        self.commits += 1
        shard = after["_id"]
        self.order[shard, after["seq"]] = self.commits
        if after["epoch"] != before["epoch"] or after["seq"] != before["seq"] + 1:
            self.blame("fence", f"shard {shard}: {before['seq']} was followed by {after['seq']}")
        if after["now"] < before["now"]:
            self.blame("time", f"shard {shard}: time went back")
        for said in before["outbox"]:
            if identity(said) not in self._published:
                self.blame("outbox", f"shard {shard}: seq {before['seq']} was never published")
                break
        for said in after["outbox"]:
            self._said.add(identity(said))
            if said[0] == EVENTS:
                self._follow(orjson.loads(said[2]))
            elif said[0] == ASSIGNMENTS:
                self._keep(orjson.loads(said[2]))

    def tickets(self) -> list[str]:
        return list(self._steps)

    def steps_of(self, ticket: str) -> list[str]:
        """What happened to a ticket, in the order it was committed."""
        return self._steps.get(ticket, [])

    def _keep(self, event: dict[str, Any]) -> None:
        """Note a card as committed, in order."""
        if event["type"] == "AssignmentCard":
            data = event["data"]
            mine = self._cards.setdefault(data["agent"], [])
            mine.append((data["shard"], data["seq"], data["n"]))

    def _follow(self, event: dict[str, Any]) -> None:
        """A ticket's steps are one chain, version by version."""
        if event["type"] != "TicketChanged":
            return
        data = event["data"]
        born = 0 if _begins_a_task(data["steps"]) else 1  # by the dealer itself, or by the sorter
        version, state = self._last_states.get(data["ticket"], (born, None))
        if data["version"] != version + 1:
            self.blame("I2", f"{data['ticket']}: version {version}, then {data['version']}")
        for step in data["steps"]:
            before = step.get("from_state")
            if state is not None and before is not None and before != state:
                self.blame("I2", f"{data['ticket']}: was {state}, left {before}")
            state = step["to_state"]
            self._steps.setdefault(data["ticket"], []).append(step["on"])
            self._check_shift(data["ticket"], step)
        self._last_states[data["ticket"]] = (data["version"], state or "")

    def _check_shift(self, ticket: str, step: dict[str, Any]) -> None:
        at = datetime.fromisoformat(step["at"]).timestamp()
        if step["on"] == "dealt" and not may_be_dealt_to(step["agent"], at):
            self.blame("shift", f"{ticket}: dealt to {step['agent']} outside of their shift")

    def _check_ticket(self, before: Doc | None, after: Doc) -> None:
        if before is None:
            return
        ticket = after["_id"]
        if after["version"] != before["version"] + 1:
            self.blame("I2", f"{ticket}: version {before['version']} to {after['version']}")
        if after["assignment"] < before["assignment"]:
            self.blame("I2", f"{ticket}: assignment {after['assignment']} again")
        passed_on = before["agent"] != after["agent"] and after["state"] in IN_HAND
        if passed_on and after["assignment"] <= before["assignment"]:
            self.blame("I2", f"{ticket}: {after['agent']} without an offer of their own")

    def _check_capacity(self, agent: str, what: str, extra: float) -> None:
        """Above their capacity an agent has only what tickets weigh again that waited for the
        customer; nothing is dealt on top of it, but what can be interrupted is not counted where
        other work is."""
        doc = self.database.collection("agents").get(agent)
        load = sum(
            _weight(ticket)
            for ticket in self.database.collection("tickets").values()
            if agent in _hand(ticket) and (what == ALL or _is_firm(ticket))
        )
        capacity = 0.0 if doc is None else doc["capacity"]
        if load > capacity + self._overload.get((agent, what), 0.0) + extra:
            self.blame("I3", f"{agent} has {load} ({what})")
        self._overload[agent, what] = max(0.0, load - capacity)

    def _appended(self, record: Record) -> None:
        if record.topic in (ASSIGNMENTS, EVENTS):
            self._published.add(mark := identity(record))
            if mark not in self._said:
                self.blame("outbox", f"published, but never committed: {record.topic}")
        elif record.topic == TICKETS:
            self._published.add(identity(record))
            self._check_announced(record)
        else:
            self._published.add(identity(record))

    def _check_announced(self, record: Record) -> None:
        try:
            message = orjson.loads(record.value or b"")["data"]["entry"]["message"]
        except (orjson.JSONDecodeError, KeyError):
            return  # a direct publisher's: the dealer sets it aside
        if message not in self.database.collection("messages"):
            self.blame("I1", f"{message} was announced before it was stored")


def _weight(ticket: Doc) -> float:
    """Of a ticket in hand."""
    weight = unpack(ticket["needs"]).weight
    return weight * WAITING_SHARE if ticket["state"] == "waiting_customer" else weight


def _is_firm(ticket: Doc) -> bool:
    """Whether it cannot be interrupted."""
    channel = unpack(ticket["needs"]).channel
    return channel not in policy().rules_for(ticket["desk"]).interruptible


def _hand(ticket: Doc | None) -> set[str]:
    """Whose it is: nobody, or one agent."""
    return {ticket["agent"]} if ticket is not None and ticket["state"] in IN_HAND else set()


def _hands(change: Change) -> set[str]:
    """Whose it was or is."""
    return _hand(change.before) | _hand(change.after)


def _extra(change: Change, waited: Container[str], agent: str) -> dict[str, float]:
    """By how much a change may bring an agent above their capacity, in each of the two countings:
    what cannot be interrupted is dealt whatever lies beside it."""
    if agent not in _hand(change.after):
        return {ALL: 0.0, FIRM: 0.0}
    gained = _regained(change, waited)
    if not _is_firm(change.after):
        return {ALL: gained, FIRM: 0.0}
    anew = change.before is None or change.before["assignment"] != change.after["assignment"]
    dealt = _weight(change.after) if anew else 0.0
    aside = policy().rules_for(change.after["desk"]).interruptible
    return {ALL: gained + (dealt if aside else 0.0), FIRM: gained}


def _waited(changes: Sequence[Change]) -> set[str]:
    """Tickets that waited for the customer before or in this commit."""
    told = (
        orjson.loads(said[2])["data"]
        for change in changes
        if change.collection == "shards"
        for said in change.after["outbox"]
        if said[0] == EVENTS and orjson.loads(said[2])["type"] == "TicketChanged"
    )
    return {
        data["ticket"]
        for data in told
        if any(step.get("from_state") == "waiting_customer" for step in data["steps"])
    }


def _regained(change: Change, waited: Container[str]) -> float:
    """What a ticket in hand weighs more than while it waited for the customer, perhaps for a moment
    in which its agent took another."""
    ticket = change.after
    if ticket["_id"] not in waited or ticket["state"] == "waiting_customer":
        return 0.0
    return unpack(ticket["needs"]).weight * (1 - WAITING_SHARE)


class CardThread:
    """One connection's cards: none that was committed after its snapshot may be left out before a
    later one arrives. Says so without looking at a clock."""

    def __init__(
        self, ledger: Ledger, agent: str, committed: Sequence[tuple[int, int, int]]
    ) -> None:
        self._ledger = ledger
        self._agent = agent
        self._committed = committed
        self._next = 0

    def begins(self, shard: int, seq: int) -> None:
        """With a snapshot as of `seq`: what follows is everything above it."""
        after = (
            place for place, card in enumerate(self._committed) if card > (shard, seq, 1 << 60)
        )
        self._next = next(after, len(self._committed))

    def goes_on(self, shard: int, seq: int, n: int) -> None:
        """A card came. One that came before comes again after a republication."""
        card = (shard, seq, n)
        due = self._committed[self._next] if self._next < len(self._committed) else None
        if due == card:
            self._next += 1
        elif due is None or card > due:
            self._ledger.blame("I8", f"{self._agent} was sent {card} and never {due}")


DEAD = f"{INBOUND}.sorter.dlq"


def identity(record: Record | Outgoing | list[Any]) -> bytes:
    """Of a record's words: where it goes and what it says."""
    if isinstance(record, list):
        return bytes(record[0].encode() + b"|" + record[2])
    return record.topic.encode() + b"|" + (record.value or b"")


def entry_of(value: bytes | None) -> str | None:
    """`channel:account:message_id` of an inbound event; None for what is none."""
    try:
        data = orjson.loads(value or b"")["data"]
        return f"{data['channel']}:{data['account']}:{data['message_id']}"
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None


def by_ticket(sightings: Sequence[Sighting]) -> dict[str, list[Sighting]]:
    found: dict[str, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        found[sighting.ticket].append(sighting)
    return found


def _begins_a_task(steps: list[dict[str, Any]]) -> bool:
    """A turn that only shows a card has no steps."""
    return any(step["on"] == "opened" and "other" in step for step in steps[:1])
