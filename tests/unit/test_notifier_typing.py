"""Who types is told to the other side, while it is fresh, and not too often."""

import asyncio
import json
from dataclasses import dataclass, field

from services.notifier.connection import Connection
from services.notifier.feed import Router
from services.notifier.ports import NotYours
from services.notifier.protocol.server import ConversationPage
from services.notifier.registry import Registry
from services.notifier.typing import TypingDesk
from shared.contracts import Identity, encode, wrap
from shared.contracts.agent_typing_v1 import AgentTyping
from shared.contracts.customer_typing_v1 import CustomerTyping
from shared.runtime.clock import utc
from tests.fakes.clock import HandClock
from tests.fakes.publisher import FakePublisher


@dataclass
class Customers:
    """Of the tickets in lina's hands."""

    of: dict[str, Identity] = field(
        default_factory=lambda: {
            "t-chat": Identity("chat", "site", "v-1"),
            "t-other": Identity("chat", "site", "v-2"),
            "t-mail": Identity("mail", "support", "a@b.c"),
        }
    )
    asked: int = 0

    async def page(
        self, *, agent: str, ticket: str, before: str | None, limit: int
    ) -> ConversationPage:
        raise NotImplementedError

    async def customer(self, *, agent: str, ticket: str) -> Identity:
        self.asked += 1
        if agent != "lina" or ticket not in self.of:
            raise NotYours
        return self.of[ticket]


@dataclass
class Scene:
    clock: HandClock = field(default_factory=HandClock)
    publisher: FakePublisher = field(default_factory=FakePublisher)
    customers: Customers = field(default_factory=Customers)
    lina: Connection = field(default_factory=lambda: Connection(agent="lina", desk="main"))

    async def types(self, *tickets: str) -> None:
        desk = TypingDesk(publisher=self.publisher, conversations=self.customers, clock=self.clock)
        for ticket in tickets:
            await desk.typing(ticket, of=self.lina)

    @property
    def told(self) -> list[str]:
        data = [event.data for event in self.publisher.events]
        return [each.key for each in data if isinstance(each, AgentTyping)]


async def test_a_customer_who_chats_is_told_at_most_every_three_seconds() -> None:
    scene = Scene()
    await scene.types("t-chat", "t-chat", "t-other")
    assert scene.told == ["chat:site:v-1", "chat:site:v-2"]
    await scene.clock.advance(3)
    await scene.types("t-chat")
    assert scene.told[2:] == ["chat:site:v-1"]
    assert scene.customers.asked == 3


async def test_other_channels_and_tickets_of_others_are_told_nothing() -> None:
    scene = Scene()
    await scene.types("t-mail", "t-of-somebody-else")
    assert scene.told == []


async def test_a_hint_that_the_broker_does_not_take_is_dropped() -> None:
    scene = Scene()
    scene.publisher.mode = "fail"
    await scene.types("t-chat")
    assert scene.told == []


async def test_that_a_customer_types_reaches_the_agent_s_sockets_while_it_is_fresh() -> None:
    clock, registry, pushed = HandClock(), Registry(), list[int]()
    lina = Connection(agent="lina", desk="main")
    registry.add(lina)
    router = Router(registry=registry, pushed=pushed.append, now=clock.now)
    for age in (0, 60):
        typing = CustomerTyping(agent="lina", ticket="t-1", at=utc(clock.now() - age))
        event = wrap(typing, id=f"typing:t-1:{age}", at=typing.at)
        router.route(b"lina", encode(event))
    async with asyncio.timeout(1):
        assert json.loads(await lina.next()) == {"type": "typing", "ticket": "t-1"}
    assert not lina._queue
    assert pushed == []
