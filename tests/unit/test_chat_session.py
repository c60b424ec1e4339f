"""One customer's conversation: what was said, what comes, what is made durable."""

import asyncio
import json
import math
from typing import Any

import pytest

from services.ingest.lobby.chat.connection import MAX_QUEUED, Connection
from services.ingest.lobby.chat.entries import MOST, MOST_CHARACTERS, Entry, page, seconds_of
from services.ingest.lobby.chat.memory import Memory
from services.ingest.lobby.chat.protocol.client import Hello
from services.ingest.lobby.chat.protocol.codes import Close
from services.ingest.lobby.chat.session import Session
from shared.contracts.agent_typing_v1 import AgentTyping
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.customer_rated_v1 import CustomerRated
from shared.contracts.delivery_reported_v1 import DeliveryReported
from shared.contracts.message_received_v1 import MessageReceived
from shared.runtime.clock import utc
from shared.runtime.metrics import CHAT_ENTRIES, MESSAGES, OVER_LIMIT
from tests.fakes.chat import SITE, Lobby, customer_token


class Customer:
    """A session without a socket."""

    def __init__(self, lobby: Lobby, **hello: Any) -> None:
        self.lobby = lobby
        said = Hello.model_validate({"type": "hello", **hello})
        self.since = said.since
        self.connection: Connection = lobby.services.connection(SITE, said)
        self.session = Session(self.connection, lobby.services)
        self.token = lobby.tokens.mint(self.connection.session, now=lobby.clock.now()).token

    async def come(self) -> "Customer":
        await self.session.catch_up(self.since)
        return self

    async def say(self, **message: Any) -> None:
        await self.session.hear(json.dumps(message))

    def heard(self) -> list[dict[str, Any]]:
        """What was said to them since the last look."""
        queue = self.connection._queue
        found = [json.loads(text) for text in queue]
        queue.clear()
        return found

    def entries(self) -> list[tuple[str, str, str]]:
        told = [each["entry"] for each in self.heard() if each["type"] == "entry"]
        return [(each["by"], each["id"], each["text"]) for each in told]


def entry(id: str, at: float, text: str = "x", **fields: Any) -> Entry:
    return Entry(id, fields.pop("by", "agent"), at, text, **fields)


async def test_a_customer_is_told_history_and_memory_in_one_order_each_once() -> None:
    lobby = Lobby()
    now = lobby.clock.now()
    ann = Customer(lobby)
    key = ann.connection.key
    lobby.history.stored[key] = [entry("r-1", now - 90), entry("r-2", now - 60)]
    for late in (entry("r-2", now - 60), entry("r-3", now - 30)):
        lobby.memory.add(key, late, now=now)
    await ann.come()
    heard = ann.heard()
    assert [each["entry"]["id"] for each in heard[:-1]] == ["r-1", "r-2", "r-3"]
    assert heard[-1]["type"] == "caught_up"


async def test_a_reply_that_comes_while_the_store_is_read_is_told_once() -> None:
    lobby = Lobby()
    ann = Customer(lobby)

    def meanwhile() -> None:
        lobby.reply(ann.connection, id="r-1")
        lobby.reply(ann.connection, id="r-2")

    lobby.history.before_answer = meanwhile
    lobby.history.stored[ann.connection.key] = [entry("r-1", lobby.clock.now(), "Good day")]
    await ann.come()
    assert [id for _, id, _ in ann.entries()] == ["r-1", "r-2"]


async def test_since_asks_for_what_is_around_it_and_never_beyond_30_days() -> None:
    lobby = Lobby()
    now = lobby.clock.now()
    for since in (f"{now - 60:.6f}", "no cursor of ours", "nan", "-inf", None):
        await Customer(lobby, since=since).come()
    month = now - 30 * 86_400
    assert lobby.history.asked == [(pytest.approx(now - 660), month), *[(month, month)] * 4]


async def test_a_reply_comes_to_each_of_the_customer_s_sockets_and_nobody_else_s() -> None:
    lobby = Lobby()
    vouched = customer_token(now=lobby.clock.now())
    phone = await Customer(lobby, customer_token=vouched).come()
    laptop = await Customer(lobby, customer_token=vouched).come()
    stranger = await Customer(lobby).come()
    await lobby.names.refresh()
    lobby.reply("c-20418")
    lobby.reply("c-20418")  # said again by another dealer
    for device in (phone, laptop):
        (told,) = [each["entry"] for each in device.heard() if each["type"] == "entry"]
        assert (told["by"], told["name"], told["text"]) == ("agent", "Lina", "Good day")
    assert stranger.entries() == []
    assert lobby.metrics[CHAT_ENTRIES].labels(by="agent")._value.get() == 2


async def test_own_messages_come_back_to_all_devices_with_the_id_only_their_device_knows() -> None:
    lobby = Lobby()
    vouched = customer_token(now=lobby.clock.now())
    phone = await Customer(lobby, customer_token=vouched).come()
    laptop = await Customer(lobby, customer_token=vouched).come()
    await phone.say(type="message", id="m-1", text="Hello")
    (event,) = lobby.publisher.events
    assert isinstance(event.data, MessageReceived)
    phone.heard()
    lobby.feed(event.data)
    assert phone.entries() == [("you", "m-1", "Hello")]
    assert laptop.entries() == [("you", f"{phone.connection.session.device}.m-1", "Hello")]


