"""What the sorter makes of channel events, on a store in memory."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.router.adapters.documents import bond_doc
from services.router.domain.bond import Bond
from services.router.policy import Policy, PolicyBoard, parse_policy
from services.router.sorter import body
from services.router.sorter.documents import ticket_id
from services.router.sorter.handler import ATTEMPTS, TRUSTED, Sorter, SortFailed, SortOutcome
from services.router.understanding.port import Understood
from shared.contracts.announcement import Announcement
from shared.contracts.base import Contract, Envelope, encode, wrap
from shared.contracts.bot_transcript_v1 import BotTranscript, Turn
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.customer_rated_v1 import CustomerRated
from shared.contracts.message_deleted_v1 import MessageDeleted
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import Attachment, MessageReceived
from shared.contracts.registry import decode
from shared.contracts.ticket_opened_v1 import TicketOpened
from shared.messaging.partition import partition_of
from shared.messaging.records import PublishFailed, Record
from shared.privacy.mask import mask
from shared.store.errors import DuplicateKey, Transient, UnknownOutcome
from tests.fakes.publisher import FakePublisher
from tests.fakes.sort_store import FakeSortStore

PARTITIONS = 12
NOW = 1_800_000_000.0
AT = datetime.fromtimestamp(NOW - 2, UTC)
CARD = "4111 1111 1111 1111"
DEAD = "support.inbound.v1.sorter.dlq"
POLICY_TEXT = """
version: 7
channels: [form, telegram, mail]
skills: [payments]
tiers: [standard, vip]
priorities: {1: 0.5, 3: 1.0}
priority: 3
urgent: 1
accounts:
  - {account: vip, brand: b, desk: hosts, tier: vip}
  - {brand: b, desk: main}
desks:
  main:
    languages: {en: 2, lt: 3}
    default_language: en
    otherwise: general
    queues:
      general: {targets: {"*": 10m}}
      payments: {needs: {payments: 2}, targets: {"*": {vip: 1m, "*": 5m}}}
    topics:
      deposit: {queue: payments}
  hosts:
    languages: {en: 1}
    default_language: en
    otherwise: all
    queues:
      all: {targets: {"*": 1m}}
"""
POLICY = parse_policy(POLICY_TEXT)


class WordUnderstanding:
    """Knows two words and a courtesy; counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def understand(self, text: str, *, lang_hint: str | None = None) -> Understood:
        self.asked.append(text)
        topic = "deposit" if "deposit" in text else "other"
        return Understood(lang_hint or "und", 0.9, topic, 0.9, "now" in text, text != "thanks")


class StillClock:
    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return NOW

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Points:
    def __init__(self) -> None:
        self.hits: list[str] = []

    async def hit(self, name: str) -> None:
        self.hits.append(name)


