"""The conversation with one client, once it is known whose it is: each message to its use case."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, assert_never

from services.ingest.errors import Unavailable
from services.ingest.lobby.chat.account import ChatAccount
from services.ingest.lobby.chat.connection import Connection
from services.ingest.lobby.chat.hints import Hints
from services.ingest.lobby.chat.inbox import Inbox, Lasting
from services.ingest.lobby.chat.memory import Memory
from services.ingest.lobby.chat.names import Names
from services.ingest.lobby.chat.opening import open_connection
from services.ingest.lobby.chat.ports import History
from services.ingest.lobby.chat.protocol.client import (
    AnySaid,
    Got,
    Hello,
    Leave,
    Message,
    Misspoken,
    Ping,
    Rate,
    Typing,
    language,
    parse,
)
from services.ingest.lobby.chat.protocol.codes import Close
from services.ingest.lobby.chat.protocol.server import Limits, Nack, Pong, Problem, Welcome
from services.ingest.lobby.chat.registry import Registry
from services.ingest.lobby.chat.reports import Reports
from services.ingest.lobby.chat.standing import Standings
from services.ingest.lobby.chat.tokens import Refused, Tokens
from shared.runtime.clock import Clock, utc

Overrun = Literal["too_many_messages", "busy"]

_LATEST_WRITTEN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What every session uses. accounts, tokens: by the account's name."""

    accounts: Mapping[str, ChatAccount]
    tokens: Mapping[str, Tokens]
    registry: Registry
    memory: Memory
    history: History
    standings: Standings
    names: Names
    inbox: Inbox
    reports: Reports
    hints: Hints
    clock: Clock
    heartbeat_seconds: float
    messages_per_minute: int

    def connection(self, account: str, hello: Hello) -> Connection:
        """For whoever says this first. Raises Refused, Unavailable."""
        tokens = self.tokens[account]
        session = tokens.admit(hello.token, hello.customer_token, now=self.clock.now())
        shown = self.accounts[account].agent_names
        return Connection(
            account=account,
            session=session,
            lang=language(hello.lang),
            name_of_agent=lambda agent: self.names.of(agent, shown),
        )


def first_hello(text: str | bytes) -> Hello:
    """What must come first. Raises Refused."""
    try:
        said = parse(text)
    except Misspoken as error:
        raise Refused(Close.NO_SESSION, f"no hello: {error}") from None
    if not isinstance(said, Hello):
        raise Refused(Close.NO_SESSION, "the first message must be a hello")
    return said


class Session:
    """Answers one client's messages, in their order."""

    def __init__(self, connection: Connection, services: Services) -> None:
        self._connection: Final = connection
        self._services: Final = services

    def greet(self) -> None:
        """Say how to come back, and whether we take the client for a customer who is logged in.
        Raises Unavailable."""
        connection, services = self._connection, self._services
        now, session = services.clock.now(), connection.session
        token, expires_at = services.tokens[connection.account].mint(session, now=now)
        logged_in = now < session.logged_in_until
        connection.say(
            Welcome(
                token=token,
                expires_at=utc(expires_at),
                lang=connection.lang or services.accounts[connection.account].lang,
                heartbeat_seconds=services.heartbeat_seconds,
                logged_in=logged_in,
                logged_in_until=utc(session.logged_in_until) if logged_in else None,
                logged_in_seconds=int(session.logged_in_until - now) if logged_in else None,
                limits=Limits(messages_per_minute=services.messages_per_minute),
            )
        )

    async def catch_up(self, since: str | None) -> None:
        """Tell what was said, and where the matter stands."""
        connection, services = self._connection, self._services
        await open_connection(
            connection,
            since=since,
            registry=services.registry,
            memory=services.memory,
            history=services.history,
            clock=services.clock,
        )
        if connection.closing is None:
            mine = [each.id for each in services.memory.of(connection.key) if each.by == "you"]
            prefix = f"{connection.identity.channel}:{connection.account}:"
            said = [f"{prefix}{id}" for id in mine[-_LATEST_WRITTEN:]]
            services.standings.join(connection.key, said=said)

    def leave(self) -> None:
        """The socket is gone. Legal also when it was never caught up."""
        connection, services = self._connection, self._services
        services.registry.remove(connection)
        services.standings.leave(connection.key)
        if connection.key not in services.registry:
            services.hints.forget(connection.key)

    async def hear(self, text: str | bytes) -> None:
        """Handle one message. What cannot be done is said, not raised."""
        try:
            await self._handle(parse(text))
        except Misspoken as error:
            self._connection.say(Problem(id=error.id, reason="invalid", detail=str(error)))

    def refuse(self, text: str | bytes, *, reason: Overrun, retry_after: float) -> None:
        """Not heard: too fast, or too much unanswered already. Of a message it must be known."""
        try:
            said: AnySaid | None = parse(text)
        except Misspoken:
            said = None
        if isinstance(said, Lasting):
            self._connection.say(Nack(id=said.id, reason=reason, retry_after_seconds=retry_after))
        else:
            detail = f"not heard: wait {retry_after:.1f} s"
            self._connection.say(Problem(reason=reason, detail=detail))

    async def _handle(self, said: AnySaid) -> None:
        connection, services = self._connection, self._services
        match said:
            case Message() | Leave() | Rate():
                connection.say(await services.inbox.take(said, of=connection))
            case Got():
                if seen := connection.seen(said.entries):
                    services.reports.delivered(seen, to=connection)
            case Typing():
                services.hints.typing(connection.key)
            case Ping():
                connection.say(Pong())
            case Hello():
                self._renew(said)
            case _:
                assert_never(said)

    def _renew(self, hello: Hello) -> None:
        """A newer hello logs in or prolongs; somebody else's ends the connection."""
        connection, services = self._connection, self._services
        tokens, now = services.tokens[connection.account], services.clock.now()
        try:
            connection.session = tokens.renew(
                connection.session, hello.token, hello.customer_token, now=now
            )
            connection.lang = language(hello.lang) or connection.lang
            self.greet()
        except Refused as error:
            connection.close(error.code, str(error))
        except Unavailable as error:
            connection.close(Close.TRY_AGAIN, str(error))
