"""A reply's way to a provider that fails, throttles, hangs, or takes it."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import orjson
import pytest

from services.ingest.channels.telegram import Bot
from services.ingest.courier.carrier import Carrier, NotOurs
from services.ingest.courier.delivery import Delivery, State, begun
from services.ingest.courier.lines import Lines
from services.ingest.courier.observer import Observer
from services.ingest.courier.ports import NoAnswer
from services.ingest.courier.sender import Call, Reply, Unsendable
from services.ingest.courier.senders.telegram import TelegramSender
from services.ingest.secrets import Secrets
from shared.contracts.delivery_reported_v1 import DeliveryReported
from shared.runtime.metrics import PROVIDER_CALLS, REPLIES_ENDED, Metrics
from tests.fakes.courier import FakeDeliveries, FakeProviders, telegram_error
from tests.fakes.ingest_doors import NOW, StillClock
from tests.fakes.publisher import FakePublisher

TOKEN = "1234567:the-token-of-our-bot"
BOT = Bot(secrets=Secrets.of("the_secret_of_our_bot"), token=Secrets.of(TOKEN))
UNREACHED = NoAnswer("cannot be reached", reached=False)
SILENT = NoAnswer("no answer", reached=True)


class Post:
    """A courier with one bot, on a clock that jumps."""

    def __init__(self, *answers: Reply | NoAnswer) -> None:
        self.store = FakeDeliveries()
        self.providers = FakeProviders(deque(answers))
        self.publisher = FakePublisher()
        self.clock = StillClock()
        self.metrics = Metrics()
        self.carrier = Carrier(
            store=self.store,
            providers=self.providers,
            publisher=self.publisher,
            senders={("telegram", "lucky_bot"): TelegramSender({"lucky_bot": BOT})},
            clock=self.clock,
            luck=Random(7),
            observer=Observer(self.metrics),
            slots=asyncio.Semaphore(5),
            doubt_seconds=30.0,
        )

    async def send(self, text: str = "hello", *, in_reply_to: str | None = None) -> Delivery:
        """A reply to customer 7, and what became of it."""
        return (await self.carry(reply(text=text, in_reply_to=in_reply_to)))[0]

    async def carry(self, *deliveries: Delivery) -> list[Delivery]:
        failures: list[Exception] = []
        lines = Lines(self.carrier, on_failed=failures.append)
        lines.add(await self.store.take_in(deliveries))
        while lines.length:
            assert not failures, failures
            await asyncio.sleep(0)
        return [self.store.by_id[each.reply] for each in deliveries]

    @property
    def reports(self) -> Sequence[DeliveryReported]:
        events = [event.data for event in self.publisher.events]
        assert all(isinstance(each, DeliveryReported) for each in events)
        return events  # type: ignore[return-value]


def reply(number: int = 1, *, customer: str = "7", **more: object) -> Delivery:
    known = {
        "reply": f"r-{number}",
        "ticket": "t-1",
        "key": f"telegram:lucky_bot:{customer}",
        "partition": 0,
        "offset": number,
        "channel": "telegram",
        "account": "lucky_bot",
        "recipient": customer,
        "text": f"reply {number}",
        "asked_at": NOW,
        "expires_at": NOW + 86_400.0,
    }
    return Delivery(**{**known, **more})  # type: ignore[arg-type]


async def test_a_reply_is_sent_once_and_reported() -> None:
    post = Post()
    sent = await post.send("hello", in_reply_to="telegram:lucky_bot:7.55")
    [call] = post.providers.calls
    assert call.url == f"https://api.telegram.org/bot{TOKEN}/sendMessage"
    assert orjson.loads(call.body) == {
        "chat_id": 7,
        "text": "hello",
        "reply_parameters": {"message_id": 55, "allow_sending_without_reply": True},
    }
    assert (sent.state, sent.reported, sent.provider_ids) == (State.SENT, True, ("1",))
    [report] = post.reports
    assert (report.reply, report.status, report.provider_id) == ("r-1", "sent", "1")
    assert post.publisher.confirmed[0].key == b"telegram:lucky_bot:7"


async def test_a_long_reply_goes_in_parts_and_is_reported_once() -> None:
    post = Post()
    sent = await post.send("word " * 1_000)
    assert [len(text) for text in post.providers.texts] == [4_094, 905]
    assert (sent.state, len(post.reports)) == (State.SENT, 1)


async def test_a_provider_that_throttles_is_left_alone_for_as_long_as_it_says() -> None:
    post = Post(telegram_error(429, "Too Many Requests: retry after 31", retry_after=31))
    sent = await post.send()
    assert sent.state is State.SENT
    assert len(post.providers.calls) == 2
    assert post.clock.now() >= NOW + 31


async def test_what_did_not_reach_the_provider_is_tried_until_it_does() -> None:
    post = Post(*[UNREACHED] * 4, telegram_error(503))
    sent = await post.send()
    assert (sent.state, len(post.providers.calls)) == (State.SENT, 6)
    assert [each.status for each in post.reports] == ["sent"]


@pytest.mark.parametrize("answer", [SILENT, telegram_error(500), telegram_error(502)])
async def test_what_may_have_been_delivered_is_not_sent_again_but_reported(
    answer: Reply | NoAnswer,
) -> None:
    post = Post(answer)
    assert (await post.send()).state is State.FAILED
    assert len(post.providers.calls) == 1
    [report] = post.reports
    assert report.status == "failed"
    assert (report.error or "").startswith("in doubt, perhaps delivered: ")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (
            telegram_error(403, "Forbidden: bot was blocked by the user"),
            "telegram answered 403: the customer blocked the bot",
        ),
        (
            telegram_error(400, "Bad Request: chat not found"),
            "telegram answered 400: there is no such chat",
        ),
        (
            telegram_error(400, "Bad Request: about 4111 1111"),
            "telegram answered 400: not accepted",
        ),
    ],
)
async def test_what_the_provider_refuses_is_reported_in_words_of_ours(
    answer: Reply, error: str
) -> None:
    post = Post(answer)
    await post.send()
    assert [(each.status, each.error) for each in post.reports] == [("failed", error)]


async def test_a_reply_that_cannot_be_sent_for_a_day_is_given_up_and_reported() -> None:
    post = Post(*[UNREACHED] * 2_000)
    assert (await post.send()).state is State.FAILED
    [report] = post.reports
    assert report.error == "given up: cannot be reached"
    assert post.clock.now() >= NOW + 86_400 - 600


async def test_replies_to_one_customer_keep_their_order_and_others_do_not_wait_for_them() -> None:
    post = Post(UNREACHED)
    await post.carry(reply(1), reply(2), reply(3, customer="8"), reply(4))
    texts = post.providers.texts
    assert [text for text in texts if text != "reply 3"] == [
        "reply 1",
        "reply 1",
        "reply 2",
        "reply 4",
    ]


async def test_an_account_whose_calls_fail_is_left_alone_then_tried_with_one_call() -> None:
    post = Post(*[UNREACHED] * 5)
    began = post.clock.now()
    for number in range(5):
        post.store.by_id.clear()
        await post.carry(reply(number, customer=str(number)))
        if post.carrier.breakers["telegram:lucky_bot"].is_open:
            break
    assert not post.carrier.breakers["telegram:lucky_bot"].is_open
    assert post.clock.now() - began >= 15


async def test_one_chat_gets_three_at_once_and_then_one_a_second() -> None:
    post = Post()
    await post.carry(*(reply(number) for number in range(1, 9)))
    assert 4.9 <= post.clock.now() - NOW <= 5.1


async def test_a_store_that_is_away_for_a_while_delays_and_doubles_nothing() -> None:
    post = Post()
    it = reply()
    await post.store.take_in([it])
    post.store.fail = 3
    post.store.lose = 2
    await post.carrier.carry(it)
    assert len(post.providers.calls) == 1
    assert post.store.by_id["r-1"].state is State.SENT


async def test_an_answer_that_the_store_lost_is_no_reason_to_call_again() -> None:
    for lost in range(1, 4):
        post = Post()
        it = reply()
        await post.store.take_in([it])
        post.store.lose = lost
        await post.carrier.carry(it)
        assert len(post.providers.calls) == 1
        assert [each.status for each in post.reports] == ["sent"]


async def test_a_reply_whose_courier_died_amid_the_call_is_reported_in_doubt() -> None:
    post = Post()
    it = begun(reply(), now=post.clock.now())
    post.store.by_id[it.reply] = it
    await post.carrier.carry(it)
    assert post.providers.calls == []
    assert post.clock.now() >= NOW + 29
    [report] = post.reports
    assert report.error == "in doubt, perhaps delivered: its courier stopped amid the call"


async def test_a_reply_whose_end_was_not_told_yet_is_told_and_not_sent_again() -> None:
    post = Post()
    it = replace(reply(), state=State.SENT, part=1, provider_ids=("9",))
    post.store.by_id[it.reply] = it
    await post.carrier.carry(it)
    assert post.providers.calls == []
    assert [each.provider_id for each in post.reports] == ["9"]


async def test_who_lost_the_reply_to_another_courier_does_not_send_it() -> None:
    post = Post()
    it = reply()
    post.store.by_id[it.reply] = begun(it, now=NOW - 1)
    with pytest.raises(NotOurs):
        await post.carrier.carry(it)
    assert post.providers.calls == []
    assert post.publisher.confirmed == []


async def test_a_provider_that_knows_repetitions_is_called_again_where_it_is_in_doubt() -> None:
    post = Post(SILENT)
    post.carrier.senders["telegram", "lucky_bot"].repeatable = True  # type: ignore[misc]
    assert (await post.send()).state is State.SENT
    assert len(post.providers.calls) == 2
    it = begun(reply(2), now=post.clock.now())
    post.store.by_id[it.reply] = it
    await post.carrier.carry(it)
    assert [each.status for each in post.reports] == ["sent", "sent"]


async def test_what_no_request_can_say_is_refused_without_a_call() -> None:
    def cannot(delivery: Delivery, text: str) -> Call:
        raise Unsendable("that is no address")

    post = Post()
    post.carrier.senders["telegram", "lucky_bot"].call = cannot  # type: ignore[method-assign]
    assert (await post.send()).state is State.FAILED
    assert post.providers.calls == []
    assert [each.error for each in post.reports] == ["that is no address"]


@pytest.mark.parametrize("state", list(State))
async def test_a_stored_reply_whose_account_has_no_way_out_any_more_is_reported_not_stuck(
    state: State,
) -> None:
    post = Post()
    it = replace(begun(reply(account="gone"), now=post.clock.now()), state=state)
    post.store.by_id[it.reply] = it
    await post.carrier.carry(it)
    assert post.providers.calls == []
    [report] = post.reports
    assert report.status == ("sent" if state is State.SENT else "failed")
    assert ("perhaps delivered" in (report.error or "")) == (state is State.SENDING)


async def test_what_became_of_replies_is_counted() -> None:
    post = Post(UNREACHED, telegram_error(403))
    await post.carry(reply(1), reply(2, customer="8"))
    value = post.metrics.registry.get_sample_value
    named = {"channel": "telegram"}
    assert value(REPLIES_ENDED.name, {**named, "outcome": "sent"}) == 1
    assert value(REPLIES_ENDED.name, {**named, "outcome": "failed"}) == 1
    assert value(PROVIDER_CALLS.name, {**named, "outcome": "later"}) == 1


def test_neither_the_token_nor_the_words_show_when_a_call_is_printed() -> None:
    it = reply(text="my secret words")
    call = TelegramSender({"lucky_bot": BOT}).call(it, it.text)
    assert "secret words" not in repr((it, call))
    assert TOKEN not in repr((it, call, BOT))