@dataclass
class Bench:
    """A sorter on fakes, and a partitioned topic to feed it from."""

    store: FakeSortStore = field(default_factory=FakeSortStore)
    publisher: FakePublisher = field(default_factory=FakePublisher)
    understanding: WordUnderstanding = field(default_factory=WordUnderstanding)
    clock: StillClock = field(default_factory=StillClock)
    points: Points = field(default_factory=Points)
    policy: Policy = POLICY
    offset: int = 100

    @property
    def sorter(self) -> Sorter:
        return Sorter(
            store=self.store,
            publisher=self.publisher,
            understanding=self.understanding,
            policies=PolicyBoard(self.policy),
            clock=self.clock,
            mask=mask,
            failpoints=self.points,
        )

    def record(self, event: Contract, **changes: Any) -> Record:
        """The event as the broker would hold it, at the next offset."""
        self.offset += 1
        key = event.key.encode()
        envelope: Envelope[Contract] = wrap(event, id=f"e{self.offset}", at=AT, correlation="c-1")
        record = Record(
            topic="support.inbound.v1",
            partition=partition_of(key, PARTITIONS),
            offset=self.offset,
            key=key,
            value=encode(envelope),
            timestamp=int(NOW * 1000) - 1000,
        )
        return record._replace(**changes)

    async def sort(self, *what: Contract | Record) -> SortOutcome:
        records = [one if isinstance(one, Record) else self.record(one) for one in what]
        return await self.sorter.sort(records, partitions=PARTITIONS)

    async def sort_at_the_second_attempt(self, what: Contract) -> None:
        """At the first nothing is confirmed."""
        record = self.record(what)
        self.publisher.mode = "fail"
        with pytest.raises(PublishFailed):
            await self.sort(record)
        self.publisher.mode = "confirm"
        await self.sort(record)

    def news(self) -> list[tuple[str, str, str]]:
        """(type, ticket, entry) of everything announced so far."""
        events = [
            decode(one.value).data
            for one in self.publisher.confirmed
            if one.topic == "support.tickets.v1"
        ]
        return [(event.TYPE, event.ticket, event.entry.message) for event in events]  # type: ignore[attr-defined]

    def dead(self) -> list[dict[str, str]]:
        """Headers of the dead letters so far."""
        letters = [one for one in self.publisher.confirmed if one.topic == DEAD]
        return [{name: value.decode() for name, value in one.headers} for one in letters]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def wrote(
    number: int, text: str = "hello", *, sender: str = "me", channel: str = "form", **more: Any
) -> MessageReceived:
    fields = {"account": "web", "sent_at": AT, **more}
    return MessageReceived(
        channel=channel, sender=sender, message_id=str(number), text=text, **fields
    )


def about(kind: type[Any], number: int, *, sender: str = "me", **more: Any) -> Any:
    return kind(
        channel="form", account="web", sender=sender, message_id=str(number), sent_at=AT, **more
    )


async def test_a_first_message_opens_a_ticket_routed_by_the_policy(bench: Bench) -> None:
    named = {"thread": "<m-1@example.test>"}
    record = bench.record(wrote(1, "my deposit, now", lang_hint="lt", subject="money", **named))

    outcome = await bench.sort(record)

    [ticket] = bench.store.ticket_docs.values()
    assert ticket == {
        "_id": ticket_id("form:web:1"),
        "brand": "b",
        "customer": ticket["customer"],
        "identity": "form:web:me",
        "desk": "main",
        "queue": "payments",
        "channel": "form",
        "needs": "payments@form*1.0 lang.lt:3 payments:2",
        "lang": "lt",
        "topic": "deposit",
        "priority": 1,
        "urgent": True,
        "tier": "standard",
        "hosts": [],
        "profile": 0,
        "policy": 7,
        "opened_at": NOW,
        "queued_at": NOW - 2,
        "due_at": NOW - 2 + 150,
        "state": "queued",
        "agent": None,
        "assignment": 0,
        "until": 0.0,
        "gone_at": 0.0,
        "skipped": [],
        "seen": {str(record.partition): record.offset},
        "last_message": "form:web:1",
        "entries": 1,
        "joinable": f"b|{ticket['customer']}",
        "version": 1,
    }
    [message] = bench.store.message_docs.values()
    assert (message["ticket"], message["text"], message["subject"]) == (
        ticket["_id"],
        "my deposit, now",
        "money",
    )
    assert message["thread"] == named["thread"]
    assert outcome.offsets == {record.partition: record.offset + 1}
    assert outcome.counts == {"opened": 1}


async def test_the_announcement_is_what_the_contract_would_write(bench: Bench) -> None:
    record = bench.record(wrote(1))
    await bench.sort(record)

    [sent] = bench.publisher.confirmed
    event = decode(sent.value)
    assert isinstance(event.data, TicketOpened)
    assert sent.value == encode(event)
    assert (sent.topic, sent.key) == (event.data.TOPIC, event.data.key.encode())
    assert (event.cause, event.correlation) == (f"e{record.offset}", "c-1")
    entry = event.data.entry
    assert (entry.partition, entry.offset) == (record.partition, record.offset)


