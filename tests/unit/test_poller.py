"""What providers' lists have becomes the events of their webhooks, once durable."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.ingest.channels.adapter import Channel, RawRequest
from services.ingest.channels.telegram import SECRET_HEADER, Bot, TelegramChannel
from services.ingest.channels.twilio.account import TwilioAccount
from services.ingest.courier.http import HttpProviders
from services.ingest.courier.sender import Call, Reply
from services.ingest.errors import Unauthenticated
from services.ingest.intake import Intake
from services.ingest.poller.history import History, Outside, Taken, Trouble
from services.ingest.poller.service import Poller
from services.ingest.poller.telegram import TelegramHistory
from services.ingest.poller.twilio import OVERLAP_SECONDS, TwilioHistory
from services.ingest.secrets import Secrets
from services.router.sorter.body import digest, same_body
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_received_v1 import MessageReceived
from shared.runtime.clock import utc
from shared.runtime.metrics import POLL_FAILING, POLLED, POLLS, Metrics
from tests.fakes.clock import HandClock
from tests.fakes.ingest_doors import TWILIO_SID, IngestDoors
from tests.fakes.publisher import FakePublisher
from tests.fakes.twilio import Twilio, sms
from tests.standins.telegram import TelegramStandIn, running_telegram
from tests.standins.twilio import TwilioStandIn, running_twilio

TOKEN = "1234567:the-token-of-our-bot"
PERSON = {"id": 42, "is_bot": False, "first_name": "Ayşe", "language_code": "tr"}
CHAT = {"id": 42, "type": "private", "first_name": "Ayşe"}


def told(number: int, text: str = "para nerede", **more: Any) -> dict[str, Any]:
    message = {"message_id": number, "from": PERSON, "chat": CHAT, "date": 1_789_999_990}
    return {"update_id": 900 + number, "message": {**message, "text": text, **more}}


@dataclass
class World:
    """A poller's surroundings."""

    publisher: FakePublisher = field(default_factory=FakePublisher)
    clock: HandClock = field(default_factory=HandClock)
    metrics: Metrics = field(default_factory=Metrics)

    @property
    def events(self) -> list[InboundEvent]:
        events = [envelope.data for envelope in self.publisher.events]
        return [event for event in events if isinstance(event, InboundEvent)]

    def taken(self, channel: str) -> Taken:
        intake = Intake(
            publisher=self.publisher,
            clock=self.clock,
            metrics=self.metrics,
            answer_seconds=2.5,
            max_in_flight=10,
            sender_per_minute=1000,
        )
        return Taken(intake, self.metrics, channel)

    def telegram(self, url: str, outside: Outside, *, token: str = TOKEN) -> TelegramHistory:
        bot = Bot(token=Secrets.of(token), poll=True, api=url)
        return TelegramHistory("lucky_bot", bot, outside=outside, taken=self.taken("telegram"))

    def twilio(
        self, url: str, outside: Outside, *, token: str = TOKEN, back: float = 86_400.0, **more: Any
    ) -> TwilioHistory:
        account = TwilioAccount(
            secrets=Secrets.of(TOKEN), account_sid=TWILIO_SID, token=Secrets.of(token), poll=True,
            api=url, numbers={"+37052000000": "lt"}, **more,
        )  # fmt: skip
        return TwilioHistory(
            "line", account, outside=outside, taken=self.taken("twilio"), clock=self.clock,
            every=60.0, back=back,
        )  # fmt: skip

    def polled(self, channel: str, outcome: str) -> float:
        return float(self.metrics[POLLED].labels(channel=channel, outcome=outcome)._value.get())

    def looks(self, channel: str, outcome: str) -> float:
        return float(self.metrics[POLLS].labels(channel=channel, outcome=outcome)._value.get())


@asynccontextmanager
async def telegram(world: World) -> AsyncIterator[tuple[TelegramStandIn, TelegramHistory]]:
    async with running_telegram(TOKEN) as provider, calls() as outside:
        provider.longest = 0.05
        yield provider, world.telegram(provider.url, outside)


