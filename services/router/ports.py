"""What the router's use cases need from outside, by role. Adapters implement these on Kafka and
MongoDB; the simulation implements them in memory.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from services.router.domain.agent import Agent
from services.router.domain.events import EntryAdded
from services.router.domain.replies import KeptReply, Standing
from services.router.domain.ticket import Ticket
from shared.messaging.records import Outgoing
from shared.store.documents import AgentChangeDoc, ChangeDoc, ReplyDoc, TicketChangeDoc

Offsets = Mapping[str, int]
"""topic -> offset"""


class FenceLost(Exception):
    """Another owner took the shard over: drop it, write nothing more."""


class Mismatch(Exception):
    """The store is not what memory believes: reload the shard."""


class FeedUnavailable(Exception):
    """The broker did not answer. Ask again."""


class Head(NamedTuple):
    """How far a shard's document has come."""

    epoch: int
    seq: int


class Stamp(NamedTuple):
    """Which commit last showed a card of a ticket."""

    shard: int
    seq: int
    n: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """A record whose turn failed: noted before it is tried again."""

    topic: str
    offset: int
    attempts: int


@dataclass(frozen=True, slots=True)
class ShardState:
    """A shard's document. offsets: next to apply. marks: broker timestamp (ms) of the record
    just below that offset, per topic. trouble: at most one a topic, for what comes after it waits.
    """

    shard: int
    epoch: int
    seq: int
    now: float
    policy: int
    partitions: int
    offsets: Offsets
    marks: Mapping[str, int]
    outbox: tuple[Outgoing, ...] = ()
    trouble: tuple[Trouble, ...] = ()


class StoredTicket(NamedTuple):
    """A ticket and the desk whose dealer may change it."""

    desk: str
    ticket: Ticket


class StoredAgent(NamedTuple):
    desk: str
    agent: Agent


@dataclass(frozen=True, slots=True)
class TicketWrite:
    """A ticket as it shall be; `desk` and `expected`, its version, are what the store must still
    have; expected 0: of a task, which must not be there yet. to_desk: where it goes; None: nowhere.
    discreet: its customer is to notice nothing of where it is.
    """

    desk: str
    ticket: Ticket
    expected: int
    policy: int
    stamp: Stamp | None
    to_desk: str | None = None
    discreet: bool = False


@dataclass(frozen=True, slots=True)
class AgentWrite:
    """expected 0: there must be none yet."""

    desk: str
    agent: Agent
    expected: int


@dataclass(frozen=True, slots=True)
class TurnWrite:
    """All of one turn: written whole or not at all.

    state.epoch is the writer's epoch and must match; state.seq is the new value, one above the
    stored.
    """

    state: ShardState
    tickets: tuple[TicketWrite, ...] = ()
    agents: tuple[AgentWrite, ...] = ()


class ShardStore(Protocol):
    """The dealer's side of the store."""

    async def take_over(self, shard: int, *, partitions: int) -> ShardState:
        """Raise the epoch and return the document after it, in one step. Raises Transient."""
        ...

    def load_tickets(self, desk: str, *, now: float) -> AsyncIterator[Sequence[StoredTicket]]:
        """Every ticket of the desk that is not closed or abandoned, in chunks. After a take-over:
        sees at least everything committed before it. now: about which deadlines gather."""
        ...

    async def load_agents(self, desk: str) -> Sequence[StoredAgent]:
        """Every agent of the desk."""
        ...

    async def fetch_tickets(self, ids: Sequence[str]) -> Sequence[StoredTicket]:
        """Those that exist, in any state."""
        ...

    async def entries_since(self, desks: Collection[str], since: float) -> Sequence[EntryAdded]:
        """What the sorter stored since then (epoch seconds) for tickets that were at these desks,
        or are by now, in the order of its positions."""
        ...

    async def entries_of(self, tickets: Sequence[str]) -> Sequence[EntryAdded]:
        """All that the sorter stored for these tickets, in the order of its positions."""
        ...

    async def profiles(self, customers: Sequence[str]) -> Mapping[str, "CustomerProfile"]:
        """What the sorter keeps of these customers, by their key."""
        ...

    async def commit(self, turn: TurnWrite) -> None:
        """One attempt at the transaction.

        Raises FenceLost (other epoch), Mismatch (a version, or seq under our own epoch),
        Transient (nothing written), UnknownOutcome (read `head` before anything else).
        """
        ...

    async def head(self, shard: int) -> Head:
        """Epoch and seq as committed. Raises Transient."""
        ...

    async def note_trouble(self, state: ShardState) -> None:
        """Write `state.trouble` alone, fenced by the epoch. Raises FenceLost, Transient."""
        ...