async def test_several_messages_of_one_customer_in_one_batch_meet_in_one_ticket_in_order(
    bench: Bench,
) -> None:
    outcome = await bench.sort(wrote(1), wrote(9, sender="other"), wrote(2), wrote(3))

    mine, other = ticket_id("form:web:1"), ticket_id("form:web:9")
    assert bench.news() == [
        ("TicketOpened", mine, "form:web:1"),
        ("TicketOpened", other, "form:web:9"),
        ("MessageAdded", mine, "form:web:2"),
        ("MessageAdded", mine, "form:web:3"),
    ]
    assert outcome.counts == {"opened": 2, "added": 2}
    assert bench.store.inserts == 1


async def test_a_later_message_joins_the_ticket_at_the_desk_of_its_document(bench: Bench) -> None:
    await bench.sort(wrote(1))
    bench.store.ticket_docs[ticket_id("form:web:1")]["desk"] = "hosts"

    await bench.sort(wrote(2))

    assert bench.publisher.confirmed[-1].key == b"hosts"


async def test_after_the_ticket_closed_a_message_opens_another(bench: Bench) -> None:
    await bench.sort(wrote(1))
    bench.store.close(ticket_id("form:web:1"))

    await bench.sort(wrote(2))

    assert bench.news()[-1] == ("TicketOpened", ticket_id("form:web:2"), "form:web:2")


async def test_two_channels_of_a_vouched_customer_meet_in_one_ticket(bench: Bench) -> None:
    await bench.sort(wrote(1, customer="7"))
    await bench.sort(wrote(2, channel="telegram", sender="tg", customer="7"))

    assert [ticket for _, ticket, _ in bench.news()] == [ticket_id("form:web:1")] * 2


async def test_what_is_written_to_a_merged_ticket_stays_its_own_and_its_dealer_says_whose_it_is(
    bench: Bench,
) -> None:
    await bench.sort(wrote(1), wrote(2, channel="telegram", sender="tg"))
    whole, part = ticket_id("form:web:1"), ticket_id("telegram:web:2")
    bond = Bond(merged_into=whole)
    bench.store.ticket_docs[part] |= {"state": "resolved", "bond": bond_doc(bond)}

    await bench.sort(wrote(3, channel="telegram", sender="tg"))

    assert [ticket for _, ticket, _ in bench.news()] == [whole, part, part]
    assert bench.store.message_docs["telegram:web:3"]["ticket"] == part


async def test_an_identity_once_vouched_stays_with_its_customer(bench: Bench) -> None:
    await bench.sort(wrote(1, channel="telegram", sender="tg", customer="7"))
    bench.store.close(ticket_id("telegram:web:1"))

    await bench.sort(wrote(2, channel="telegram", sender="tg"), wrote(3, customer="7"))

    assert [ticket for _, ticket, _ in bench.news()[1:]] == [ticket_id("telegram:web:2")] * 2


@pytest.mark.parametrize("channel", ["mail", "sms", "phone", "voicemail"])
async def test_where_senders_are_forged_who_was_vouched_for_before_says_nothing_of_who_writes_now(
    bench: Bench, channel: str
) -> None:
    theirs = {"channel": channel, "sender": "me@example.com"}
    await bench.sort(wrote(1, **theirs), wrote(2, customer="7", **theirs), wrote(3, **theirs))
    await bench.sort(wrote(4, **theirs), wrote(5, customer="7", **theirs))

    forged, own = (ticket_id(f"{channel}:web:{number}") for number in (1, 2))
    assert [ticket for _, ticket, _ in bench.news()] == [forged, own, forged, forged, own]
    assert bench.store.ticket_docs[forged]["customer"].startswith("a:")
    assert bench.store.identity_docs == {}


async def test_an_anonymous_conversation_goes_on_when_somebody_vouches(bench: Bench) -> None:
    await bench.sort(wrote(1))

    await bench.sort(wrote(2, customer="7"), wrote(3))

    assert [ticket for _, ticket, _ in bench.news()] == [ticket_id("form:web:1")] * 3


