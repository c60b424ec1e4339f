"""What the chat needs from the store, by role. Each method may raise shared.store.StoreError."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from services.ingest.lobby.chat.entries import Entry


class History(Protocol):
    """What was said."""

    async def page(self, key: str, *, after: float, not_before: float) -> list[Entry]:
        """The latest of this identity's conversation, in no order, at most 200 from each side.

        Said at `after` or later, and before that what is not known to have reached the customer,
        but nothing before `not_before`. Both in epoch seconds.
        """
        ...


@dataclass(frozen=True, slots=True)
class Ticket:
    """lane: the protected queue in whose lane it is; empty: an ordinary one. whole: the ticket it
    is part of; empty: of none."""

    id: str
    state: str
    agent: str | None
    desk: str
    queue: str
    lane: str = ""
    whole: str = ""


class Tickets(Protocol):
    """What became of it."""

    async def recent(self, key: str) -> list[str]:
        """Ids of the tickets of this identity's latest messages, the latest first."""
        ...

    async def of_messages(self, messages: Sequence[str]) -> Mapping[str, str | None]:
        """Message (`channel:account:message_id`) -> its ticket, of those that are stored."""
        ...

    async def read(self, tickets: Sequence[str]) -> Mapping[str, Ticket]:
        """Those that exist."""
        ...


class Roll(Protocol):
    """Agents' names."""

    async def names(self) -> Mapping[str, str]:
        """Agent -> the name in their profile, where there is one."""
        ...


class Prospect(NamedTuple):
    """position: 1 is next; None: not to be told. wait_seconds: as far as it can be foreseen."""

    position: int | None = None
    wait_seconds: float | None = None


class Prospects(Protocol):
    """Who foresees how long a wait will be."""

    async def of(self, tickets: Sequence[Ticket]) -> Mapping[str, Prospect]:
        """Of tickets that wait, by id. Of one in a protected queue it must say nothing; those in a
        lane are not asked about."""
        ...


class NoProspects:
    """Says nothing."""

    async def of(self, tickets: Sequence[Ticket]) -> Mapping[str, Prospect]:  # noqa: ARG002
        return {}