@asynccontextmanager
async def twilio(world: World, **more: Any) -> AsyncIterator[tuple[TwilioStandIn, TwilioHistory]]:
    async with running_twilio(TWILIO_SID, TOKEN) as provider, calls() as outside:
        yield provider, world.twilio(provider.url, outside, **more)


def calls() -> HttpProviders:
    return HttpProviders(seconds=5.0, connections=4, most_bytes=8 * 1024 * 1024)


def sid(number: int) -> str:
    return f"SM{number:032x}"


class TestTelegram:
    async def test_an_update_is_the_event_of_the_webhook(self) -> None:
        world, doors = World(), IngestDoors()
        edited = {**told(7)["message"], "edit_date": 1_789_999_999, "text": "para!"}
        blocked = {
            "chat": CHAT, "from": PERSON, "date": 1_789_999_999,
            "new_chat_member": {"user": {"id": 1}, "status": "kicked"},
        }  # fmt: skip
        updates: list[dict[str, Any]] = [
            told(7),
            {"update_id": 908, "edited_message": edited},
            {"update_id": 909, "my_chat_member": blocked},
        ]
        for update in updates:
            assert (await doors.telegram(update)).status_code == 200
        async with telegram(world) as (provider, history):
            provider.happens(*updates)
            await history.look()
        assert world.events == [envelope.data for envelope in doors.publisher.events]

    async def test_is_confirmed_only_after_the_broker_has_it(self) -> None:
        world = World()
        async with telegram(world) as (provider, history):
            provider.happens(told(1), told(2))
            world.publisher.mode = "fail"
            with pytest.raises(Trouble, match="our broker") as trouble:
                await history.look()
            assert trouble.value.outcome == "unavailable"
            world.publisher.mode = "confirm"
            await history.look()
            await history.look()
        assert [body.get("offset") for body in provider.asked] == [None, None, 903]
        assert [event.message_id for event in world.events] == ["42.1", "42.2"]
        assert provider.updates == []
        assert provider.asked[0]["allowed_updates"] == [
            "message",
            "edited_message",
            "my_chat_member",
        ]

    async def test_what_cannot_be_understood_is_named_and_holds_up_nothing(self) -> None:
        world = World()
        async with telegram(world) as (provider, history):
            provider.happens({"update_id": 901, "message": {"text": "no chat"}}, told(2))
            await history.look()
        assert [event.message_id for event in world.events] == ["42.2"]
        assert world.polled("telegram", "refused") == 1

    async def test_what_is_no_support_request_is_passed_over(self) -> None:
        world = World()
        async with telegram(world) as (provider, history):
            group = {**told(1)["message"], "chat": {"id": -5, "type": "supergroup"}}
            provider.happens({"update_id": 901, "message": group})
            await history.look()
            await history.look()
        assert world.events == []
        assert world.polled("telegram", "ignored") == 1
        assert provider.asked[-1]["offset"] == 902

    async def test_a_webhook_in_the_way_is_said_so(self) -> None:
        async with telegram(World()) as (provider, history):
            provider.webhook = "https://croupier.test/v1/telegram/lucky_bot"
            with pytest.raises(Trouble, match="has a webhook; call deleteWebhook") as trouble:
                await history.look()
            assert trouble.value.outcome == "conflict"

    async def test_a_second_poller_of_a_bot_is_told_apart_from_a_webhook(self) -> None:
        world = World()
        async with telegram(world) as (provider, history), calls() as outside:
            provider.longest = 2.0
            first = asyncio.create_task(history.look())
            await provider.polled.wait()
            provider.longest = 0.05
            await world.telegram(provider.url, outside).look()
            with pytest.raises(Trouble, match="somebody else asks"):
                await first

    @pytest.mark.parametrize(
        ("status", "body", "outcome", "after"),
        [
            (429, {"ok": False, "parameters": {"retry_after": 7}}, "throttled", 7.0),
            (401, {"ok": False, "description": "Unauthorized"}, "unauthenticated", None),
            (404, {"ok": False, "description": "Not Found"}, "unauthenticated", None),
            (502, b"<html>", "unavailable", None),
            (400, {"ok": False}, "not_understood", None),
            (200, b"<html>", "not_understood", None),
            (200, {"ok": True, "result": {}}, "not_understood", None),
            (200, {"ok": True, "result": [{"update_id": "1"}]}, "not_understood", None),
        ],
    )
    async def test_every_other_answer_is_a_trouble_with_a_name(
        self, status: int, body: Any, outcome: str, after: float | None
    ) -> None:
        answer = body if isinstance(body, bytes) else orjson.dumps(body)
        history = World().telegram("http://x.test", Says(Reply(status, {}, answer)))
        with pytest.raises(Trouble) as trouble:
            await history.look()
        assert (trouble.value.outcome, trouble.value.after) == (outcome, after)

    async def test_no_answer_is_a_trouble_that_does_not_tell_the_token(self) -> None:
        async with calls() as outside:
            with pytest.raises(Trouble) as trouble:
                await World().telegram("http://127.0.0.1:9", outside).look()
        assert trouble.value.outcome == "unavailable"
        assert TOKEN not in str(trouble.value)