async def test_another_customer_on_a_known_identity_gets_a_ticket_of_their_own(
    bench: Bench,
) -> None:
    await bench.sort(wrote(1, customer="7"))

    await bench.sort(wrote(2, customer="8"), wrote(3))

    mine, theirs = ticket_id("form:web:1"), ticket_id("form:web:2")
    assert [ticket for _, ticket, _ in bench.news()] == [mine, theirs, mine]


async def test_a_known_message_is_announced_again_at_its_first_position(bench: Bench) -> None:
    await bench.sort(wrote(1))

    outcome = await bench.sort(wrote(1))

    first, second = (decode(one.value) for one in bench.publisher.confirmed)
    assert first.id == second.id
    assert first.data == second.data
    assert outcome.counts == {"repeated": 1}
    assert len(bench.store.message_docs) == 1


async def test_of_a_large_batch_it_is_asked_first_what_is_known(bench: Bench) -> None:
    await bench.sort(*(wrote(number) for number in range(TRUSTED)))

    outcome = await bench.sort(*(wrote(number) for number in range(TRUSTED + 1)))

    assert outcome.counts == {"repeated": TRUSTED, "added": 1}
    assert bench.store.inserts == 2


async def test_a_message_repeated_within_a_batch_counts_once(bench: Bench) -> None:
    outcome = await bench.sort(wrote(1), wrote(1))

    assert len(bench.store.message_docs) == 1
    assert outcome.counts == {"opened": 1, "repeated": 1}


async def test_one_id_with_two_bodies_is_a_dead_letter(bench: Bench) -> None:
    outcome = await bench.sort(wrote(1, "hello"), wrote(1, "goodbye"))

    [headers] = bench.dead()
    assert headers["reason"].startswith("other_body: ")
    assert outcome.refused == {"other_body": 1}
    assert len(bench.news()) == 1


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("and the rest is [card …1111] ok?", "and the rest is 1111&nbsp;1111 ok?"),
        ("and the rest is 1111 1111 ok?", "and the rest is [card …1111] ok?"),
        ("[card …] and [card …1111]", "4111 and [card …1111]"),
    ],
)
async def test_a_repeat_of_which_another_door_took_out_other_digits_is_no_other_body(
    bench: Bench, first: str, again: str
) -> None:
    outcome = await bench.sort(wrote(1, first), wrote(1, again))

    assert outcome.refused == {}
    assert outcome.counts == {"opened": 1, "repeated": 1}


async def test_two_sums_of_money_are_two_bodies(bench: Bench) -> None:
    outcome = await bench.sort(wrote(1, "deposit 100 for me"), wrote(1, "deposit 200 for me"))

    assert outcome.refused == {"other_body": 1}


async def test_a_provider_that_renders_times_anew_still_repeats(bench: Bench) -> None:
    later = AT + timedelta(seconds=40)

    outcome = await bench.sort(wrote(1), wrote(1, sent_at=later, sender_name="Me"))

    assert outcome.counts["repeated"] == 1


@pytest.mark.parametrize(
    "value", [None, b"", b"{", b"\xff\xfe", b"[]", b'{"type":"MessageReceived","version":1}']
)
async def test_what_cannot_be_read_is_a_dead_letter_with_its_origin(
    bench: Bench, value: bytes | None
) -> None:
    record = bench.record(wrote(1), value=value)

    outcome = await bench.sort(record, wrote(2))

    [headers] = bench.dead()
    assert headers["reason"].startswith("invalid: ")
    assert headers["origin-topic"] == "support.inbound.v1"
    assert headers["origin-partition"] == str(record.partition)
    assert headers["origin-offset"] == str(record.offset)
    assert outcome.counts == {"opened": 1, "refused": 1}


async def test_a_dead_letter_holds_no_card_number(bench: Bench) -> None:
    await bench.sort(bench.record(wrote(1), value=f'{{"text": "{CARD}"'.encode()))

    assert bench.publisher.confirmed[0].value == '{"text": "[card …1111]"'.encode()


async def test_a_record_too_large_to_publish_is_a_dead_letter_that_says_where_it_is(
    bench: Bench,
) -> None:
    await bench.sort(bench.record(wrote(1), value=b"x" * 900_000, key=b"k" * 200_000))

    [headers] = bench.dead()
    assert headers["reason"].startswith("invalid: ")
    assert headers["left-behind-bytes"] == "1100000"


