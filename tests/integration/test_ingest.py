"""Ingest on a real broker: what is acknowledged is in the topic, whatever happens meanwhile."""

import asyncio
import signal
import smtplib
from typing import Any

import httpx
import pytest

from deploy.stack import Stack
from tests.integration.ingest_process import BOT_SECRET, Ingest, inbound, running_ingest
from tests.stacks import Fresh

pytestmark = pytest.mark.stack


def message(number: int) -> dict[str, Any]:
    return {"message_id": f"m-{number}", "sender": f"u-{number % 7}", "text": f"message {number}"}


async def post(client: httpx.AsyncClient, number: int) -> int:
    """The status; 0 where the connection broke and nothing is known."""
    try:
        answer = await client.post("/v1/messages", json=message(number))
    except httpx.TransportError:
        return 0
    return answer.status_code


def mail(ingest: Ingest) -> int:
    text = "From: a@b.c\r\nAuto-Submitted: auto-replied\r\n\r\nI am away"
    with smtplib.SMTP("127.0.0.1", ingest.smtp_port, local_hostname="client") as client:
        try:
            client.sendmail("a@b.c", ["support@croupier.test"], text)
        except smtplib.SMTPDataError as error:
            return error.smtp_code
    return 250


async def test_all_three_doors_lead_to_the_inbound_topic(fresh: Fresh) -> None:
    await fresh.provision_topics()
    async with running_ingest(fresh) as ingest, ingest.client() as client:
        assert await post(client, 1) == 202
        update = {
            "update_id": 1,
            "message": {
                "message_id": 2,
                "from": {"id": 3},
                "chat": {"id": 3, "type": "private"},
                "date": 1_790_000_000,
                "text": "hi",
            },
        }
        secret = {"X-Telegram-Bot-Api-Secret-Token": BOT_SECRET}
        told = await client.post("/v1/telegram/lucky_bot", json=update, headers=secret)
        assert told.status_code == 200
        assert await asyncio.to_thread(mail, ingest) == 250
        ready = await client.get("/health/ready")
        assert ready.status_code == 200
    keys = {event.key for event in await inbound(fresh)}
    assert keys == {"form:website:u-1", "telegram:lucky_bot:3", "mail:support:a@b.c"}


async def test_a_silent_broker_means_503_and_451_and_nothing_acknowledged_is_lost(
    own_stack: Stack,
) -> None:
    fresh = Fresh(suffix="silent", stack=own_stack)
    await fresh.provision_topics()
    broker = own_stack.parts["kafka-0"]
    async with running_ingest(fresh) as ingest, ingest.client() as client:
        before = [await post(client, number) for number in range(20)]
        broker.pause()
        during = await asyncio.gather(*(post(client, number) for number in range(20, 30)))
        mailed = await asyncio.to_thread(mail, ingest)
        ready = await client.get("/health/ready")
        broker.resume()
        after = [await post_until_accepted(client, number) for number in range(20, 40)]
    assert before == [202] * 20
    assert during == [503] * 10
    assert mailed == 451
    assert (ready.status_code, ready.json()["waiting_for"]) == (503, ["broker"])
    assert after == [202] * 20
    assert {event.message_id for event in await inbound(fresh)} >= {f"m-{n}" for n in range(40)}


async def test_a_broker_that_restarts_is_found_again(own_stack: Stack) -> None:
    fresh = Fresh(suffix="restart", stack=own_stack)
    await fresh.provision_topics()
    broker = own_stack.parts["kafka-0"]
    async with running_ingest(fresh) as ingest, ingest.client() as client:
        assert await post(client, 1) == 202
        await asyncio.to_thread(broker.stop)
        assert await post(client, 2) == 503
        await asyncio.to_thread(broker.start)
        assert await post_until_accepted(client, 2) == 202
    assert {event.message_id for event in await inbound(fresh)} == {"m-1", "m-2"}


async def test_sigterm_under_load_loses_nothing_that_was_acknowledged(fresh: Fresh) -> None:
    await fresh.provision_topics()
    acknowledged: set[int] = set()
    enough = asyncio.Event()

    async def customer(client: httpx.AsyncClient, first: int) -> None:
        for number in range(first, 100_000, 16):
            status = await post(client, number)
            if status == 0:
                return  # the door is closed
            assert status in (202, 503)
            if status == 202:
                acknowledged.add(number)
            if len(acknowledged) >= 300:
                enough.set()

    async with running_ingest(fresh) as ingest, ingest.client() as client:
        customers = [asyncio.create_task(customer(client, first)) for first in range(16)]
        await enough.wait()
        ingest.process.send_signal(signal.SIGTERM)
        assert await ingest.process.wait() == 0
        await asyncio.gather(*customers)
    in_topic = {event.message_id for event in await inbound(fresh)}
    assert in_topic >= {f"m-{number}" for number in acknowledged}


async def test_a_kill_before_the_answer_leaves_the_message_to_the_providers_retry(
    fresh: Fresh,
) -> None:
    await fresh.provision_topics()
    async with (
        running_ingest(fresh, CROUPIER_FAILPOINT="ingest.after_publish=kill:2") as ingest,
        ingest.client() as client,
    ):
        assert await post(client, 1) == 202
        assert await post(client, 2) == 0
        assert await ingest.process.wait() == -signal.SIGKILL
    async with running_ingest(fresh) as ingest, ingest.client() as client:
        assert await post(client, 2) == 202
    ids = sorted(event.entry_id for event in await inbound(fresh))
    assert ids == ["form:website:m-1", "form:website:m-2", "form:website:m-2"]


async def post_until_accepted(client: httpx.AsyncClient, number: int) -> int:
    """What a provider does: the same message again until it is taken."""
    for _ in range(30):
        status = await post(client, number)
        if status == 202:
            break
    return status
