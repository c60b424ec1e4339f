"""The mail door as mail servers meet it: a process of its own, spoken to by real clients."""

import asyncio
import signal
import ssl
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy.stack.ports import free_ports
from shared.contracts.message_received_v1 import MessageReceived
from tests.integration.ingest_process import Ingest, inbound, running_ingest
from tests.integration.letters import Letter, nested, plain, samples, with_a_big_file
from tests.integration.mail_clients import CLIENTS, HOST, Client, certificate
from tests.stacks import Fresh

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]

SENDERS = 6


def in_files(letters: Sequence[Letter], folder: Path) -> list[Path]:
    paths = [folder / f"{letter.name}.eml" for letter in letters]
    for path, letter in zip(paths, letters, strict=True):
        path.write_bytes(letter.raw)
    return paths


async def received(fresh: Fresh) -> list[MessageReceived]:
    events = await inbound(fresh)
    messages = [event for event in events if isinstance(event, MessageReceived)]
    assert len(messages) == len(events)
    return messages


def is_of(event: MessageReceived, letter: Letter) -> bool:
    return (event.sender, event.subject or "") == (letter.sender, letter.subject)


@pytest.mark.parametrize("client", CLIENTS)
async def test_every_mail_becomes_one_message_with_its_words_and_files(
    client: Client, fresh: Fresh, tmp_path: Path
) -> None:
    await fresh.provision_topics()
    letters = [*samples(), nested(), with_a_big_file(), plain("utf8", "Žiūrėk — «ёж», İstanbul")]
    async with running_ingest(fresh) as ingest:
        for path in in_files(letters, tmp_path):
            assert await asyncio.to_thread(client, ingest.smtp_port, path, None), path
    events = await received(fresh)
    assert len({event.entry_id for event in events}) == len(events) == len(letters) >= 30
    for letter in letters:
        [event] = [each for each in events if is_of(each, letter)]
        assert event.text.startswith(letter.begins), letter.name
        assert tuple(file.name for file in event.attachments) == letter.files, letter.name
        assert "\ufffd" not in f"{event.text}{event.subject}{event.sender_name}"


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_conversation_goes_over_to_tls(
    client: Client, fresh: Fresh, tmp_path: Path
) -> None:
    await fresh.provision_topics()
    cert, key = certificate(tmp_path)
    tls = {"CROUPIER_INGEST_SMTP_TLS_CERT": str(cert), "CROUPIER_INGEST_SMTP_TLS_KEY": str(key)}
    letters = [plain("secret", "Не для чужих глаз"), with_a_big_file()]
    async with running_ingest(fresh, **tls) as ingest:
        for path in in_files(letters, tmp_path):
            assert await asyncio.to_thread(client, ingest.smtp_port, path, cert), path
    assert {event.subject for event in await received(fresh)} == {"secret", "big"}


async def test_what_was_said_before_tls_counts_for_nothing_after(
    fresh: Fresh, tmp_path: Path
) -> None:
    cert, key = certificate(tmp_path)
    tls = {"CROUPIER_INGEST_SMTP_TLS_CERT": str(cert), "CROUPIER_INGEST_SMTP_TLS_KEY": str(key)}
    async with running_ingest(fresh, **tls) as ingest:
        reader, writer = await asyncio.open_connection(HOST, ingest.smtp_port)
        assert await answer(reader) == "220"
        # somebody on the wire slips commands in behind STARTTLS
        writer.write(b"EHLO a\r\n")
        assert await answer(reader) == "250"
        writer.write(b"STARTTLS\r\nEHLO thief\r\nMAIL FROM:<thief@example.com>\r\n")
        assert await answer(reader) == "220"
        await writer.start_tls(ssl.create_default_context(cafile=str(cert)))
        writer.write(b"EHLO a\r\nRCPT TO:<support@croupier.test>\r\nQUIT\r\n")
        assert [await answer(reader) for _ in range(3)] == ["250", "503", "221"]
        writer.close()


async def answer(reader: asyncio.StreamReader) -> str:
    """The code of one answer, of however many lines."""
    while True:
        line = await reader.readuntil(b"\r\n")
        if line[3:4] == b" ":
            return line[:3].decode()


async def says(ingest: Ingest, *said: bytes, answers: int) -> list[str]:
    """Say these, each as soon as the one before has been written; so many codes, in order."""
    reader, writer = await asyncio.open_connection(HOST, ingest.smtp_port)
    for each in said:
        writer.write(each)
        await writer.drain()
    codes = [await answer(reader) for _ in range(answers)]
    writer.close()
    return codes


OPENING = (
    b"EHLO client.example\r\n",
    b"MAIL FROM:<jonas@example.lt> BODY=8BITMIME\r\n",
    b"RCPT TO:<support@croupier.test>\r\n",
    b"DATA\r\n",
)


