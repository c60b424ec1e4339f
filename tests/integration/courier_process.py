"""The courier as its own process, the way it runs in production, and what it says."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from aiokafka import AIOKafkaConsumer

from shared.contracts import decode, wrap
from shared.contracts.delivery_reported_v1 import DeliveryReported
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.messaging.consuming import started
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.messaging.records import outgoing
from shared.messaging.topics import topic
from shared.runtime.clock import SystemClock, utc
from tests.integration.ingest_process import drain, line
from tests.stacks import Fresh
from tests.standins.meta import NUMBER

BOT = "lucky_bot"
TOKEN = "1234567:the-token-of-our-bot"
SECRET = "the_secret_of_our_bot"
TWILIO_SID = "AC" + "5" * 32
SENDERS = {"sms": "+{}", "mail": "c{}@example.test"}
"""A customer's id, from their number."""


@dataclass
class Courier:
    """A running courier."""

    process: asyncio.subprocess.Process


MORE: Mapping[str, Mapping[str, Any]] = {
    "vk": {"group_id": 7, "confirmation": "abc"},
    "twilio": {"account_sid": TWILIO_SID, "send_from": {"sms": "+37052000000"}},
    "messenger": {"verify_tokens": [{"file": "secret"}]},
    "whatsapp": {"verify_tokens": [{"file": "secret"}], "ids": [NUMBER]},
}


def accounts_file(folder: Path, *, section: str = "telegram", api: str, **more: object) -> Path:
    """One account with a token, whose API is at this address. more: what else is said of it."""
    (folder / "token").write_text(TOKEN, "utf-8")
    (folder / "secret").write_text(SECRET, "utf-8")
    account: dict[str, Any] = {
        "secrets": [{"file": "secret"}],
        "token": [{"file": "token"}],
        "api": api,
        **MORE.get(section, {}),
        **more,
    }
    return written(folder, {section: {BOT: account}})


def mail_file(folder: Path, *, host: str, port: int) -> Path:
    """One mailbox, whose mail goes out by this server."""
    outgoing = {"host": host, "port": port, "tls": "none"}
    mailbox = {"addresses": ["support@croupier.test"], "outgoing": outgoing}
    return written(folder, {"mail": {BOT: mailbox}})


def written(folder: Path, accounts: Mapping[str, Any]) -> Path:
    path = folder / "accounts.yaml"
    path.write_text(yaml.safe_dump(accounts), "utf-8")
    return path


@asynccontextmanager
async def running_courier(fresh: Fresh, accounts: Path, **settings: str) -> AsyncIterator[Courier]:
    """Start it, wait until it has partitions, and kill it at the end if it still runs."""
    env = {
        **os.environ,
        "CROUPIER_KAFKA": fresh.stack.kafka,
        "CROUPIER_MONGO": fresh.stack.mongo,
        "CROUPIER_DATABASE": fresh.database,
        "CROUPIER_TOPIC_PREFIX": fresh.topic_prefix,
        "CROUPIER_INGEST_ROLE": "courier",
        "CROUPIER_INGEST_GROUP_SUFFIX": fresh.suffix,
        "CROUPIER_INGEST_PORT": "0",
        "CROUPIER_INGEST_ACCOUNTS": str(accounts),
        "CROUPIER_INGEST_CALL_SECONDS": "1",
        **settings,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.ingest"), env=env, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    await line(process.stderr, "courier.assigned")
    draining = asyncio.create_task(drain(process.stderr))
    try:
        yield Courier(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await draining


async def ask(fresh: Fresh, replies: Sequence[ReplyRequested]) -> None:
    """Publish replies as the dealer does."""
    config = ProducerConfig(
        kafka=fresh.stack.kafka, client_id="test", topic_prefix=fresh.topic_prefix
    )
    at = utc(SystemClock().now())
    async with KafkaPublisher(config) as publisher:
        events = (wrap(each, id=f"{each.reply}:asked", at=at) for each in replies)
        await publisher.publish([outgoing(each) for each in events])


def reply(
    number: int,
    *,
    chat: int,
    channel: str = "telegram",
    account: str = BOT,
    in_reply_to: str | None = None,
) -> ReplyRequested:
    return ReplyRequested(
        reply=f"r-{number}",
        ticket=f"t-{chat}",
        channel=channel,
        account=account,
        sender=SENDERS.get(channel, "{}").format(chat),
        text=f"reply {number}",
        agent="anna",
        in_reply_to=in_reply_to,
    )


async def reports_until(
    fresh: Fresh, enough: Callable[[list[DeliveryReported]], bool]
) -> list[DeliveryReported]:
    """What was reported, from the beginning, once it is enough."""
    name = topic(DeliveryReported.TOPIC, fresh.topic_prefix)
    consumer = AIOKafkaConsumer(
        name, bootstrap_servers=fresh.stack.kafka, auto_offset_reset="earliest"
    )
    reports: list[DeliveryReported] = []
    async with started(consumer):
        while not enough(reports):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    data = decode(record.value).data
                    assert isinstance(data, DeliveryReported)
                    assert record.key == data.key.encode()
                    reports.append(data)
    return reports
