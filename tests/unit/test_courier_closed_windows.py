"""A reply to a customer who has not written for a day goes another way, if there is one: once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.courier.carrier import Carrier
from services.ingest.courier.delivery import Delivery, State
from services.ingest.courier.observer import Observer
from services.ingest.courier.ports import NoAnswer
from services.ingest.courier.sender import Call, Reply, Request, Sender
from shared.contracts.delivery_reported_v1 import DeliveryReported
from shared.runtime.metrics import Metrics
from tests.fakes.courier import FakeDeliveries
from tests.fakes.ingest_doors import NOW, StillClock
from tests.fakes.publisher import FakePublisher
from tests.unit.test_courier_meta import MESSENGER, WHATSAPP, error, reply

Day = Literal[
    "well",
    "throttles",
    "is away",
    "unreached",
    "fails",
    "fails, but delivers",
    "silent",
    "silent, but delivers",
    "dies before",
    "dies after",
    "refuses",
]


class Died(BaseException):
    """The courier, amid a call."""


@dataclass
class Meta:
    """Meta, as far as a reply can tell. closed: whether it takes none but a template, or an agent's
    answer. days: how each call goes in turn; then all is well."""

    closed: bool = False
    days: list[Day] = field(default_factory=list)
    delivered: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def call(self, call: Request) -> Reply:
        assert isinstance(call, Call)
        body = orjson.loads(call.body)
        self.asked.append(body)
        day = self.days.pop(0) if self.days else "well"
        if day == "dies before":
            raise Died
        if day in ("unreached", "silent"):
            raise NoAnswer("no answer", reached=day == "silent")
        plain = "template" not in body and "tag" not in body
        if self.closed and plain:
            return error(131047) if "messaging_product" in body else error(10, 2018278)
        answers: dict[Day, Reply] = {
            "throttles": error(4),
            "is away": error(131016, status=503) if "type" in body else error(1200),
            "fails": error(2, status=500),
            "refuses": error(100),
        }
        if day in answers:
            return answers[day]
        self.delivered.append(body)
        match day:
            case "silent, but delivers":
                raise NoAnswer("no answer", reached=True)
            case "dies after":
                raise Died
            case "fails, but delivers":
                return Reply(502, {}, b"<html>")
        number = len(self.delivered)
        said = {"messages": [{"id": f"wamid.{number}"}], "message_id": f"m_{number}"}
        return Reply(200, {}, orjson.dumps(said))


class Post:
    """A courier, and the next one where it dies."""

    def __init__(self, meta: Meta) -> None:
        self.meta = meta
        self.store, self.publisher = FakeDeliveries(), FakePublisher()
        self.clock = StillClock()

    async def send(self, it: Delivery) -> Delivery:
        [it] = await self.store.take_in([it])
        while it is not None:
            try:
                await self._carrier().carry(it)
                break
            except Died:
                [it] = await self.store.unfinished([it.partition])
        return self.store.by_id[it.reply]

    @property
    def reports(self) -> Sequence[DeliveryReported]:
        return [event.data for event in self.publisher.events]  # type: ignore[misc]

    def _carrier(self) -> Carrier:
        return Carrier(
            store=self.store,
            providers=self.meta,
            publisher=self.publisher,
            senders={(WHATSAPP.channel, name): WHATSAPP for name in ("ours", "asking", "carrying")}
            | {(MESSENGER.channel, name): MESSENGER for name in ("ours", "human")},
            clock=self.clock,
            luck=Random(7),
            observer=Observer(Metrics()),
            slots=asyncio.Semaphore(5),
            doubt_seconds=30.0,
        )


def asked(sender: Sender, account: str, **more: object) -> Delivery:
    times = {"asked_at": NOW, "expires_at": NOW + 86_400.0}
    return reply(sender, account=account, **{**times, **more})


async def closed(it: Delivery, *days: Day) -> tuple[Post, Delivery]:
    post = Post(Meta(closed=True, days=list(days)))
    return post, await post.send(it)


@pytest.mark.parametrize(("lang", "code"), [("lt", "lt"), ("en", "en_US"), ("tr", "en_US")])
async def test_a_template_asks_the_customer_to_write_in_their_language(
    lang: str, code: str
) -> None:
    post, it = await closed(asked(WHATSAPP, "asking", lang=lang))
    assert [each["type"] for each in post.meta.asked] == ["text", "template"]
    [shown] = post.meta.delivered
    assert shown["template"] == {"name": "we_answered", "language": {"code": code}}
    assert shown["to"] == it.recipient
    assert "biz_opaque_callback_data" not in shown  # what becomes of it says nothing of the reply
    [report] = post.reports
    assert (report.status, report.provider_id, report.error) == (
        "failed",
        None,
        "closed window: the template was sent, the customer was asked to write",
    )


async def test_a_template_carries_the_reply_on_one_line() -> None:
    it = asked(WHATSAPP, "carrying", text="First.\n\n\tSecond,     and third.")
    post, it = await closed(it)
    [shown] = post.meta.delivered
    assert shown["template"]["components"] == [
        {
            "type": "body",
            "parameters": [{"type": "text", "text": "First. Second, and third."}],
        }
    ]
    assert shown["biz_opaque_callback_data"] == it.reply
    assert (it.state, it.provider_ids) == (State.SENT, ("wamid.1",))


@pytest.mark.parametrize("text", ["word " * 300, f"Short.\n\n{'x' * 4_096}"])
async def test_a_reply_too_long_for_a_template_is_not_sent_in_part(text: str) -> None:
    post, _ = await closed(asked(WHATSAPP, "carrying", text=text))
    assert post.meta.delivered == []
    [report] = post.reports
    says = "closed window: too long for the template; write it shorter"
    assert (report.error or "").endswith(says)


async def test_a_closed_window_without_another_way_says_what_can_be_done() -> None:
    for it, error_text in (
        (asked(WHATSAPP, "ours"), "closed window: the customer must write first, or be called"),
        (asked(MESSENGER, "ours"), "closed window: the customer must write first"),
    ):
        post, _ = await closed(it)
        assert len(post.meta.asked) == 1
        assert [each.error for each in post.reports] == [error_text]


async def test_an_agent_s_answer_goes_with_the_tag_where_the_app_may() -> None:
    post, it = await closed(asked(MESSENGER, "human", text="x" * 3_000))
    assert it.state is State.SENT
    assert [each.get("tag") for each in post.meta.asked] == [None, "HUMAN_AGENT", "HUMAN_AGENT"]
    assert {each["messaging_type"] for each in post.meta.delivered} == {"MESSAGE_TAG"}


async def test_a_text_of_the_policy_is_no_person_s_answer() -> None:
    post, _ = await closed(asked(MESSENGER, "human", by="system"))
    assert len(post.meta.asked) == 1
    assert [each.error for each in post.reports] == [
        "closed window: only an agent may still answer"
    ]


@pytest.mark.parametrize("account", ["asking", "carrying"])
async def test_a_window_that_is_known_to_be_closed_is_not_tried(account: str) -> None:
    post = Post(Meta())
    await post.send(asked(WHATSAPP, account, heard_at=NOW - 86_401.0))
    assert [each["type"] for each in post.meta.asked] == ["template"]
    [report] = post.reports
    assert report.status == ("sent" if account == "carrying" else "failed")


@pytest.mark.parametrize(
    ("account", "heard_at"), [("asking", NOW - 86_000.0), ("asking", 0.0), ("ours", NOW - 90_000.0)]
)
async def test_otherwise_the_reply_itself_is_tried(account: str, heard_at: float) -> None:
    post = Post(Meta())
    assert (await post.send(asked(WHATSAPP, account, heard_at=heard_at))).state is State.SENT
    assert [each["type"] for each in post.meta.asked] == ["text"]


async def test_a_window_that_closes_while_a_reply_waits_is_closed_for_it() -> None:
    post = Post(Meta(days=["is away"]))
    await post.send(asked(WHATSAPP, "carrying", heard_at=NOW - 86_399.9))
    assert [each["type"] for each in post.meta.asked] == ["text", "template"]


async def test_an_open_window_needs_no_template() -> None:
    post = Post(Meta())
    assert (await post.send(asked(WHATSAPP, "asking"))).state is State.SENT
    assert [each["type"] for each in post.meta.asked] == ["text"]


async def test_a_template_that_is_refused_ends_the_reply() -> None:
    post, _ = await closed(asked(WHATSAPP, "asking"), "well", "refuses")
    assert len(post.meta.asked) == 2
    assert [each.error for each in post.reports] == [
        "closed window: whatsapp answered 100: not accepted"
    ]


async def test_a_template_that_must_wait_is_tried_again() -> None:
    post, it = await closed(asked(WHATSAPP, "carrying"), "well", "is away", "throttles")
    assert [each["type"] for each in post.meta.asked] == ["text", *["template"] * 3]
    assert it.state is State.SENT


async def test_a_template_in_doubt_is_not_sent_again() -> None:
    post, _ = await closed(asked(WHATSAPP, "carrying"), "well", "dies after")
    assert len(post.meta.asked) == 2
    assert [each.error for each in post.reports] == [
        "in doubt, perhaps delivered: its courier stopped amid the call"
    ]


async def test_of_a_request_to_write_that_is_in_doubt_the_reply_itself_is_not() -> None:
    post, _ = await closed(asked(WHATSAPP, "asking"), "well", "silent")
    assert [each.error for each in post.reports] == [
        "closed window: the customer was asked to write, perhaps: no answer"
    ]


DAYS: Sequence[Day] = (
    "well",
    "throttles",
    "is away",
    "unreached",
    "fails",
    "fails, but delivers",
    "silent",
    "silent, but delivers",
    "dies before",
    "dies after",
    "refuses",
)


@given(
    closed=st.booleans(),
    days=st.lists(st.sampled_from(DAYS), max_size=6),
    heard=st.sampled_from([0.0, NOW - 3_600.0, NOW - 86_399.0, NOW - 90_000.0]),
    way=st.sampled_from(
        [
            (WHATSAPP, "ours"),
            (WHATSAPP, "asking"),
            (WHATSAPP, "carrying"),
            (MESSENGER, "ours"),
            (MESSENGER, "human"),
        ]
    ),
)
async def test_whatever_happens_a_customer_gets_one_message_at_most_and_the_report_is_true(
    closed: bool, days: list[Day], heard: float, way: tuple[Sender, str]
) -> None:
    post = Post(Meta(closed=closed, days=days))
    it = await post.send(asked(*way, heard_at=heard))
    got = post.meta.delivered
    assert len(got) <= 1
    [report] = post.reports
    if it.state is State.SENT:
        assert "hello" in str(got)
    elif "hello" in str(got):
        assert "perhaps delivered" in (report.error or "")
    elif got:
        assert (report.error or "").startswith("closed window: ")