async def test_an_event_of_another_topic_is_a_dead_letter(bench: Bench) -> None:
    await bench.sort(wrote(1))
    foreign = bench.record(wrote(2), value=bench.publisher.confirmed[0].value)

    outcome = await bench.sort(foreign)

    assert outcome.refused == {"foreign": 1}


async def test_a_record_under_a_wrong_key_is_sent_on_under_the_right_one(bench: Bench) -> None:
    misplaced = bench.record(wrote(1), key=b"42", partition=partition_of(b"42", PARTITIONS))

    outcome = await bench.sort(misplaced)

    [sent] = bench.publisher.confirmed
    assert (sent.topic, sent.key) == ("support.inbound.v1", b"form:web:me")
    assert ("hop", b"1") in sent.headers
    assert outcome.counts == {"misplaced": 1}
    assert not bench.store.message_docs

    arrived = bench.record(wrote(1), value=sent.value, headers=sent.headers)
    assert (await bench.sort(arrived)).counts == {"opened": 1}


async def test_a_record_on_a_wrong_partition_is_sent_on_once_only(bench: Bench) -> None:
    right = bench.record(wrote(1))
    wrong = right._replace(partition=(right.partition + 1) % PARTITIONS)

    first = await bench.sort(wrong)
    second = await bench.sort(wrong._replace(headers=(("hop", b"1"),)))

    assert (first.counts, second.refused) == ({"misplaced": 1}, {"misplaced": 1})


@pytest.mark.parametrize(
    ("headers", "producer"), [((), "form:web"), ((("producer", b"crm"),), "crm")]
)
async def test_a_card_a_producer_left_is_masked_before_storing_and_the_producer_named(
    bench: Bench, headers: tuple[tuple[str, bytes], ...], producer: str
) -> None:
    said = wrote(1, f"charge {CARD}", subject=f"card {CARD}")

    outcome = await bench.sort(bench.record(said, headers=headers))

    [message] = bench.store.message_docs.values()
    assert (message["text"], message["subject"]) == ("charge [card …1111]", "card [card …1111]")
    assert outcome.unmasked == {producer: 2}
    assert not any(CARD in text for text in bench.understanding.asked)


def test_file_names_and_a_code_beside_a_masked_card_are_masked_for_a_producer_too() -> None:
    event = MessageReceived(
        channel="form",
        account="website",
        sender="u",
        message_id="m",
        sent_at=datetime(2026, 11, 22, tzinfo=UTC),
        text="[card …1111] cvv 123",
        attachments=(Attachment(name="4111 1111 1111 1111.jpg"), Attachment(name="scan.png")),
    )

    masked, found = body.masked(event, mask)

    assert isinstance(masked, MessageReceived)
    assert (masked.text, found) == ("[card …1111] cvv [code …]", 1)
    assert [file.name for file in masked.attachments] == ["[card …1111].jpg", "scan.png"]


async def test_a_card_is_masked_before_a_record_is_sent_on(bench: Bench) -> None:
    await bench.sort(bench.record(wrote(1, f"charge {CARD}"), key=b"42"))

    assert CARD.encode() not in bench.publisher.confirmed[0].value


async def test_a_digit_sender_that_looks_like_a_card_stays_who_it_is(bench: Bench) -> None:
    await bench.sort(wrote(1, sender="4111111111111111"))

    [ticket] = bench.store.ticket_docs.values()
    assert ticket["identity"] == "form:web:4111111111111111"


async def test_an_edit_goes_to_the_ticket_of_its_message_even_when_another_is_open(
    bench: Bench,
) -> None:
    await bench.sort(wrote(1))
    bench.store.close(ticket_id("form:web:1"))
    await bench.sort(wrote(2))

    await bench.sort(about(MessageEdited, 3, of="1", text="I meant"))

    assert bench.news()[-1] == ("MessageAdded", ticket_id("form:web:1"), "form:web:3")