async def test_the_same_said_again_is_the_same_event() -> None:
    lobby = Lobby()
    ann = await Customer(lobby, lang="en").come()
    await ann.say(type="message", id="m-1", text="Hello")
    await lobby.clock.advance(7)
    await ann.say(type="message", id="m-1", text="Hello")
    first, again = lobby.publisher.confirmed
    assert first.key == again.key
    one, other = lobby.publisher.events
    assert (one.id, one.data) == (other.id, other.data)
    assert isinstance(one.data, MessageReceived)
    assert one.data.lang_hint == "en"
    assert one.data.customer is None


async def test_two_devices_may_use_the_same_id() -> None:
    lobby = Lobby()
    vouched = customer_token(now=lobby.clock.now())
    for text in ("from the phone", "from the laptop"):
        device = await Customer(lobby, customer_token=vouched).come()
        await device.say(type="message", id="m-1", text=text)
    assert len({event.id for event in lobby.publisher.events}) == 2


async def test_a_message_carries_the_customer_for_as_long_as_the_site_vouches() -> None:
    lobby = Lobby()
    ann = await Customer(lobby).come()
    await ann.say(type="message", id="m-1", text="Who am I?")
    await ann.say(type="hello", customer_token=customer_token(now=lobby.clock.now()))
    await ann.say(type="message", id="m-2", text="Me")
    await lobby.clock.advance(601)
    await ann.say(type="message", id="m-3", text="Still?")
    said = [event.data for event in lobby.publisher.events]
    assert [getattr(each, "customer", "?") for each in said] == [None, "20418", None]
    assert len({each.key for each in said}) == 1


async def test_card_numbers_do_not_get_in() -> None:
    lobby = Lobby()
    ann = await Customer(lobby).come()
    await ann.say(type="message", id="m-1", text="it is 4111 1111 1111 1111, ok?")
    (event,) = lobby.publisher.events
    assert isinstance(event.data, MessageReceived)
    assert "4111 1111" not in event.data.text


async def test_leaving_is_told_and_acknowledged() -> None:
    lobby = Lobby()
    ann = await Customer(lobby).come()
    ann.heard()
    await ann.say(type="leave", id="bye")
    assert ann.heard() == [{"type": "ack", "id": "bye"}]
    assert [type(event.data) for event in lobby.publisher.events] == [CustomerLeft]


async def test_who_is_asked_says_how_it_was() -> None:
    lobby = Lobby()
    ann = await Customer(lobby).come()
    ann.heard()
    ann.connection.push(entry("r-1", 1.0, "How was it?", by="system", notice="rate"))
    asked = ann.heard()
    await ann.say(type="rate", id="mine", score=4, comment="quick, 4111 1111 1111 1111")
    assert [each["type"] for each in asked] == ["entry", "ask_rating"]
    assert asked[1]["id"] == asked[0]["entry"]["id"] == "r-1"
    assert ann.heard() == [{"type": "ack", "id": "mine"}]
    (event,) = lobby.publisher.events
    assert isinstance(event.data, CustomerRated)
    assert (event.data.score, event.data.comment) == (4, "quick, [card …1111]")


@pytest.mark.parametrize("score", [0, 6, "4", 4.0, None])
async def test_what_is_no_score_is_told_so(score: Any) -> None:
    lobby = Lobby()
    ann = await Customer(lobby).come()
    ann.heard()
    await ann.say(type="rate", id="mine", score=score)
    (problem,) = ann.heard()
    assert (problem["type"], problem["id"]) == ("error", "mine")
    assert problem["detail"].startswith("score: ")


async def test_an_old_question_is_not_asked_again_once_something_else_was_said() -> None:
    lobby = Lobby()
    now = lobby.clock.now()
    ann = Customer(lobby)
    asking = {"by": "system", "notice": "rate"}
    lobby.history.stored[ann.connection.key] = [
        entry("r-1", now - 90, **asking),
        entry("r-2", now - 60),
        entry("r-3", now - 30, **asking),
    ]
    await ann.come()
    assert [each["id"] for each in ann.heard() if each["type"] == "ask_rating"] == ["r-3"]


async def test_what_is_not_durable_is_not_acknowledged() -> None:
    lobby = Lobby()
    ann = await Customer(lobby).come()
    ann.heard()
    lobby.publisher.mode = "fail"
    await ann.say(type="message", id="m-1", text="Hello")
    (nack,) = ann.heard()
    assert (nack["type"], nack["id"], nack["reason"]) == ("nack", "m-1", "not_confirmed")
    counted = lobby.metrics[MESSAGES].labels(channel="chat", outcome="unavailable")
    assert counted._value.get() == 1