async def test_what_mail_servers_may_do_and_what_they_may_not(fresh: Fresh) -> None:
    await fresh.provision_topics()
    async with running_ingest(fresh) as ingest:
        pipelined = b"".join(OPENING) + plain("first", "ačiū").raw + b".\r\n"
        pipelined += b"".join(OPENING[1:]) + plain("second", "dar kartą").raw + b".\r\nQUIT\r\n"
        first = ["220", "250", "250", "250", "354", "250"]
        assert await says(ingest, pipelined, answers=11) == [*first, *first[2:], "221"]

        many = b"EHLO a\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<nobody@else.test>\r\nDATA\r\n"
        assert await says(ingest, many, answers=5) == ["220", "250", "250", "550", "503"]

        smuggled = b"Subject: one\r\n\r\nHello\n.\nMAIL FROM:<thief@example.com>\n.\r\n.\r\n"
        assert await says(ingest, *OPENING, smuggled, answers=6) == first

        long_line = b"Subject: long\r\n\r\n" + b"a" * 100_000 + b"\r\n.\r\n"
        assert await says(ingest, *OPENING, long_line, answers=6) == [*first[:5], "500"]

        html_in_one_line = plain("wide", "b" * 60_000).raw + b".\r\n"
        assert await says(ingest, *OPENING, html_in_one_line, answers=6) == first

        claimed = b"EHLO a\r\nMAIL FROM:<a@b.c> SIZE=99000000\r\n"
        assert await says(ingest, claimed, answers=3) == ["220", "250", "552"]

        megabyte = (b"a" * 998 + b"\r\n") * 1_000
        unclaimed = [b"Subject: endless\r\n\r\n", *[megabyte] * 37, b".\r\nNOOP\r\n"]
        assert await says(ingest, *OPENING, *unclaimed, answers=7) == [*first[:5], "552", "250"]

        noise = b"A" * 100_000 + b"\r\nNOOP\r\n"
        assert await says(ingest, noise, answers=3) == ["220", "500", "250"]
    events = await received(fresh)
    assert {event.subject for event in events} == {"first", "second", "one", "wide"}
    assert len(events) == 4


async def test_a_mail_of_which_the_end_never_came_is_no_message(fresh: Fresh) -> None:
    await fresh.provision_topics()
    letter = plain("half", "only half of this")
    async with running_ingest(fresh) as ingest:
        codes = await says(ingest, *OPENING, letter.raw[:-20], answers=5)
        assert codes == ["220", "250", "250", "250", "354"]
        ingest.process.send_signal(signal.SIGKILL)
        await ingest.process.wait()
    async with running_ingest(fresh) as ingest:
        assert await says(ingest, *OPENING, letter.raw + b".\r\n", answers=6) == [*codes, "250"]
    [event] = await received(fresh)
    assert event.text == "only half of this"


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("point", ["ingest.before_publish", "ingest.after_publish"])
async def test_a_kill_after_data_loses_no_mail_and_doubles_none(
    client: Client, point: str, fresh: Fresh, tmp_path: Path
) -> None:
    """Clients do as mail servers do: what was not answered 250 they hand in again."""
    await fresh.provision_topics()
    letters = [plain(f"n{number}", f"laiškas {number}") for number in range(60)]
    waiting = in_files(letters, tmp_path)
    [port] = free_ports(1)
    is_open, tries = asyncio.Event(), Counter[str]()

    async def sender() -> None:
        while waiting:
            path = waiting.pop()
            handed_in = False
            while not handed_in:
                await is_open.wait()
                tries[path.stem] += 1
                handed_in = await asyncio.to_thread(client, port, path, None)

    sending = asyncio.gather(*(sender() for _ in range(SENDERS)))
    for hit in (1, 9, 17):
        spec = f"{point}=kill:{hit}"
        settings = {"CROUPIER_INGEST_SMTP_PORT": str(port), "CROUPIER_FAILPOINT": spec}
        async with running_ingest(fresh, **settings) as ingest:
            is_open.set()
            assert await ingest.process.wait() == -signal.SIGKILL
            is_open.clear()
    async with running_ingest(fresh, CROUPIER_INGEST_SMTP_PORT=str(port)):
        is_open.set()
        await sending

    events = await received(fresh)
    by_id = Counter(event.entry_id for event in events)
    assert len(by_id) == len(letters)
    assert {event.subject for event in events} == {letter.name for letter in letters}
    again = sum(tries.values()) - len(letters)
    assert again >= 3
    # a mail that was confirmed by the broker and not answered comes again under its id
    assert sum(by_id.values()) - len(by_id) <= again