class TestTwilio:
    async def test_a_listed_message_is_the_event_of_the_webhook(self) -> None:
        world = World()
        by_webhook = await Twilio().event("", sms(MessageSid=sid(1), Body="kur *pinigai*?"))
        async with twilio(world) as (provider, history):
            provider.lists(sid(1), utc(world.clock.now() - 300), body="kur *pinigai*?")
            assert await history.look() == 60.0
        [event] = world.events
        assert isinstance(event, MessageReceived)
        assert isinstance(by_webhook, MessageReceived)
        assert event.entry_id == by_webhook.entry_id
        assert event.key == by_webhook.key
        assert same_body(digest(event), digest(by_webhook))
        assert event.lang_hint == by_webhook.lang_hint == "lt"
        assert event.sent_at == utc(world.clock.now() - 300)

    async def test_whatsapp_and_files_are_read_as_by_the_webhook(self) -> None:
        world, url = (
            World(),
            f"/2010-04-01/Accounts/{TWILIO_SID}/Messages/{sid(1)}/Media/ME{0:032x}",
        )
        posted = sms(
            MessageSid=sid(1), From="whatsapp:+37061234567", To="whatsapp:+37052000000", Body="",
            NumMedia="1", MediaUrl0=f"https://api.twilio.com{url}", MediaContentType0="image/jpeg",
        )  # fmt: skip
        by_webhook = await Twilio().event("", posted)
        async with twilio(world) as (provider, history):
            provider.media[sid(1)] = ["image/jpeg"]
            whom = {"sender": "whatsapp:+37061234567", "to": "whatsapp:+37052000000"}
            provider.lists(sid(1), utc(world.clock.now() - 300), **whom)
            await history.look()
        [event] = world.events
        assert isinstance(event, MessageReceived)
        assert isinstance(by_webhook, MessageReceived)
        assert (event.entry_id, event.key) == (by_webhook.entry_id, by_webhook.key)
        assert same_body(digest(event), digest(by_webhook))
        assert [each.media_type for each in event.attachments] == ["image/jpeg"]

    @pytest.mark.parametrize("by_day", [False, True])
    async def test_pages_are_read_to_the_end_and_published_in_order(self, by_day: bool) -> None:
        world = World()
        async with twilio(world, back=7200.0) as (provider, history):
            provider.by_day = by_day
            for number in range(450):
                provider.lists(
                    sid(number), utc(world.clock.now() - 7100 + number), body=f"{number}"
                )
            provider.lists(sid(900), utc(world.clock.now() - 7300), body="too old")
            await history.look()
        assert [event.message_id for event in world.events] == [sid(n) for n in range(450)]
        assert [query.get("Page") for query in provider.asked[:3]] == [None, "1", "2"]

    async def test_only_what_came_in_for_our_numbers_is_taken(self) -> None:
        world = World()
        async with twilio(world) as (provider, history):
            at = utc(world.clock.now() - 300)
            provider.lists(sid(1), at, body="ours", direction="outbound-reply")
            provider.lists(sid(2), at, body="queued", direction="outbound-api", date_created=None)
            provider.lists(sid(3), at, body="another number", to="+15550000000")
            provider.lists(sid(4), at, body="a channel we do not take", sender="rcs:x")
            await history.look()
        assert world.events == []
        assert world.polled("twilio", "ignored") == 2

    async def test_the_overlap_is_read_again_and_published_once(self) -> None:
        world = World()
        async with twilio(world) as (provider, history):
            began = world.clock.now()
            provider.lists(sid(1), utc(began - 300), body="one")
            await history.look()
            await world.clock.advance(120)
            provider.lists(sid(2), utc(began - 100), body="listed late")
            await history.look()
            await history.look()
        assert [event.message_id for event in world.events] == [sid(1), sid(2)]
        since = utc(began - 60 - OVERLAP_SECONDS)
        assert provider.asked[1]["DateSent>"] == f"{since:%Y-%m-%dT%H:%M:%SZ}"

    async def test_a_message_of_this_minute_is_left_to_the_webhook(self) -> None:
        world = World()
        async with twilio(world) as (provider, history):
            provider.lists(sid(1), utc(world.clock.now() - 30), body="one")
            await history.look()
            assert world.events == []
            await world.clock.advance(60)
            await history.look()
        assert [event.message_id for event in world.events] == [sid(1)]

    async def test_what_the_broker_did_not_confirm_is_read_again(self) -> None:
        world = World()
        async with twilio(world) as (provider, history):
            provider.lists(sid(1), utc(world.clock.now() - 300), body="one")
            world.publisher.mode = "fail"
            with pytest.raises(Trouble, match="our broker"):
                await history.look()
            await world.clock.advance(3600)
            world.publisher.mode = "confirm"
            await history.look()
        assert [event.message_id for event in world.events] == [sid(1)]

    async def test_a_stop_word_is_a_departure_where_the_account_says_so(self) -> None:
        world = World()
        async with twilio(world, opt_out_words=["stop", "END"]) as (provider, history):
            for number, body in enumerate(("Stop ", "end", "stop it")):
                provider.lists(sid(number), utc(world.clock.now() - 300 + number), body=body)
            await history.look()
        posted = sms(MessageSid=sid(0), Body="Stop ", OptOutType="STOP")
        by_webhook = await Twilio().event("", posted)
        kinds = [type(event) for event in world.events]
        assert kinds == [CustomerLeft, CustomerLeft, MessageReceived]
        assert same_body(digest(world.events[0]), digest(by_webhook))

    async def test_what_cannot_be_understood_is_named_once(self) -> None:
        world = World()
        async with twilio(world) as (provider, history):
            at = utc(world.clock.now() - 300)
            provider.lists("nonsense", at, body="?")
            provider.lists(sid(2), at, body="x", sender="\x07")
            provider.lists(sid(3), at, body="fine")
            await history.look()
            await history.look()
        assert [event.message_id for event in world.events] == [sid(3)]
        assert world.polled("twilio", "refused") == 2

    async def test_the_token_goes_nowhere_else(self) -> None:
        page = {"messages": [], "next_page_uri": "https://evil.test/2010-04-01"}
        outside = Says(Reply(200, {}, orjson.dumps(page)))
        with pytest.raises(Trouble, match="somewhere else"):
            await World().twilio("https://api.twilio.test", outside).look()
        assert len(outside.calls) == 1

    @pytest.mark.parametrize(
        ("reply", "outcome", "after"),
        [
            (Reply(429, {"retry-after": "12"}, b"{}"), "throttled", 12.0),
            (Reply(401, {}, b'{"code": 20003}'), "unauthenticated", None),
            (Reply(503, {"retry-after": "3"}, b""), "unavailable", 3.0),
            (Reply(200, {}, b"[]"), "not_understood", None),
            (Reply(200, {}, b"{}"), "not_understood", None),
        ],
    )
    async def test_every_other_answer_is_a_trouble_with_a_name(
        self, reply: Reply, outcome: str, after: float | None
    ) -> None:
        with pytest.raises(Trouble) as trouble:
            await World().twilio("https://api.twilio.test", Says(reply)).look()
        assert (trouble.value.outcome, trouble.value.after) == (outcome, after)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(
    item=st.dictionaries(
        st.sampled_from(["sid", "direction", "from", "to", "body", "date_sent", "num_media", "x"]),
        JSON | st.sampled_from(["inbound", sid(1), "Sun, 30 Jul 2026 20:12:31 +0000"]),
    ),
    update=st.dictionaries(st.sampled_from(["message", "edited_message", "my_chat_member"]), JSON),
)
def test_whatever_a_list_has_is_published_or_refused_or_a_trouble(
    item: dict[str, Any], update: dict[str, Any]
) -> None:
    async def look(history: History) -> None:
        with suppress(Trouble):
            await history.look()

    async def both() -> None:
        page = orjson.dumps({"messages": [item]}, option=orjson.OPT_NON_STR_KEYS)
        await look(World().twilio("https://t.test", Says(Reply(200, {}, page))))
        told = orjson.dumps({"ok": True, "result": [{"update_id": 1, **update}]})
        await look(World().telegram("https://t.test", Says(Reply(200, {}, told))))

    try:
        orjson.dumps([item, update])
    except TypeError:
        return  # integers that no JSON of ours can hold
    asyncio.run(both())