class Feed(Protocol):
    """The dealer's consumer: `support.tickets.v1` and `support.agents.v1` side by side. A shard is
    the partition number. What asks the broker raises FeedUnavailable when it does not answer."""

    def assigned(self) -> frozenset[int]:
        """Shards whose partitions this process holds now, of both topics."""
        ...

    def partitions(self) -> int:
        """Partition count, equal for both topics."""
        ...

    async def start_of(self, shard: int) -> Offsets:
        """First retained offset per topic."""
        ...

    async def end_of(self, shard: int) -> Offsets:
        """Offset the next record will have, per topic."""
        ...

    async def mark_of(self, shard: int, topic: str, offset: int) -> int | None:
        """Broker timestamp (ms) of the record at `offset`; None when it is not there."""
        ...

    def seek(self, shard: int, offsets: Offsets) -> None:
        """Continue at these offsets; drops what was fetched."""
        ...

    def pause(self, shard: int) -> None: ...

    def resume(self, shard: int) -> None: ...

    def caught_up(self, shard: int) -> bool:
        """Whether, as of a moment ago, everything the broker holds for the shard was handed out."""
        ...


class IdentityDoc(NamedTuple):
    """Who a channel identity is. vouched: by a producer we trust, not merely assumed."""

    identity: str
    customer: str
    vouched: bool


class KnownEntry(NamedTuple):
    """A message stored before: its ticket (None: it found nobody to concern), a digest of its
    body, and what its first announcement said. A later delivery repeats that position: under its
    own it would count as news and could reopen the ticket."""

    ticket: str | None
    digest: bytes
    partition: int
    offset: int
    reopens: bool
    rating: int = 0


class OpenTicket(NamedTuple):
    """A ticket as the sorter needs it. queue: where it is; empty: not read."""

    ticket: str
    desk: str
    customer: str
    brand: str
    queue: str = ""


class CustomerProfile(NamedTuple):
    """What a customer is to us. customer: `p:brand:customer`. hosts: ids of their own agents.
    matter: the protected queue in which a matter of theirs is open; empty: in none."""

    customer: str
    version: int
    tier: str
    hosts: tuple[str, ...]
    matter: str = ""


class ProfileWrite(NamedTuple):
    """A profile as it shall be; `expected` is the version the store must still have, 0: none."""

    profile: CustomerProfile
    expected: int


@dataclass(frozen=True, slots=True)
class SortWrite:
    """One batch of the sorter: documents of shared/store/documents.py, inserted together."""

    tickets: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    messages: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    identities: Sequence[IdentityDoc] = field(default_factory=tuple)

    def __bool__(self) -> bool:
        return bool(self.tickets or self.messages or self.identities)


class ChangeStore(Protocol):
    """The recorder's side of the store: inserts only."""

    async def add(self, changes: Sequence[ChangeDoc]) -> int:
        """Insert those that are not there yet; how many. Raises Transient: some may be in, and all
        may be given again."""
        ...


class ReplyStore(Protocol):
    """The recorder's side of `replies`. Writes are absolute: the same may be given again."""

    async def keep(
        self, replies: Sequence[ReplyDoc], standings: Mapping[str, Standing], *, now: float
    ) -> Sequence[KeptReply]:
        """Store what was written, and by reply how it stands, unless it stands higher already.
        All these replies as they stand then. now: epoch seconds, for the retention. Raises
        Transient: some may be in, and all may be given again."""
        ...


class Chronicle(Protocol):
    """What an explanation is drawn from. Everything raises StoreError when there is no answer."""

    async def tickets(self, ids: Sequence[str]) -> Sequence[StoredTicket]:
        """Those that exist, in any state."""
        ...

    async def changes_of(self, ticket: str) -> Sequence[TicketChangeDoc]:
        """All that is kept of a ticket, by version."""
        ...

    async def agent_changes(self, agent: str, *, until: float) -> Sequence[AgentChangeDoc]:
        """The latest changes of an agent until then, a few hundred at most, in order."""
        ...

    async def handled(self, agent: str, *, since: float, until: float) -> Sequence[TicketChangeDoc]:
        """Changes of the tickets that came into or left an agent's hands, both ends included."""
        ...

    async def present(self, desk: str) -> Sequence[tuple[Agent, Sequence[Ticket]]]:
        """The desk's agents as stored, each with the tickets in their hands."""
        ...


class SortStore(Protocol):
    """The sorter's side of the store: reads by key; inserts, and replaces profiles only."""

    async def known_entries(self, ids: Sequence[str]) -> Mapping[str, KnownEntry]: ...

    async def identities(self, keys: Sequence[str]) -> Mapping[str, IdentityDoc]: ...

    async def joinable(self, keys: Sequence[str]) -> Mapping[str, OpenTicket]:
        """`claim_id` -> the ticket that the customer's next message joins there."""
        ...

    async def tickets(self, ids: Sequence[str]) -> Mapping[str, OpenTicket]:
        """By id, in any state."""
        ...

    async def profiles(self, customers: Sequence[str]) -> Mapping[str, CustomerProfile]: ...

    async def keep_profiles(self, writes: Sequence[ProfileWrite]) -> None:
        """All or nothing. Raises DuplicateKey when one is not as expected (read again, decide
        again), Transient, UnknownOutcome (read again)."""
        ...

    async def insert(self, write: SortWrite) -> None:
        """All or nothing. Raises DuplicateKey (read again, decide again), Transient,
        UnknownOutcome (read again: known messages show whether it happened)."""
        ...
