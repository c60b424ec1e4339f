"""What the notifier needs from the store, by role."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from services.notifier.digest import Held
from services.notifier.protocol.server import AgentView, Card, ConversationPage
from shared.contracts import Identity


class Profile(NamedTuple):
    """What decides whether an agent may be here, and which dealer hears of it."""

    desk: str
    active: bool


class Desktop(NamedTuple):
    """What lies on an agent's desk: at least everything of the shard's commits up to `seq`."""

    shard: int
    seq: int
    agent: AgentView
    cards: tuple[Card, ...]


class Glance(NamedTuple):
    """What a digest needs to know of an agent."""

    profile: Profile
    state: str
    held: tuple[Held, ...]


class UnknownAgent(Exception):
    """The store has no such agent, or one that is no longer active."""


class NotYours(Exception):
    """The ticket is not in this agent's hands."""


class Desktops(Protocol):
    """Reads, by key or index only. Each raises shared.store.Transient."""

    async def profile(self, agent: str) -> Profile:
        """Raises UnknownAgent when there is none, or it is not active."""
        ...

    async def desktop(self, agent: str) -> Desktop:
        """The shard's seq is read before the cards. Raises UnknownAgent."""
        ...

    async def glances(self, agents: Sequence[str]) -> Mapping[str, Glance]:
        """Those of these agents that exist, in few queries."""
        ...


class Conversations(Protocol):
    """What customers wrote, and what was written to them."""

    async def page(
        self, *, agent: str, ticket: str, before: str | None, limit: int
    ) -> ConversationPage:
        """One page. Raises NotYours; ValueError when `before` is none of ours; Transient."""
        ...

    async def customer(self, *, agent: str, ticket: str) -> Identity:
        """Whom a reply to a ticket in this agent's hands goes to. Raises NotYours, Transient."""
        ...
