"""What only a provider's list has arrives once, beside what came by a webhook, too."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from cli.processes import Services, World
from services.ingest.channels.telegram import SECRET_HEADER
from shared.runtime.clock import SystemClock, utc
from shared.store import Store
from tests.fakes.twilio import sign, sms
from tests.integration.courier_process import TOKEN, TWILIO_SID
from tests.stacks import Fresh
from tests.standins.telegram import TelegramStandIn, running_telegram
from tests.standins.twilio import TwilioStandIn, running_twilio

pytestmark = pytest.mark.stack

SECRET = "the_secret_of_our_bot"
PUBLIC = "http://croupier.test"


@dataclass
class Rig:
    """All services, running, and the providers that they poll."""

    telegram: TelegramStandIn
    twilio: TwilioStandIn
    services: Services
    store: Store

    async def post(self, path: str, **request: Any) -> None:
        async with httpx.AsyncClient(base_url=self.services["ingest"].url) as client:
            assert (await client.post(path, **request)).status_code == 200

    async def stored(self, many: int) -> Mapping[str, str | None]:
        """Message → its ticket, once there are so many."""
        while True:
            found = {each["_id"]: each async for each in self.store["messages"].find({})}
            if len(found) >= many:
                return {id: each["text"] for id, each in found.items()}
            await asyncio.sleep(0.1)

    async def metric(self, name: str, **labels: str) -> float:
        async with httpx.AsyncClient(base_url=self.services["poller"].url) as client:
            lines = (await client.get("/metrics")).text.splitlines()
        told = ",".join(f'{label}="{value}"' for label, value in labels.items())
        return next((float(each.split()[-1]) for each in lines if f"{name}{{{told}}}" in each), 0.0)

    async def until(self, many: float, name: str, **labels: str) -> None:
        while True:
            if await self.metric(name, **labels) >= many:
                return
            await asyncio.sleep(0.1)


@pytest.fixture
async def rig(fresh: Fresh, tmp_path: Path) -> AsyncIterator[Rig]:
    await fresh.provision()
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "secret").write_text(SECRET)
    async with AsyncExitStack() as closing:
        telegram = await closing.enter_async_context(running_telegram(TOKEN))
        twilio = await closing.enter_async_context(running_twilio(TWILIO_SID, TOKEN))
        token, secret = [{"file": "token"}], [{"file": "secret"}]
        polled = {"token": token, "poll": True}
        bot = {"secrets": secret, "api": telegram.url, **polled}
        line = {"secrets": token, "api": twilio.url, "account_sid": TWILIO_SID, **polled}
        accounts = tmp_path / "accounts.yaml"
        accounts.write_text(yaml.safe_dump({"telegram": {"bot": bot}, "twilio": {"line": line}}))
        world = World(
            kafka=fresh.stack.kafka,
            mongo=fresh.stack.mongo,
            database=fresh.database,
            topic_prefix=fresh.topic_prefix,
            group_suffix=f".{fresh.suffix}",
            accounts=accounts,
            extra={
                "CROUPIER_INGEST_POLL_SECONDS": "1",
                "CROUPIER_INGEST_PUBLIC_URL": PUBLIC,
                "CROUPIER_INGEST_GROUP_SUFFIX": f".{fresh.suffix}",
            },
        )
        store = Store(url=fresh.stack.mongo, database=fresh.database)
        closing.push_async_callback(store.close)
        services = await closing.enter_async_context(Services(world, folder=tmp_path / "up"))
        yield Rig(telegram, twilio, services, store)


async def test_what_only_the_list_has_arrives_and_what_came_by_both_counts_once(rig: Rig) -> None:
    now = SystemClock().now()
    rig.twilio.moods.extend(("throttles", "is away"))
    for number in range(12):
        sid, text = f"SM{number:032x}", f"deposit {number} is missing"
        whom = {"body": text, "sender": f"+3706000{number:04}"}
        rig.twilio.lists(sid, utc(now - 300 + number), **whom)
        if number % 3 == 0:
            posted = sms(MessageSid=sid, AccountSid=TWILIO_SID, Body=text, From=whom["sender"])
            signed = sign(f"{PUBLIC}/v1/twilio/line", posted, token=TOKEN)
            await rig.post("/v1/twilio/line", data=posted, headers={"X-Twilio-Signature": signed})
    updates = [_update(number) for number in range(12)]
    for update in updates[::3]:
        await rig.post("/v1/telegram/bot", json=update, headers={SECRET_HEADER: SECRET})
    rig.telegram.happens(*updates)

    stored = await rig.stored(24)
    await rig.until(12, "croupier_polled_total", channel="twilio", outcome="published")
    await rig.until(12, "croupier_polled_total", channel="telegram", outcome="published")
    tickets = [each async for each in rig.store["tickets"].find({})]

    assert Counter(id.split(":")[0] for id in stored) == {"sms": 12, "telegram": 12}
    assert {id for id in stored if id.startswith("sms")} == {
        f"sms:line:SM{number:032x}" for number in range(12)
    }
    assert Counter(each["entries"] for each in tickets) == {1: 24}  # each a customer of their own
    assert rig.telegram.updates == []  # all confirmed
    assert await rig.metric("croupier_polls_total", channel="twilio", outcome="throttled") == 1


async def test_a_webhook_in_the_way_is_waited_out(rig: Rig) -> None:
    rig.telegram.webhook = f"{PUBLIC}/v1/telegram/bot"
    await rig.until(1, "croupier_polls_total", channel="telegram", outcome="conflict")
    assert await rig.metric("croupier_poll_failing", account="telegram:bot") == 1
    log = rig.services["poller"].spec.log.read_text()
    assert "this bot has a webhook; call deleteWebhook" in log
    assert TOKEN not in log


def _update(number: int) -> dict[str, Any]:
    person = {"id": 500 + number, "is_bot": False, "first_name": "Rita"}
    chat = {"id": 500 + number, "type": "private"}
    text = f"withdrawal {number} is late"
    at = int(SystemClock().now()) - 60
    message = {"message_id": 7, "from": person, "chat": chat, "date": at, "text": text}
    return {"update_id": 900 + number, "message": message}