class TestPoller:
    async def test_a_trouble_is_counted_and_tried_again_ever_more_rarely(self) -> None:
        world = World()
        sick = Scripted("away", "away", "throttled", "wrong token", "bug")
        poller = Poller([sick, well := Scripted()], clock=world.clock, metrics=world.metrics)
        running = asyncio.create_task(poller.run())
        gauge = world.metrics[POLL_FAILING].labels(account="telegram:lucky_bot")
        for seconds, looks in ((0, 1), (1, 2), (2, 3), (20, 4), (30, 5), (16, 6)):
            await world.clock.advance(seconds)
            assert sick.looks == looks
            assert gauge._value.get() == (0 if looks == 6 else 1)
        assert world.looks("telegram", "unavailable") == 2
        assert world.looks("telegram", "unauthenticated") == 1
        assert world.looks("telegram", "unexplained") == 1
        assert well.looks >= 6  # one account's trouble is not another's
        running.cancel()

    async def test_without_accounts_it_waits_for_its_end(self) -> None:
        running = asyncio.create_task(Poller([], clock=HandClock(), metrics=Metrics()).run())
        await asyncio.sleep(0)
        assert not running.done()
        running.cancel()


def test_an_account_that_polls_needs_a_token() -> None:
    for wrong in ({"poll": True}, {"token": Secrets.of(TOKEN)}):
        with pytest.raises(ValidationError):
            Bot(**wrong)
    known = {"secrets": Secrets.of(TOKEN), "account_sid": TWILIO_SID}
    for more in ({"poll": True}, {"token": Secrets.of(TOKEN)}, {"send_from": {"sms": "+3705"}}):
        with pytest.raises(ValidationError):
            TwilioAccount(**known, **more)
    assert TwilioAccount(**known, token=Secrets.of(TOKEN), poll=True).send_from == {}


