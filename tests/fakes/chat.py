"""A chat on a store and a broker in memory."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any, Final

import jwt

from services.ingest.intake import Intake
from services.ingest.lobby.chat.account import ChatAccount
from services.ingest.lobby.chat.connection import Connection
from services.ingest.lobby.chat.entries import Entry
from services.ingest.lobby.chat.gauges import Gauges
from services.ingest.lobby.chat.hints import Hints
from services.ingest.lobby.chat.inbox import Inbox
from services.ingest.lobby.chat.memory import Memory
from services.ingest.lobby.chat.names import Names
from services.ingest.lobby.chat.ports import NoProspects, Prospects, Ticket
from services.ingest.lobby.chat.registry import Registry
from services.ingest.lobby.chat.reports import Reports
from services.ingest.lobby.chat.routing import Router
from services.ingest.lobby.chat.session import Services
from services.ingest.lobby.chat.standing import Standings
from services.ingest.lobby.chat.tokens import Tokens
from services.ingest.secrets import Secrets
from shared.contracts import Contract, encode, wrap
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.runtime.clock import Clock, utc
from shared.runtime.metrics import Metrics
from shared.store.errors import Transient
from tests.fakes.clock import HandClock
from tests.fakes.publisher import FakePublisher

SITE: Final = "site"
ORIGIN: Final = "https://www.example.com"
ISSUER, AUDIENCE = "https://www.example.com", "croupier-chat"
SECRET, NEXT_SECRET = b"the secret that signs our sessions", b"the secret that will sign them soon"
KEY, OLD_KEY = b"the key of the site's customer tokens", b"the key that the site had before this"
ACCOUNT: Final = ChatAccount(
    secrets=Secrets.of(SECRET, NEXT_SECRET),
    customers=Secrets.of(KEY, OLD_KEY),
    issuer=ISSUER,
    audience=AUDIENCE,
    origins=(ORIGIN,),
    lang="lt",
    agent_names="first",
)


def customer_token(customer: object = "20418", *, now: float, **changes: Any) -> str:
    """As the site's server makes one. changes: other claims; `key`; a claim of None is left out."""
    key = changes.pop("key", KEY)
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": customer, "exp": int(now) + 600, **changes}
    given = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(given, key, changes.pop("algorithm", "HS256"))


def numbered() -> Any:
    """Randomness that can be foretold."""
    numbers = count(1)
    return lambda size: f"{next(numbers):0{2 * size}x}"


@dataclass
class FakeHistory:
    """stored: by identity. asked: what for. down: the store does not answer. before_answer: called
    once it was read."""

    stored: dict[str, list[Entry]] = field(default_factory=dict)
    asked: list[tuple[float, float]] = field(default_factory=list)
    down: bool = False
    before_answer: Any = None

    async def page(self, key: str, *, after: float, not_before: float) -> list[Entry]:
        if self.down:
            raise Transient("told to be down")
        self.asked.append((after, not_before))
        found = [each for each in self.stored.get(key, ()) if each.at >= after]
        if self.before_answer is not None:
            self.before_answer()
        return found


@dataclass
class FakeTickets:
    """by_key: tickets of an identity's messages, the latest first."""

    by_key: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    placed: dict[str, str | None] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    down: bool = False

    def put(self, id: str, state: str, **fields: Any) -> None:
        given = {"agent": None, "desk": "main", "queue": "payments"} | fields
        self.tickets[id] = Ticket(id=id, state=state, **given)

    async def recent(self, key: str) -> list[str]:
        self._check()
        return self.by_key[key]

    async def of_messages(self, messages: Sequence[str]) -> Mapping[str, str | None]:
        self._check()
        return {each: self.placed[each] for each in messages if each in self.placed}

    async def read(self, tickets: Sequence[str]) -> Mapping[str, Ticket]:
        self._check()
        return {each: self.tickets[each] for each in tickets if each in self.tickets}

    def _check(self) -> None:
        if self.down:
            raise Transient("told to be down")


class FakeRoll:
    async def names(self) -> Mapping[str, str]:
        return {"lina": "Lina Petrauskiene"}


class Lobby:
    """All of a chat but its sockets."""

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        prospects: Prospects | None = None,
        account: ChatAccount = ACCOUNT,
    ) -> None:
        self.clock: Final[Any] = clock or HandClock()
        self.publisher: Final = FakePublisher()
        self.metrics: Final = Metrics()
        self.gauges: Final = Gauges(self.metrics)
        self.registry: Final = Registry()
        self.memory: Final = Memory()
        self.history: Final = FakeHistory()
        self.tickets: Final = FakeTickets()
        self.standings: Final = Standings(
            registry=self.registry,
            tickets=self.tickets,
            prospects=prospects or NoProspects(),
            clock=self.clock,
        )
        self.tokens: Final = Tokens(SITE, account, randomness=numbered())
        self.names: Final = Names(FakeRoll(), clock=self.clock)
        self.services: Final = Services(
            accounts={SITE: account},
            tokens={SITE: self.tokens},
            registry=self.registry,
            memory=self.memory,
            history=self.history,
            standings=self.standings,
            names=self.names,
            inbox=Inbox(
                intake=Intake(
                    publisher=self.publisher,
                    clock=self.clock,
                    metrics=self.metrics,
                    answer_seconds=1.0,
                    max_in_flight=100,
                    sender_per_minute=30,
                ),
                clock=self.clock,
                lang_of=lambda _account: account.lang,
                counted=self.gauges.message,
            ),
            reports=Reports(publisher=self.publisher, clock=self.clock),
            hints=Hints(publisher=self.publisher, standings=self.standings, clock=self.clock),
            clock=self.clock,
            heartbeat_seconds=25.0,
            messages_per_minute=120,
        )
        self.router: Final = Router(
            accounts={SITE},
            registry=self.registry,
            memory=self.memory,
            standings=self.standings,
            clock=self.clock,
            pushed=self.gauges.pushed,
        )

    def feed(self, data: Contract, *, at: float | None = None, id: str = "e1") -> None:
        """What a topic brings."""
        event = wrap(data, id=id, at=utc(self.clock.now() if at is None else at))
        self.router.route(data.TOPIC, data.key.encode(), encode(event))

    def reply(self, to: Connection | str, text: str = "Good day", *, id: str = "r-1") -> None:
        """An agent's answer comes by the topic."""
        sender = to if isinstance(to, str) else to.session.sender
        self.feed(
            ReplyRequested(
                reply=id,
                ticket="t-1",
                channel="chat",
                account=SITE,
                sender=sender,
                text=text,
                agent="lina",
            )
        )


def ago(now: float, **span: float) -> float:
    """Epoch seconds so long before."""
    return now - timedelta(**span).total_seconds()
