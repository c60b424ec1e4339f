"""A customer writes, an agent answers, and hears what the provider says of the answer."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from cli.agent_desk import Message
from services.notifier.settings import NotifierSettings
from shared.contracts.agent_changed_v1 import AgentChanged
from tests.integration.courier_process import running_courier
from tests.integration.dealer_world import World, surroundings
from tests.integration.ingest_process import running_ingest
from tests.integration.notifier_world import SECRET, Watching, a_notifier, url_of
from tests.stacks import Fresh
from tests.standins.viber import Receipt, ViberStandIn, running_viber

pytestmark = pytest.mark.stack

TOKEN = "4b55dc1d2e3f4a5b-6c7d8e9f0a1b2c3d-4e5f6a7b8c9d0e1f"
CUSTOMER = "9Xf3Kc0aQmZ7pVwT2uLd5A=="


@dataclass
class Floor:
    """Everything between a customer at Viber and an agent."""

    viber: ViberStandIn
    anna: Watching

    async def accepted(self) -> dict[str, Any]:
        """The customer writes; anna takes the ticket."""
        await self.viber.write(CUSTOMER, "Where is my deposit?", 1)
        card: dict[str, Any] = (await self.anna.heard("card"))["card"]
        about = {"ticket": card["ticket"], "assignment": card["assignment"]}
        await self.anna.commands.carry_out("accept", **about)
        return about

    async def page(self, ticket: str, *, after: int = 0) -> Message:
        self.anna.ask(ticket)
        return await self.anna.heard("conversation", times=after + 1)

    async def statuses(self, many: int) -> list[Message]:
        await self.anna.heard("reply_status", times=many)
        return self.anna.all("reply_status")


@asynccontextmanager
async def floor(
    fresh: Fresh, folder: Path, *, at_once: tuple[Receipt, ...] = ()
) -> AsyncIterator[Floor]:
    async with AsyncExitStack() as running:
        world: World = await running.enter_async_context(surroundings(fresh))
        viber = await running.enter_async_context(running_viber(TOKEN))
        accounts = _accounts(folder, viber)
        doors = await running.enter_async_context(
            running_ingest(fresh, CROUPIER_INGEST_ACCOUNTS=str(accounts))
        )
        viber.hook = f"{doors.http}/v1/viber/lucky_viber"
        viber.at_once = at_once
        await running.enter_async_context(running_courier(fresh, accounts))
        await running.enter_async_context(world.dealer(router_role="both"))
        await world.hire("anna", skills={"lang.en": 5, "payments": 5}, channels=("viber",))
        await world.said(AgentChanged, lambda change: change.agent == "anna")
        notifier = await running.enter_async_context(a_notifier(_settings(fresh)))
        anna = await running.enter_async_context(Watching(url=url_of(notifier), agent="anna"))
        await anna.up_to_date()
        await anna.commands.carry_out("set_state", state="ready")
        yield Floor(viber, anna)


def _accounts(folder: Path, viber: ViberStandIn) -> Path:
    (folder / "token").write_text(TOKEN, "utf-8")
    bot = {"secrets": [{"file": "token"}], "name": "Lucky", "api": viber.url}
    path = folder / "accounts.yaml"
    path.write_text(yaml.safe_dump({"viber": {"lucky_viber": bot}}), "utf-8")
    return path


def _settings(fresh: Fresh) -> NotifierSettings:
    given: dict[str, Any] = {
        "kafka": fresh.stack.kafka,
        "mongo": SecretStr(fresh.stack.mongo),
        "database": fresh.database,
        "topic_prefix": fresh.topic_prefix,
        "notifier_port": 0,
        "notifier_secret": SecretStr(SECRET.decode()),
        "notifier_presence_seconds": 1.0,
    }
    return NotifierSettings(**given)


async def test_an_agent_hears_what_became_of_a_reply_and_the_page_shows_it(
    fresh: Fresh, tmp_path: Path
) -> None:
    async with floor(fresh, tmp_path) as there:
        ticket = await there.accepted()
        await there.anna.commands.carry_out("reply", **ticket, text="It is on its way.")
        [sent] = await there.statuses(1)
        assert (sent["ticket"], sent["status"]) == (ticket["ticket"], "sent")

        [(receiver, text, token)] = there.viber.delivered
        assert (receiver, text) == (CUSTOMER, "It is on its way.")
        await there.viber.tell("delivered", CUSTOMER, token)
        _, delivered = await there.statuses(2)
        assert (delivered["reply"], delivered["status"]) == (sent["reply"], "delivered")

        page = await there.page(ticket["ticket"])
        asked, answered = page["entries"]
        assert (asked["by"], asked["text"]) == ("customer", "Where is my deposit?")
        assert (answered["by"], answered["agent"]) == ("agent", "anna")
        assert (answered["text"], answered["status"]) == ("It is on its way.", "delivered")

        # a repetition and an older word change nothing; somebody else's message is nobody's
        await there.viber.tell("delivered", CUSTOMER, token)
        await there.viber.tell("seen", CUSTOMER, 12_345)
        await there.viber.tell("seen", CUSTOMER, token)
        heard = [each["status"] for each in await there.statuses(3)]
        assert heard == ["sent", "delivered", "read"]
        page = await there.page(ticket["ticket"], after=1)
        assert page["entries"][1]["status"] == "read"


async def test_what_a_provider_says_before_it_answers_our_call_is_not_lost(
    fresh: Fresh, tmp_path: Path
) -> None:
    async with floor(fresh, tmp_path, at_once=("delivered", "seen")) as there:
        ticket = await there.accepted()
        await there.anna.commands.carry_out("reply", **ticket, text="It is on its way.")
        heard: list[str] = []
        while "read" not in heard:
            heard = [each["status"] for each in await there.statuses(len(heard) + 1)]
        page = await there.page(ticket["ticket"])
        assert page["entries"][1]["status"] == "read"


async def test_of_a_message_that_failed_after_all_the_agent_hears_why(
    fresh: Fresh, tmp_path: Path
) -> None:
    async with floor(fresh, tmp_path) as there:
        ticket = await there.accepted()
        await there.anna.commands.carry_out("reply", **ticket, text="It is on its way.")
        await there.statuses(1)
        [(_, _, token)] = there.viber.delivered
        await there.viber.tell("failed", CUSTOMER, token, desc="no device could show it")
        _, failed = await there.statuses(2)
        assert (failed["status"], failed["error"]) == ("failed", "viber: no device could show it")
        page = await there.page(ticket["ticket"])
        assert page["entries"][1]["error"] == "viber: no device could show it"
