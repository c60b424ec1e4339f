"""Takes raw records to the customers they are for. Never waits."""

from collections.abc import Callable, Container
from typing import Final

from services.ingest.lobby.chat.account import CHANNEL
from services.ingest.lobby.chat.entries import Entry, own, reply
from services.ingest.lobby.chat.memory import Memory
from services.ingest.lobby.chat.protocol.server import AgentTypes
from services.ingest.lobby.chat.registry import Registry
from services.ingest.lobby.chat.standing import Standings
from shared.contracts import Contract, Envelope, InvalidEvent, decode
from shared.contracts.agent_typing_v1 import AgentTyping
from shared.contracts.message_received_v1 import MessageReceived
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.runtime.clock import Clock
from shared.runtime.logging import get_logger

STALE_SECONDS: Final = 10.0
"""So old a hint that somebody types is none."""

_PREFIX: Final = f"{CHANNEL}:".encode()


class Router:
    """pushed: called with an entry that was news, and how many sockets got it."""

    def __init__(
        self,
        *,
        accounts: Container[str],
        registry: Registry,
        memory: Memory,
        standings: Standings,
        clock: Clock,
        pushed: Callable[[Entry, int], object],
    ) -> None:
        self._accounts: Final = accounts
        self._registry: Final = registry
        self._memory: Final = memory
        self._standings: Final = standings
        self._clock: Final = clock
        self._pushed: Final = pushed

    def route(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        """topic: without prefix."""
        key = key or b""
        if topic == TicketChanged.TOPIC:
            self._standings.changed(key.decode(errors="replace"))
            return
        if not key.startswith(_PREFIX):
            return
        if topic == AgentTyping.TOPIC and key.decode(errors="replace") not in self._registry:
            return
        try:
            self._take(decode(value))
        except InvalidEvent as error:
            get_logger().error("feed.invalid_event", topic=topic, error=str(error))

    def _take(self, event: Envelope[Contract]) -> None:
        """By its own word, not by the record's key: what is under a wrong key is for nobody else's
        eyes."""
        match event.data:
            case ReplyRequested() as requested:
                entry = reply(requested, at=event.at.timestamp())
                if self._tell(requested.channel, requested.account, requested.key, entry):
                    self._standings.answered(requested.key, requested.ticket)
            case MessageReceived() as message:
                if self._tell(message.channel, message.account, message.key, own(message)):
                    self._standings.wrote(message.key, message.entry_id)
            case AgentTyping() as typing:
                if self._clock.now() - typing.at.timestamp() < STALE_SECONDS:
                    for connection in self._registry.of(typing.key):
                        connection.say(AgentTypes())
            case _:
                pass

    def _tell(self, channel: str, account: str, key: str, entry: Entry) -> bool:
        """Whether it is news, and ours."""
        if channel != CHANNEL or account not in self._accounts:
            return False
        if not self._memory.add(key, entry, now=self._clock.monotonic()):
            return False
        connections = self._registry.of(key)
        for connection in connections:
            connection.push(entry)
        if connections:
            self._pushed(entry, len(connections))
        return True