async def test_an_edit_of_a_message_in_the_same_batch_goes_to_its_ticket(bench: Bench) -> None:
    await bench.sort(wrote(1), about(MessageEdited, 2, of="1", text="I meant"))

    assert bench.news()[-1] == ("MessageAdded", ticket_id("form:web:1"), "form:web:2")


async def test_an_edit_of_something_never_seen_opens_a_ticket(bench: Bench) -> None:
    await bench.sort(about(MessageEdited, 3, of="1", text="I meant"))

    assert bench.news() == [("TicketOpened", ticket_id("form:web:3"), "form:web:3")]


async def test_a_delete_goes_to_the_ticket_and_does_not_reopen_it(bench: Bench) -> None:
    await bench.sort(wrote(1), about(MessageDeleted, 2, of="1"))

    data: Any = decode(bench.publisher.confirmed[-1].value).data
    assert (data.entry.kind, data.entry.reopens) == ("delete", False)


async def test_a_delete_of_something_never_seen_is_a_dead_letter(bench: Bench) -> None:
    outcome = await bench.sort(about(MessageDeleted, 2, of="1"))

    assert outcome.refused == {"delete_unknown": 1}
    assert not bench.store.message_docs


async def test_a_departure_joins_the_open_ticket_and_without_one_is_ignored(bench: Bench) -> None:
    outcome = await bench.sort(
        about(CustomerLeft, 1, sender="nobody"), wrote(2), about(CustomerLeft, 3)
    )

    assert outcome.counts == {"opened": 1, "added": 1, "ignored": 1}
    assert [entry for _, _, entry in bench.news()] == ["form:web:2", "form:web:3"]


async def test_an_ignored_departure_delivered_again_does_not_abandon_a_later_ticket(
    bench: Bench,
) -> None:
    await bench.sort(about(CustomerLeft, 1), wrote(2))

    await bench.sort(about(CustomerLeft, 1))

    assert [entry for _, _, entry in bench.news()] == ["form:web:2"]


async def test_a_transcript_opens_a_ticket_and_the_customers_turns_are_understood(
    bench: Bench,
) -> None:
    turns = (Turn(by="bot", text="hello"), Turn(by="customer", text="deposit"))

    await bench.sort(about(BotTranscript, 1, turns=turns, customer="7"))

    [ticket] = bench.store.ticket_docs.values()
    assert (ticket["queue"], ticket["customer"]) == ("payments", "p:b:7")
    assert bench.store.message_docs["form:web:1"]["text"] == "bot: hello\ncustomer: deposit"
    assert bench.understanding.asked == ["deposit"]


async def test_thanks_do_not_reopen(bench: Bench) -> None:
    await bench.sort(wrote(1), wrote(2, "thanks"))

    data: Any = decode(bench.publisher.confirmed[-1].value).data
    assert data.entry.reopens is False


async def test_a_rating_goes_to_the_ticket_with_its_score_and_without_one_is_ignored(
    bench: Bench,
) -> None:
    record = bench.record(about(CustomerRated, 2, score=4, comment="quick, but 4111111111111111"))

    outcome = await bench.sort(wrote(1), record, about(CustomerRated, 3, sender="you", score=1))
    await bench.sort(record)

    assert outcome.counts == {"opened": 1, "added": 1, "ignored": 1}
    assert bench.store.message_docs["form:web:2"]["text"] == "quick, but [card …1111]"
    sent = bench.publisher.confirmed[-1].value
    data: Any = decode(sent).data
    assert (data.entry.kind, data.entry.rating, data.entry.reopens) == ("rating", 4, False)
    assert sent == encode(decode(sent)), "as the contract would write it"


async def test_one_rating_with_two_scores_is_a_dead_letter(bench: Bench) -> None:
    await bench.sort(wrote(1), about(CustomerRated, 2, score=4))

    await bench.sort(about(CustomerRated, 2, score=5))

    assert [letter["reason"].partition(":")[0] for letter in bench.dead()] == ["other_body"]


