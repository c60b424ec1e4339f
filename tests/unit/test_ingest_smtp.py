"""The SMTP door, spoken to by the standard library's client."""

import asyncio
import smtplib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import TypeVar

import pytest

from services.ingest.smtp_server import SmtpServer
from shared.contracts.message_received_v1 import MessageReceived
from shared.contracts.registry import decode
from shared.runtime.metrics import MESSAGES
from tests.fakes.ingest_doors import IngestDoors

T = TypeVar("T")
CARD = "4111-1111-1111-1111"


@asynccontextmanager
async def listening(doors: IngestDoors, *, grace: float = 5.0) -> AsyncIterator[SmtpServer]:
    async with SmtpServer(doors.mail_door(), host="127.0.0.1", port=0, grace=grace) as server:
        yield server


async def speak(server: SmtpServer, talk: Callable[[smtplib.SMTP], T]) -> T:
    def connected() -> T:
        with smtplib.SMTP(*server.address, local_hostname="client") as client:
            return talk(client)

    return await asyncio.to_thread(connected)


def mail(text: str = "hello", **headers: str) -> EmailMessage:
    written = EmailMessage()
    written["From"] = "Jonas <jonas@example.lt>"
    written["To"] = "support@croupier.test"
    written["Message-ID"] = "<1@example.lt>"
    for name, value in headers.items():
        written[name.replace("_", "-")] = value
    written.set_content(text)
    return written


def send(client: smtplib.SMTP, *to: str, **content: str) -> dict[str, tuple[int, bytes]]:
    return client.send_message(mail(**content), to_addrs=to or ("support@croupier.test",))


async def test_a_mail_is_answered_250_when_it_is_published() -> None:
    doors = IngestDoors()
    async with listening(doors) as server:
        assert await speak(server, send) == {}
    [event] = doors.publisher.events
    assert isinstance(event.data, MessageReceived)
    assert (event.data.account, event.data.text) == ("support", "hello")
    assert doors.count(MESSAGES, channel="mail", outcome="accepted") == 1


async def test_each_of_our_accounts_gets_the_mail_once() -> None:
    doors = IngestDoors()
    to = ("support@croupier.test", "Help+4711@Croupier.Test", "complaints@croupier.test")
    async with listening(doors) as server:
        await speak(server, lambda client: send(client, *to))
    accounts = [event.data.model_dump()["account"] for event in doors.publisher.events]
    assert accounts == ["support", "complaints"]


async def test_a_mailbox_that_is_not_ours_is_answered_550() -> None:
    doors = IngestDoors()
    async with listening(doors) as server:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            await speak(server, lambda client: send(client, "sales@croupier.test"))
    assert refused.value.recipients["sales@croupier.test"][0] == 550
    assert doors.publisher.confirmed == []


async def test_a_mail_that_is_not_durable_is_answered_451() -> None:
    doors = IngestDoors()
    doors.publisher.mode = "fail"
    async with listening(doors) as server:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            await speak(server, send)
    assert refused.value.smtp_code == 451


async def test_a_bounce_is_taken_and_marked_as_automatic() -> None:
    doors = IngestDoors()

    def bounce(client: smtplib.SMTP) -> None:
        client.sendmail("", ["support@croupier.test"], mail().as_bytes())

    async with listening(doors) as server:
        await speak(server, bounce)
    [record] = doors.publisher.confirmed
    event = decode(record.value).data
    assert isinstance(event, MessageReceived)
    assert event.auto_reply


async def test_a_card_number_in_subject_or_text_does_not_pass_the_door() -> None:
    doors = IngestDoors()
    async with listening(doors) as server:
        await speak(server, lambda client: send(client, text=f"card {CARD}", Subject=CARD))
    assert b"4111" not in doors.publisher.confirmed[0].value


async def test_lines_that_begin_with_a_dot_arrive_as_they_were_written() -> None:
    doors = IngestDoors()
    async with listening(doors) as server:
        await speak(server, lambda client: send(client, text=".dot\n..dots\n."))
    assert doors.publisher.events[0].data.model_dump()["text"] == ".dot\n..dots\n."


async def test_stopping_lets_a_mail_on_its_way_finish_with_250() -> None:
    doors = IngestDoors()
    doors.publisher.mode = "hold"
    async with listening(doors) as server:
        sending = asyncio.create_task(speak(server, send))
        await doors.publisher.waiting.wait()
        asyncio.get_running_loop().call_soon(doors.publisher.release.set)
    assert await sending == {}
    assert len(doors.publisher.confirmed) == 1


async def test_stopping_hangs_up_on_a_mail_that_takes_too_long_without_250() -> None:
    doors = IngestDoors()
    doors.publisher.mode = "hang"
    async with listening(doors, grace=0.01) as server:
        sending = asyncio.create_task(speak(server, send))
        await doors.publisher.waiting.wait()
    with pytest.raises(smtplib.SMTPServerDisconnected):
        await sending
    assert doors.publisher.confirmed == []
