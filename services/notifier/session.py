"""The conversation with one client, once it is known who it is: each message to its use case."""

from dataclasses import dataclass
from typing import Final, Literal, assert_never

from services.notifier.auth import Identity, Refused, TokenVerifier
from services.notifier.commands import CommandDesk
from services.notifier.connection import Connection
from services.notifier.opening import synchronise
from services.notifier.ports import Conversations, Desktops, NotYours
from services.notifier.protocol.client import (
    AnySaid,
    Command,
    Conversation,
    Hello,
    Misspoken,
    Resync,
    Typing,
    parse,
)
from services.notifier.protocol.codes import Close
from services.notifier.protocol.server import Nack, Problem, Welcome
from services.notifier.registry import Registry
from services.notifier.typing import TypingDesk
from shared.runtime.clock import utc
from shared.store.errors import Transient

Overrun = Literal["too_many_messages", "busy"]
Denial = Literal["not_yours", "invalid", "unavailable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What every session uses."""

    verifier: TokenVerifier
    registry: Registry
    desktops: Desktops
    conversations: Conversations
    commands: CommandDesk
    typing: TypingDesk | None = None
    heartbeat_seconds: float


class Session:
    """Answers one client's messages, in their order."""

    def __init__(self, connection: Connection, services: Services) -> None:
        self._connection: Final = connection
        self._services: Final = services

    def greet(self) -> None:
        """Say who we take the client for, and for how long."""
        connection = self._connection
        connection.say(
            Welcome(
                agent=connection.agent,
                session=str(connection.number),
                expires_at=utc(connection.expires_at),
                heartbeat_seconds=self._services.heartbeat_seconds,
            )
        )

    async def hear(self, text: str | bytes) -> None:
        """Handle one message. What cannot be done is said, not raised."""
        try:
            await self._handle(parse(text))
        except Misspoken as error:
            self._connection.say(Problem(id=error.id, reason="invalid", detail=str(error)))

    def refuse(self, text: str | bytes, *, reason: Overrun, retry_after: float) -> None:
        """Not heard: too fast, or too much unanswered already. A command must learn of it."""
        try:
            said: AnySaid | None = parse(text)
        except Misspoken:
            said = None
        if isinstance(said, Command):
            self._connection.say(Nack(id=said.id, reason=reason, retry_after_seconds=retry_after))
        else:
            detail = f"not heard: wait {retry_after:.1f} s"
            self._connection.say(Problem(reason=reason, detail=detail))

    async def _handle(self, said: AnySaid) -> None:
        match said:
            case Hello():
                self._renew(said)
            case Resync():
                await synchronise(
                    self._connection,
                    registry=self._services.registry,
                    desktops=self._services.desktops,
                )
            case Typing():
                if self._services.typing is not None:
                    await self._services.typing.typing(said.ticket, of=self._connection)
            case Conversation():
                await self._show(said)
            case Command():
                self._connection.say(await self._services.commands.carry(said, of=self._connection))
            case _:
                assert_never(said)

    def _renew(self, hello: Hello) -> None:
        """A newer token prolongs the session; somebody else's ends it."""
        connection = self._connection
        try:
            identity = self._services.verifier.verify(hello.token)
        except Refused as error:
            connection.close(Close.UNAUTHORIZED, str(error))
            return
        if identity.agent != connection.agent:
            connection.close(Close.UNAUTHORIZED, "the new token is another agent's")
            return
        connection.expires_at = identity.expires_at
        self.greet()

    async def _show(self, asked: Conversation) -> None:
        try:
            page = await self._services.conversations.page(
                agent=self._connection.agent,
                ticket=asked.ticket,
                before=asked.before,
                limit=asked.limit,
            )
        except NotYours:
            self._deny(asked, "not_yours", "ticket: it is not in your hands")
        except ValueError:
            self._deny(asked, "invalid", "before: take it from the page before, as it is")
        except Transient:
            self._deny(asked, "unavailable", "the store does not answer: ask again in seconds")
        else:
            self._connection.say(page.model_copy(update={"id": asked.id}))

    def _deny(self, asked: Conversation, reason: Denial, detail: str) -> None:
        self._connection.say(Problem(id=asked.id, reason=reason, detail=detail))


def identify(text: str | bytes, verifier: TokenVerifier) -> Identity:
    """Who says hello. Raises Refused, also for anything that is no hello."""
    try:
        said = parse(text)
    except Misspoken as error:
        raise Refused(f"no hello: {error}") from None
    if not isinstance(said, Hello):
        raise Refused("the first message must be a hello")
    return verifier.verify(said.token)
