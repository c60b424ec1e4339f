"""Tells a customer who chats that the agent types: never twice in three seconds, and never kept."""

from contextlib import suppress
from typing import Final

from services.notifier.connection import Connection
from services.notifier.ports import Conversations, NotYours
from shared.contracts import Identity, wrap
from shared.contracts.agent_typing_v1 import AgentTyping
from shared.messaging.records import Publisher, PublishFailed, outgoing
from shared.runtime.clock import Clock, utc
from shared.store.errors import Transient

EACH_SECONDS: Final = 3.0
CHANNEL: Final = "chat"
"""No other channel shows it."""

_MAX_TICKETS: Final = 64


class TypingDesk:
    """Takes hints to the broker. What cannot be told is dropped in silence: it is a hint."""

    def __init__(self, *, publisher: Publisher, conversations: Conversations, clock: Clock) -> None:
        self._publisher: Final = publisher
        self._conversations: Final = conversations
        self._clock: Final = clock

    async def typing(self, ticket: str, *, of: Connection) -> None:
        """The agent types an answer to this ticket's customer."""
        now = self._clock.monotonic()
        if now - of.typed.get(ticket, -EACH_SECONDS) < EACH_SECONDS:
            return
        if len(of.typed) >= _MAX_TICKETS:
            of.typed.clear()
        of.typed[ticket] = now
        try:
            whose = await self._conversations.customer(agent=of.agent, ticket=ticket)
        except (NotYours, Transient):
            return
        if whose.channel == CHANNEL:
            await self._tell(whose, ticket)

    async def _tell(self, customer: Identity, ticket: str) -> None:
        at = utc(self._clock.now())
        event = AgentTyping(**customer._asdict(), ticket=ticket, at=at)
        id = f"typing:{ticket}:{round(at.timestamp() * 1000)}"
        with suppress(PublishFailed):  # out of date before it could be sent again
            await self._publisher.publish([outgoing(wrap(event, id=id, at=at))])