async def test_messages_above_the_sender_s_rate_are_taken_and_counted() -> None:
    lobby = Lobby()
    ann = await Customer(lobby).come()
    for number in range(31):
        await ann.say(type="message", id=f"m-{number}", text="again")
    assert len(lobby.publisher.events) == 31
    assert lobby.metrics[OVER_LIMIT].labels(channel="chat")._value.get() == 1


async def test_seen_replies_are_reported_once_and_only_those_that_were_told() -> None:
    lobby = Lobby()
    ann = await Customer(lobby).come()
    lobby.reply(ann.connection, id="r-1")
    lobby.publisher.mode = "fail"
    reporting = asyncio.create_task(lobby.services.reports.run())
    await ann.say(type="got", entries=["r-1", "r-1", "r-of-somebody-else"])
    await ann.say(type="got", entries=["r-1"])
    await lobby.clock.advance(1)
    lobby.publisher.mode = "confirm"
    await lobby.clock.advance(1)
    (event,) = lobby.publisher.events
    assert isinstance(event.data, DeliveryReported)
    assert (event.id, event.data.status) == ("r-1:delivered", "delivered")
    assert event.data.key == ann.connection.key
    (record,) = lobby.publisher.confirmed
    assert dict(record.headers) == {"channel": b"chat", "account": SITE.encode()}
    reporting.cancel()


async def test_an_agent_who_types_shows_only_while_it_is_fresh() -> None:
    lobby = Lobby()
    ann = await Customer(lobby).come()
    ann.heard()
    for age in (0, 60):
        typing = AgentTyping(
            channel="chat",
            account=SITE,
            sender=ann.connection.session.sender,
            ticket="t-1",
            at=utc(lobby.clock.now() - age),
        )
        lobby.feed(typing)
    assert ann.heard() == [{"type": "typing"}]


async def test_records_of_other_channels_accounts_and_no_events_are_nobody_s_here() -> None:
    lobby = Lobby()
    router = lobby.router
    router.route("support.replies.v1", b"telegram:bot:1", b"never decoded")
    router.route("support.replies.v1", None, None)
    router.route("support.replies.v1", b"chat:site:v-1", b"no event")
    lobby.feed(
        MessageReceived(
            channel="chat", account="other", sender="v-1", message_id="1", sent_at=utc(0), text="x"
        )
    )
    assert len(lobby.memory) == 0


async def test_without_the_store_a_hello_is_turned_away_for_now() -> None:
    lobby = Lobby()
    lobby.history.down = True
    ann = await Customer(lobby).come()
    assert ann.connection.closing is not None
    assert ann.connection.closing.code == Close.TRY_AGAIN


async def test_the_sixth_socket_of_a_customer_ends_the_first() -> None:
    lobby = Lobby()
    ann = await Customer(lobby).come()
    more = [await Customer(lobby, token=ann.token).come() for _ in range(5)]
    assert ann.connection.closing is not None
    assert ann.connection.closing.code == Close.REPLACED
    assert all(each.connection.closing is None for each in more)


async def test_who_reads_too_slowly_is_closed_not_waited_for() -> None:
    lobby = Lobby()
    ann = await Customer(lobby).come()
    for number in range(MAX_QUEUED + 1):
        lobby.reply(ann.connection, id=f"r-{number}")
    assert ann.connection.closing is not None
    assert ann.connection.closing.code == Close.TRY_AGAIN


async def test_a_full_history_fits_into_the_queue() -> None:
    lobby = Lobby()
    ann = Customer(lobby)
    now = lobby.clock.now()
    lobby.history.stored[ann.connection.key] = [
        entry(f"r-{number}", now - number, "ы" * 65_536) for number in range(400)
    ]
    await ann.come()
    assert ann.connection.closing is None
    assert len(ann.entries()) == MOST_CHARACTERS // 65_536


def test_a_page_is_the_latest_of_all_sources() -> None:
    many = [entry(f"r-{number}", float(number)) for number in range(300)]
    assert [each.id for each in page(many[:250], many[200:])] == [
        f"r-{number}" for number in range(300 - MOST, 300)
    ]
    assert [each.id for each in page([entry("huge", 1.0, "x" * (MOST_CHARACTERS + 1))])] == ["huge"]


@pytest.mark.parametrize("cursor", ["inf", "nan", "", "x", None])
def test_a_cursor_of_nobody_s_asks_for_all(cursor: str | None) -> None:
    assert seconds_of(cursor) == -math.inf


def test_memory_forgets_by_time_and_by_size() -> None:
    memory = Memory(seconds=600, max_characters=10)
    assert memory.add("a", entry("r-1", 0.0, "12345"), now=0)
    assert not memory.add("a", entry("r-1", 0.0, "12345"), now=1)
    assert memory.add("b", entry("r-2", 0.0, "12345"), now=500)
    assert memory.add("b", entry("r-3", 0.0, "1"), now=601)
    assert [each.id for each in memory.of("a")] == []
    assert [each.id for each in memory.of("b")] == ["r-2", "r-3"]
    memory.add("b", entry("r-4", 0.0, "12345"), now=602)
    memory.add("b", entry("r-5", 0.0, "1"), now=603)
    assert [each.id for each in memory.of("b")] == ["r-3", "r-4", "r-5"]