async def test_two_sorters_with_two_policies_announce_a_ticket_to_one_desk(bench: Bench) -> None:
    """Schedule 16: the desk of the ticket's document, whatever a newer policy says."""
    everybody_to_the_hosts = POLICY_TEXT.replace(
        "{brand: b, desk: main}", "{brand: b, desk: hosts}"
    )
    newer = replace(bench.sorter, policies=PolicyBoard(parse_policy(everybody_to_the_hosts)))
    first = bench.record(wrote(1))
    await bench.sort(first)

    await newer.sort([first, bench.record(wrote(2))], partitions=PARTITIONS)

    told = [decode(one.value).data for one in bench.publisher.confirmed]
    assert [(data.desk, data.ticket) for data in told if isinstance(data, Announcement)] == [
        ("main", ticket_id("form:web:1"))
    ] * 3


async def test_what_a_machine_wrote_does_not_reopen(bench: Bench) -> None:
    away = about(MessageReceived, 2, text="I am on holiday until Monday", auto_reply=True)
    await bench.sort(wrote(1), away)

    data: Any = decode(bench.publisher.confirmed[-1].value).data
    assert data.entry.reopens is False


@pytest.mark.parametrize(
    ("sent_ago", "waited"),
    [(-3600.0, 1.0), (30.0, 30.0), (10 * 86_400.0, 3601.0)],
    ids=["clock ahead", "right", "clock far behind"],
)
async def test_a_wrong_provider_clock_cannot_jump_the_queue(
    bench: Bench, sent_ago: float, waited: float
) -> None:
    await bench.sort(wrote(1, sent_at=datetime.fromtimestamp(NOW - sent_ago, UTC)))

    [ticket] = bench.store.ticket_docs.values()
    assert NOW - ticket["queued_at"] == waited


async def test_a_race_for_the_first_ticket_is_lost_gracefully(bench: Bench) -> None:
    """Another sorter inserts between our read and our write."""
    rival = Bench(store=bench.store)
    insert = bench.store.insert

    async def raced(write: Any) -> None:
        bench.store.insert = insert  # type: ignore[method-assign]
        await rival.sort(wrote(5, channel="telegram", sender="tg", customer="7"))
        await insert(write)

    bench.store.insert = raced  # type: ignore[method-assign]
    await bench.sort(wrote(1, customer="7"))

    assert list(bench.store.ticket_docs) == [ticket_id("telegram:web:5")]
    assert bench.news() == [("MessageAdded", ticket_id("telegram:web:5"), "form:web:1")]


@pytest.mark.parametrize("failure", [DuplicateKey("x"), Transient("x"), UnknownOutcome("x")])
async def test_any_doubt_about_the_insert_is_resolved_by_reading_again(
    bench: Bench, failure: Any
) -> None:
    bench.store.failures = [failure]

    await bench.sort(wrote(1), wrote(2))

    assert len(bench.store.message_docs) == 2
    assert [entry for _, _, entry in bench.news()] == ["form:web:1", "form:web:2"]
    assert bench.understanding.asked == ["hello", "hello"]


@pytest.mark.parametrize(
    ("failure", "raised"), [(Transient("down"), Transient), (DuplicateKey("x"), SortFailed)]
)
async def test_a_store_that_never_takes_the_batch_fails_it_and_announces_nothing(
    bench: Bench, failure: Any, raised: type[Exception]
) -> None:
    bench.store.failures = [failure] * ATTEMPTS

    with pytest.raises(raised):
        await bench.sort(wrote(1))

    assert bench.publisher.confirmed == []
    assert sum(bench.clock.slept) < 5


async def test_an_unconfirmed_announcement_is_made_again(bench: Bench) -> None:
    await bench.sort_at_the_second_attempt(wrote(1))

    assert bench.news() == [("TicketOpened", ticket_id("form:web:1"), "form:web:1")]


async def test_the_named_points_are_passed_in_order(bench: Bench) -> None:
    await bench.sort(wrote(1))

    assert bench.points.hits == [
        "sorter.before_insert",
        "sorter.after_insert",
        "sorter.after_announce",
    ]
