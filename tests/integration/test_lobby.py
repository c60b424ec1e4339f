"""Customers chat with an agent through all there is: lobby, router, notifier, broker and store."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.stack import Stack
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.contracts.delivery_reported_v1 import DeliveryReported
from shared.contracts.message_received_v1 import MessageReceived
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from tests.integration.dealer_world import POLICY, surroundings
from tests.integration.lobby_process import (
    Customer,
    Lobby,
    events_until,
    running_lobby,
    vouched,
)
from tests.integration.notifier_world import Watching, a_notifier, url_of
from tests.integration.notifier_world import World as NotifierWorld
from tests.stacks import Fresh

pytestmark = pytest.mark.stack

LINA = AgentProfileChanged(
    desk="main",
    agent="lina",
    name="Lina Petrauskiene",
    skills={"lang.en": 5, "lang.lt": 5, "payments": 5, "betting": 5, "identity": 5},
    channels=("chat",),
    capacity=10.0,
)


class Lina(Watching):
    """An agent who accepts whatever is offered, and answers when told to."""

    async def work(self) -> None:
        """Until cancelled."""
        done = 0
        while True:
            await self.heard("card", times=done + 1)
            card = self.all("card")[done]["card"]
            done += 1
            if card["state"] == "offered":
                await self.commands.carry_out(
                    "accept", ticket=card["ticket"], assignment=card["assignment"]
                )

    async def card_of(self, customer: str) -> dict[str, Any]:
        """The card in hand of whoever wrote this."""
        async with self._heard:
            await self._heard.wait_for(lambda: self._mine(customer) is not None)
        card = self._mine(customer)
        assert card is not None
        return card

    async def answer(self, customer: str, text: str) -> None:
        card = await self.card_of(customer)
        await self.commands.carry_out(
            "reply",
            ticket=card["ticket"],
            assignment=card["assignment"],
            text=text,
            seen=card["last_message"],
        )

    def types(self, ticket: str) -> None:
        self._say({"type": "typing", "ticket": ticket})

    def _mine(self, device: str) -> dict[str, Any] | None:
        for card in self.desk.cards.values():
            if card["state"] == "accepted" and device in card["last_message"]:
                return card
        return None


@dataclass
class Scene:
    """All there is, running."""

    fresh: Fresh
    lina: Lina
    lobby: Lobby

    @asynccontextmanager
    async def customer(self, name: str | None = None, **options: Any) -> AsyncIterator[Customer]:
        """Connected and told what was said."""
        async with Customer(self.lobby, name, **options) as customer:
            await customer.up_to_date()
            yield customer


def offering(folder: Path) -> Path:
    """The demo's policy, under which agents are asked whether they take a chat."""
    path = folder / "policy.yaml"
    text = POLICY.read_text("utf-8")
    assert "accept: {chat: auto}" in text
    path.write_text(text.replace("accept: {chat: auto}", "accept: {}"), "utf-8")
    return path


@pytest.fixture
async def scene(fresh: Fresh, tmp_path: Path) -> AsyncIterator[Scene]:
    config = ProducerConfig(
        kafka=fresh.stack.kafka, client_id="test", topic_prefix=fresh.topic_prefix
    )
    async with (
        surroundings(fresh) as world,
        world.dealer(router_role="both", router_policy=offering(tmp_path)),
        KafkaPublisher(config) as publisher,
        a_notifier(NotifierWorld(fresh, world.store, publisher).settings()) as server,
        running_lobby(fresh) as lobby,
    ):
        await world.tell(LINA)
        while await world.store["agents"].find_one({"_id": "lina"}) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        async with Lina(url=url_of(server), agent="lina") as lina:
            await lina.up_to_date()
            await lina.commands.carry_out("set_state", state="ready")
            working = asyncio.create_task(lina.work())
            try:
                yield Scene(fresh, lina, lobby)
            finally:
                working.cancel()


