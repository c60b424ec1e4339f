"""docs/contracts.md keeps its word: its samples are events, its program runs, its figures hold."""

import asyncio
import doctest
import json
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, Self

import pytest

from shared.contracts import decode
from shared.contracts.base import MAX_RECORD_BYTES, MAX_TEXT
from shared.contracts.inbound import InboundEvent
from shared.contracts.registry import CONTRACTS
from shared.messaging import deadletter
from shared.messaging.partition import partition_of

PAGE = (Path(__file__).parents[2] / "docs" / "contracts.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


class Published(NamedTuple):
    topic: str
    value: bytes
    key: bytes


class Reply(NamedTuple):
    headers: tuple[tuple[str, bytes], ...]
    value: bytes


class FakeClient:
    """Stands for aiokafka: keeps what is published, and has two replies to read."""

    published: list[Published]
    options: list[dict[str, Any]]

    def __init__(self, *_topics: str, **options: Any) -> None:
        self.options.append(options)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def send_and_wait(self, topic: str, value: bytes, *, key: bytes) -> None:
        self.published.append(Published(topic, value, key))

    async def __aiter__(self) -> AsyncIterator[Reply]:
        for account in ("vilnius-1", "kaunas-7"):
            headers = (("channel", b"kiosk"), ("account", account.encode()))
            yield Reply(headers, json.dumps({"data": {"text": f"reply to {account}"}}).encode())


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> type[FakeClient]:
    module = ModuleType("aiokafka")
    fake = type("Client", (FakeClient,), {"published": [], "options": []})
    vars(module).update(AIOKafkaProducer=fake, AIOKafkaConsumer=fake)
    monkeypatch.setitem(sys.modules, "aiokafka", module)
    monkeypatch.setenv("CROUPIER_KAFKA", "127.0.0.1:9092")
    return fake


@pytest.mark.parametrize("block", blocks("json"))
def test_every_sample_on_the_page_is_an_event_with_fields_we_know(block: str) -> None:
    sample = json.loads(block)
    event = decode(block.encode())
    assert sample.keys() <= type(event).model_fields.keys()
    assert sample["data"].keys() <= type(event.data).model_fields.keys()


def test_the_page_shows_a_message_an_edit_a_profile_a_reply_and_a_report() -> None:
    shown = [json.loads(block)["type"] for block in blocks("json")]
    assert shown == [
        "MessageReceived",
        "MessageEdited",
        "CustomerProfileChanged",
        "ReplyRequested",
        "DeliveryReported",
    ]


async def test_the_first_program_publishes_an_event_under_its_key(
    client: type[FakeClient], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (program,) = blocks("python")
    monkeypatch.setattr(asyncio, "run", lambda coroutine: coroutine.close())
    namespace: dict[str, Any] = {}
    exec(compile(program, "docs/contracts.md", "exec"), namespace)
    await namespace["main"]()
    (record,) = client.published
    data = decode(record.value).data
    assert (record.topic, record.key.decode()) == (data.TOPIC, data.key)
    assert capsys.readouterr().out == "reply to vilnius-1\n"
    assert any(
        options.get("acks") == "all" and options.get("enable_idempotence")
        for options in client.options
    )


def test_the_first_program_fits_on_a_screen() -> None:
    (program,) = blocks("python")
    assert len([line for line in program.splitlines() if line]) <= 25


def test_the_page_names_every_event_of_the_inbound_topic() -> None:
    for contract in CONTRACTS:
        if issubclass(contract, InboundEvent):
            assert f"| `{contract.TYPE}` |" in PAGE


def test_the_page_gives_the_limits_of_the_code() -> None:
    assert f"| {MAX_RECORD_BYTES:,} bytes (256 KiB) |" in PAGE
    assert f"| {MAX_TEXT:,} characters |" in PAGE


def test_the_page_names_the_headers_of_a_dead_letter() -> None:
    for header in (
        deadletter.REASON,
        deadletter.ORIGIN_TOPIC,
        deadletter.ORIGIN_PARTITION,
        deadletter.ORIGIN_OFFSET,
        deadletter.LEFT_BEHIND,
    ):
        assert f"`{header}`" in PAGE


@pytest.mark.parametrize(
    ("key", "hash_of_java_clients"),
    [(b"21", -973932308), (b"foobar", -790332482), (b"abc", 479470107)],
)
def test_the_partition_is_that_of_a_java_client(key: bytes, hash_of_java_clients: int) -> None:
    assert partition_of(key, 12) == (hash_of_java_clients & 0x7FFFFFFF) % 12


def test_the_example_of_masking_gives_what_the_page_says() -> None:
    [example] = blocks("pycon")
    test = doctest.DocTestParser().get_doctest(example, {}, "contracts.md", None, 0)

    assert doctest.DocTestRunner().run(test) == doctest.TestResults(failed=0, attempted=2)
