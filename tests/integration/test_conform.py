"""`croupier conform` against real services, and against integrations that are wrong on purpose."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from cli.processes import Services, World
from cli.roster import publish_roster, taken_in
from cli.token import mint
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.messaging.partition import partition_of
from shared.store import Store
from tests.stacks import Fresh

pytestmark = pytest.mark.stack

CARD = "4111111111111111"
TESTER = AgentProfileChanged(
    desk="main",
    agent="tester",
    skills={"lang.en": 5, "payments": 5, "identity": 5, "betting": 5},
    channels=("conform",),
    capacity=3,
)


async def conform(fresh: Fresh, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and report."""
    env = {**os.environ, "CROUPIER_KAFKA": fresh.stack.kafka}
    process = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).with_name("croupier")), "conform", "--json"),
        *("--prefix", fresh.topic_prefix, *arguments),
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode in (0, 1), err.decode()
    assert out, err.decode()
    return process.returncode, json.loads(out)


def outcomes(report: dict[str, Any], outcome: str) -> dict[str, str]:
    return {each["check"]: each["says"] for each in report["checks"] if each["outcome"] == outcome}


@dataclass
class Setting:
    fresh: Fresh
    services: Services
    store: Store


@pytest.fixture
async def setting(fresh: Fresh, tmp_path: Path) -> AsyncIterator[Setting]:
    await fresh.provision()
    world = World(
        kafka=fresh.stack.kafka,
        mongo=fresh.stack.mongo,
        database=fresh.database,
        topic_prefix=fresh.topic_prefix,
        group_suffix=f".{fresh.suffix}",
        extra={"CROUPIER_INGEST_GROUP_SUFFIX": f".{fresh.suffix}"},
    )
    store = Store(url=fresh.stack.mongo, database=fresh.database)
    async with AsyncExitStack() as closing:
        closing.push_async_callback(store.close)
        services = await closing.enter_async_context(Services(world, folder=tmp_path))
        yield Setting(fresh, services, store)


async def test_a_running_system_keeps_to_the_contract_and_is_left_as_it_was(
    setting: Setting,
) -> None:
    fresh = setting.fresh
    await publish_roster([TESTER], kafka=fresh.stack.kafka, topic_prefix=fresh.topic_prefix)
    await taken_in([TESTER], store=setting.store)
    token = mint("tester", secret=setting.services.secret, ttl=timedelta(minutes=5))
    agent = ("--agent-token", token, "--sockets", setting.services.sockets)

    code, report = await conform(fresh, "--seconds", "20", *agent)

    assert outcomes(report, "failed") == {}
    assert set(outcomes(report, "skipped")) <= {"each is kept as documented"}
    assert (code, report["ok"]) == (0, True)
    assert len(report["checks"]) >= 20
    states = {each["state"] async for each in setting.store["tickets"].find({})}
    assert states <= {"abandoned", "resolved"}


async def test_without_an_agent_answers_are_skipped_and_a_dead_router_is_noticed(
    setting: Setting,
) -> None:
    code, report = await conform(setting.fresh, "--seconds", "20")
    assert (code, outcomes(report, "failed")) == (0, {})
    assert len(outcomes(report, "skipped")) >= 4

    await setting.services["router-0"].stop()
    code, report = await conform(setting.fresh, "--seconds", "2")
    assert code == 1
    assert "is a router running" in outcomes(report, "failed")["a message opens a ticket"]


async def test_without_topics_nothing_is_published(fresh: Fresh) -> None:
    code, report = await conform(fresh)
    assert code == 1
    assert "croupier stack provision" in outcomes(report, "failed")["the topics exist"]


@dataclass
class Integration:
    """Publishes what it is told, however wrong."""

    fresh: Fresh
    producer: AIOKafkaProducer
    account: str

    async def says(
        self,
        message: str,
        *,
        id: str | None = None,
        key: str | None = None,
        astray: int = 0,
        kind: str = "MessageReceived",
        **data: Any,
    ) -> None:
        now = datetime.now(UTC)
        whose = {"channel": "kiosk", "account": self.account, "sender": "c-1"}
        said = {
            **whose,
            "message_id": message,
            "sent_at": now.isoformat(),
            "text": "Sveiki",
            **data,
        }
        event = {"id": id or message, "type": kind, "version": 1, "at": now.isoformat()}
        record_key = (key or ":".join(whose.values())).encode()
        await self.producer.send_and_wait(
            self.fresh.topic("support.inbound.v1"),
            orjson.dumps({**event, "data": said}),
            key=record_key,
            partition=(partition_of(record_key, 12) + astray) % 12,
            headers=[("producer", b"kiosk")],
        )


@pytest.fixture
async def producer(fresh: Fresh) -> AsyncIterator[AIOKafkaProducer]:
    await fresh.provision_topics()
    async with AIOKafkaProducer(
        bootstrap_servers=fresh.stack.kafka, max_request_size=900_000
    ) as producer:
        yield producer


async def test_an_integration_that_is_wrong_is_told_how(
    fresh: Fresh, producer: AIOKafkaProducer
) -> None:
    broken, other = (Integration(fresh, producer, name) for name in ("broken", "other"))
    await broken.says("m-1")
    await broken.says("m-1", text="Labas")
    await broken.says("m-1", id="another")
    await broken.says("m-2", key="kiosk:broken:c-2")
    await broken.says("m-3", astray=1)
    await broken.says("m-4", text=f"mano kortelė {CARD}")
    await broken.says("m-5", sent_at=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    await broken.says("m-6", text="x" * 65_537)
    await broken.says("m-7", kind="CustomerSneezed")
    await broken.says("m-8", padding="x" * 300_000)
    await other.says("m-9", text=CARD)

    code, report = await conform(fresh, "--watch", "kiosk:broken", "--past")

    rules = [each["rule"] for each in report["violations"]]
    assert (code, report["records"]) == (1, 10)
    assert sorted(rules) == [
        "other_body",
        "other_event_id",
        "sent_in_future",
        "too_large",
        "unmasked_card",
        "unreadable",
        "unreadable",
        "wrong_key",
        "wrong_partition",
    ]
    assert CARD not in json.dumps(report)


async def test_an_integration_that_is_right_is_told_so(
    fresh: Fresh, producer: AIOKafkaProducer
) -> None:
    right = Integration(fresh, producer, "right")
    watching = asyncio.create_task(conform(fresh, "--watch", "kiosk:right", "--seconds", "6"))
    while not watching.done():
        await right.says("m-1")
        await right.says("m-2", text="mano kortelė [card …1111]")
        await asyncio.sleep(0.5)

    code, report = await watching
    assert (code, report["violations"]) == (0, [])
    assert report["records"] >= 2
    assert set(report["types"]) == {"MessageReceived"}

    code, report = await conform(fresh, "--watch", "kiosk:nobody", "--past")
    assert (code, report["records"]) == (1, 0)
