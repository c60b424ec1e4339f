"""Whoever has read docs/contracts.md and docs/protocol.md can bring a channel and work as an agent.

The services are real processes; the clients (foreign_client.py) know nothing of the project. Only
the roster, which a stranger does not write, is published from here.
"""

import ast
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from cli.processes import Services, World
from cli.roster import publish_roster, taken_in
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.store.driver import Store
from tests.e2e import foreign_client
from tests.e2e.foreign_client import Agent, Channel, Rejected
from tests.stacks import Fresh

LINA = AgentProfileChanged(
    desk="main",
    agent="lina",
    skills={"lang.lt": 5, "lang.en": 5, "payments": 5, "betting": 5, "identity": 5},
    channels=("kiosk",),
    capacity=3,
)
TEXT = "Sveiki, kur mano premija?"


class Setting:
    """The running services, and who connects to them; all of it ends with the test."""

    def __init__(self, fresh: Fresh, services: Services, closing: AsyncExitStack) -> None:
        self._fresh = fresh
        self._services = services
        self._closing = closing

    async def kiosk(self, town: str) -> Channel:
        kiosk = Channel(
            kafka=self._fresh.stack.kafka,
            channel="kiosk",
            account=f"{town}-{self._fresh.suffix}",
            prefix=self._fresh.topic_prefix,
        )
        return await self._closing.enter_async_context(kiosk)

    async def lina(self) -> Agent:
        """Connected and ready."""
        agent = Agent(url=self._services.sockets, agent=LINA.agent, secret=self._services.secret)
        await self._closing.enter_async_context(agent)
        await agent.command("set_state", state="ready")
        return agent


@pytest.fixture
async def setting(fresh: Fresh, tmp_path: Path) -> AsyncIterator[Setting]:
    await fresh.provision()
    world = World(
        kafka=fresh.stack.kafka,
        mongo=fresh.stack.mongo,
        database=fresh.database,
        topic_prefix=fresh.topic_prefix,
        group_suffix=f".{fresh.suffix}",
        extra={"CROUPIER_NOTIFIER_HEARTBEAT_SECONDS": "0.5"},
    )
    store = Store(url=fresh.stack.mongo, database=fresh.database)
    async with AsyncExitStack() as closing:
        closing.push_async_callback(store.close)
        services = await closing.enter_async_context(Services(world, folder=tmp_path))
        await publish_roster([LINA], kafka=world.kafka, topic_prefix=world.topic_prefix)
        await taken_in([LINA], store=store)
        yield Setting(fresh, services, closing)


@pytest.mark.stack
async def test_a_stranger_s_message_is_answered_by_a_stranger_s_agent(setting: Setting) -> None:
    kiosk, lina = await setting.kiosk("vilnius"), await setting.lina()

    message = await kiosk.wrote("c-20418", "m-1", TEXT)
    offer = await lina.card(lambda card: card["last_message"] == message)
    assert (offer["state"], offer["channel"], offer["lang"]) == ("offered", "kiosk", "lt")

    card = (await lina.on(offer, "accept"))["card"]
    assert card["state"] == "accepted"
    entries = await lina.conversation(card["ticket"])
    assert [(entry["id"], entry["text"]) for entry in entries] == [(message, TEXT)]

    await lina.on(card, "reply", text="Premija jau jūsų sąskaitoje.", seen=message)
    reply = await kiosk.next_reply()
    assert (reply["text"], reply["sender"], reply["in_reply_to"]) == (
        "Premija jau jūsų sąskaitoje.",
        "c-20418",
        message,
    )
    await kiosk.delivered(reply)

    after_work = (await lina.on(card, "resolve", seen=message))["card"]
    assert after_work["state"] == "wrap_up"
    gone = (await lina.on(after_work, "finish_wrap_up"))["card"]
    assert (gone["state"], gone["reason"], lina.cards) == ("gone", "resolved", {})


@pytest.mark.stack
async def test_a_stranger_hears_why_a_command_was_not_carried_out(setting: Setting) -> None:
    kiosk, lina = await setting.kiosk("vilnius"), await setting.lina()
    first = await kiosk.wrote("c-1", "m-1", TEXT)
    offer = await lina.card(lambda card: card["last_message"] == first)
    card = (await lina.on(offer, "accept"))["card"]

    second = await kiosk.wrote("c-1", "m-2", "Alio?")
    await lina.card(lambda card: card["last_message"] == second)

    with pytest.raises(Rejected, match="unseen_message"):
        await lina.on(card, "resolve", seen=first)
    assert (await lina.on(card, "resolve", seen=second))["card"]["state"] == "wrap_up"


@pytest.mark.stack
async def test_a_stranger_who_missed_a_card_learns_of_it_by_the_digest(setting: Setting) -> None:
    kiosk, lina = await setting.kiosk("vilnius"), await setting.lina()
    assert (await lina.hears("heartbeat"))["digest"] == lina.digest()
    message = await kiosk.wrote("c-1", "m-1", TEXT)
    offer = await lina.card(lambda card: card["last_message"] == message)
    card = (await lina.on(offer, "accept"))["card"]
    assert (await lina.hears("heartbeat"))["digest"] == lina.digest()

    del lina.cards[card["ticket"]]  # as if it had never come
    assert (await lina.hears("heartbeat"))["digest"] != lina.digest()
    await lina.resync()

    assert lina.cards.keys() == {card["ticket"]}
    assert (await lina.hears("heartbeat"))["digest"] == lina.digest()


@pytest.mark.stack
async def test_each_account_picks_its_replies_by_their_headers(setting: Setting) -> None:
    vilnius, kaunas = await setting.kiosk("vilnius"), await setting.kiosk("kaunas")
    lina = await setting.lina()
    for kiosk in (vilnius, kaunas):
        message = await kiosk.wrote("c-1", "m-1", TEXT)
        offer = await lina.card(lambda card, its=message: card["last_message"] == its)  # type: ignore[misc]
        await lina.on(offer, "accept")
        await lina.on(offer, "reply", text=f"re: {message}")

    for kiosk, town in ((kaunas, "kaunas"), (vilnius, "vilnius")):
        assert town in (await kiosk.next_reply())["text"]


def test_the_foreign_client_imports_nothing_of_ours() -> None:
    tree = ast.parse(Path(foreign_client.__file__).read_text("utf-8"))
    imported: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add("." * node.level + (node.module or ""))
    roots = {name.partition(".")[0] for name in imported}
    assert roots - sys.stdlib_module_names == {"aiokafka", "jwt", "websockets"}