@pytest.mark.parametrize("headers", [{}, {SECRET_HEADER: ""}, {SECRET_HEADER: TOKEN}])
def test_a_bot_without_a_webhook_takes_none(headers: dict[str, str]) -> None:
    door: Channel = TelegramChannel
    bot = Bot(token=Secrets.of(TOKEN), poll=True)
    request = RawRequest(account="b", headers=headers, body=b"{}", received_at=utc(0))
    with pytest.raises(Unauthenticated):
        door({"b": bot}).verify(request)


@dataclass
class Says:
    """Answers the same to everything."""

    reply: Reply
    calls: list[Call] = field(default_factory=list)

    async def call(self, call: Call) -> Reply:
        self.calls.append(call)
        return self.reply


class Scripted(History):
    """Has these troubles, then is well."""

    channel = "telegram"
    account = "lucky_bot"

    def __init__(self, *troubles: str) -> None:
        self.troubles = list(troubles)
        self.looks = 0
        if not troubles:
            self.channel = "twilio"

    async def look(self) -> float:
        self.looks += 1
        trouble = self.troubles.pop(0) if self.troubles else "well"
        if trouble == "bug":
            raise KeyError(trouble)
        if trouble == "throttled":
            raise Trouble("throttled", "busy", after=20.0)
        if trouble != "well":
            raise Trouble("unavailable" if trouble == "away" else "unauthenticated", "no")
        return 1.0