async def test_two_customers_chat_with_an_agent_and_miss_nothing_said_meanwhile(
    scene: Scene,
) -> None:
    lina = scene.lina
    async with scene.customer(lang="en") as ann, scene.customer("20418", lang="en") as bob:
        assert (await ann.say("Where is my deposit of 50 euros?"))["type"] == "ack"
        await bob.say("How long does a withdrawal take? Card 4111 1111 1111 1111")
        await ann.stands("with_agent")
        await bob.stands("with_agent")

        await lina.answer(ann.device, "It is on its way")
        await ann.told_by_agent("It is on its way")
        await lina.answer(bob.device, "A day or two")
        await bob.told_by_agent("A day or two")

        # hints, both ways
        card = await lina.card_of(ann.device)
        ann.types()
        assert (await lina.heard("typing"))["ticket"] == card["ticket"]
        lina.types(card["ticket"])
        await ann.until(lambda: ann.kinds["typing"] == 1)
        assert not bob.kinds["typing"]

        # what is said while the line is down is told after it, once
        await ann.drop()
        await lina.answer(ann.device, "Here it is")
        await ann.told_by_agent("Here it is")
        assert ann.texts("agent") == ["It is on its way", "Here it is"]
        assert bob.texts("agent") == ["A day or two"]
        assert ann.texts("you") == ["Where is my deposit of 50 euros?"]
        assert "4111" not in bob.texts("you")[0]

        reports = await events_until(scene.fresh, DeliveryReported, lambda seen: len(seen) >= 3)
    assert {each.status for each in reports} == {"delivered"}
    assert {each.sender[:2] for each in reports} == {"v-", "c-"}
    assert len({each.reply for each in reports}) == 3
    messages = await events_until(scene.fresh, MessageReceived, lambda seen: len(seen) >= 2)
    assert sorted(str(each.customer) for each in messages) == ["20418", "None"]
    assert {(each.channel, each.account, each.lang_hint) for each in messages} == {
        ("chat", "website", "en")
    }


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_a_restart_of_the_lobby_loses_nothing_and_doubles_nothing(
    scene: Scene, how: signal.Signals
) -> None:
    lina = scene.lina
    async with scene.customer(lang="en") as ann:
        await ann.say("Where is my deposit of 50 euros?")
        await lina.answer(ann.device, "before")
        await ann.told_by_agent("before")

        stopping = asyncio.create_task(scene.lobby.stop(how))
        asked = asyncio.create_task(ann.say("Are you there?"))
        assert await stopping == (0 if how is signal.SIGTERM else -how)
        await lina.answer(ann.device, "during")
        await scene.lobby.start()
        assert (await asked)["type"] == "ack"
        await ann.told_by_agent("during")
        await lina.answer(ann.device, "after")
        await ann.told_by_agent("after")
        assert ann.texts("agent") == ["before", "during", "after"]
        await ann.until(lambda: len(ann.texts("you")) == 2)
        token = ann.token

    # another page of the same browser, without anything but the token
    async with scene.customer(token=token) as page:
        assert page.texts("agent") == ["before", "during", "after"]
        assert page.texts("you") == ["Where is my deposit of 50 euros?", "Are you there?"]
        assert set(page.told.values()) == {1}
    messages = await events_until(scene.fresh, MessageReceived, lambda seen: len(seen) >= 2)
    assert len({each.message_id for each in messages}) == 2


async def test_a_customer_at_a_terminal_is_answered_there(scene: Scene, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("Where is my deposit of 50 euros?\n?\nThank you\n", "utf-8")
    command = (sys.executable, "-c", "from cli.main import main; main()", "chat")
    options = ("--url", scene.lobby.url, "--customer", "20418", "--script", str(script))
    customer = await asyncio.create_subprocess_exec(
        *command, *options, stdout=asyncio.subprocess.PIPE
    )
    await scene.lina.answer("website", "It is on its way")
    told, _ = await customer.communicate()
    assert customer.returncode == 0
    (answer,) = [line for line in told.decode().splitlines() if "on its way" in line]
    # an agent who was hired a moment ago may have no name here yet
    assert answer in {"Lina: It is on its way", "agent: It is on its way"}


async def test_who_logs_in_on_the_way_keeps_the_conversation(scene: Scene) -> None:
    async with scene.customer(lang="en") as ann:
        await ann.say("Where is my deposit of 50 euros?")
        ann.log_in(vouched("77"))
        await ann.until(lambda: ann.kinds["welcome"] == 2)
        await ann.say("I have logged in")
    messages = await events_until(scene.fresh, MessageReceived, lambda seen: len(seen) >= 2)
    assert [each.customer for each in messages] == [None, "77"]
    assert len({each.sender for each in messages}) == 1


async def test_the_widget_is_served_where_there_is_one(fresh: Fresh, tmp_path: Path) -> None:
    await fresh.provision()
    async with (
        running_lobby(fresh, CROUPIER_INGEST_CHAT_WIDGET=str(tmp_path)) as lobby,
        httpx.AsyncClient(base_url=lobby.http) as browser,
    ):
        assert (await browser.get("/chat/widget.js")).status_code == 404
        (tmp_path / "widget.js").write_text("export {}", "utf-8")
        answer = await browser.get("/chat/widget.js")
        assert (answer.text, answer.headers["content-type"]) == (
            "export {}",
            "text/javascript; charset=utf-8",
        )
        assert (await browser.get("/health/ready")).status_code == 200


async def test_while_the_broker_is_silent_nothing_is_acknowledged_and_later_all_is(
    own_stack: Stack,
) -> None:
    fresh = Fresh(suffix="silent", stack=own_stack)
    await fresh.provision()
    broker = own_stack.parts["kafka-0"]
    async with running_lobby(fresh) as lobby, Customer(lobby) as ann:
        await ann.up_to_date()
        await ann.say("before")
        broker.pause()
        said = asyncio.create_task(ann.say("during"))
        await ann.until(lambda: ann.nacks >= 1)
        assert not said.done()
        broker.resume()
        assert (await said)["type"] == "ack"
        messages = await events_until(
            fresh, MessageReceived, lambda seen: "during" in {each.text for each in seen}
        )
    # said again it is the same message, as often as it came through
    assert len({each.message_id for each in messages}) == 2
    assert len({(each.message_id, each.sent_at) for each in messages}) == 2
