"""A reply becomes a delivery, which knows what a mail has to name of the message it answers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from services.ingest.channels.telegram import Bot
from services.ingest.courier.delivery import Delivery
from services.ingest.courier.inbox import Inbox
from services.ingest.courier.ports import About
from services.ingest.courier.senders.mail import MailSender
from services.ingest.courier.senders.meta.whatsapp import WhatsAppSender
from services.ingest.courier.senders.telegram import TelegramSender
from services.ingest.mailbox import Mailbox, Outgoing
from services.ingest.secrets import Secrets
from shared.contracts import encode, wrap
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.messaging.records import Record
from tests.fakes.courier import FakeDeliveries
from tests.fakes.publisher import FakePublisher

ASKED_AT = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
MAILBOX = Mailbox(addresses=["support@croupier.test"], outgoing=Outgoing(host="mail.croupier.test"))
BOT = Bot(secrets=Secrets.of("the_secret_of_our_bot"), token=Secrets.of("1234567:the-bot-s-token"))
RITA = "rita@example.test"


@dataclass
class FakeMessages:
    """What the sorter stored. asked: ids, in order."""

    known: dict[str, About] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def about(self, ids: Collection[str]) -> Mapping[str, About]:
        self.asked += sorted(ids)
        return {each: self.known[each] for each in ids if each in self.known}


@pytest.fixture
def messages() -> FakeMessages:
    return FakeMessages(
        {
            "mail:support:m-1": About(f"mail:support:{RITA}", "Kur pinigai?", "<m-1@example.test>"),
            "whatsapp:phone:wamid.1": About("whatsapp:phone:37060000077", "", "", 1_790_000_000.0),
            "mail:support:m-2": About("mail:support:jonas@example.test", "Secret", "<m-2@x>"),
        }
    )


async def taken_in(messages: FakeMessages, *replies: ReplyRequested) -> list[Delivery]:
    store = FakeDeliveries()
    inbox = Inbox(
        store=store,
        messages=messages,
        publisher=FakePublisher(),
        senders={
            ("mail", "support"): MailSender({"support": MAILBOX}),
            ("telegram", "lucky_bot"): TelegramSender({"lucky_bot": BOT}),
            ("whatsapp", "phone"): WhatsAppSender({}),
        },
        kept_seconds=60.0,
    )
    events = [wrap(each, id=f"{each.reply}:asked", at=ASKED_AT) for each in replies]
    await inbox.take_in(
        [
            Record("support.replies.v1", 0, offset, each.data.key.encode(), encode(each), 0)
            for offset, each in enumerate(events)
        ]
    )
    return [store.by_id[each.reply] for each in replies if each.reply in store.by_id]


def reply(number: int = 1, **more: object) -> ReplyRequested:
    known = {
        "reply": f"r-{number}",
        "ticket": "t-1",
        "channel": "mail",
        "account": "support",
        "sender": RITA,
        "text": "Rytoj.",
        "in_reply_to": "mail:support:m-1",
    }
    return ReplyRequested.model_validate({**known, **more})


async def test_a_mail_names_the_subject_and_the_thread_of_the_one_it_answers(
    messages: FakeMessages,
) -> None:
    [delivery] = await taken_in(messages, reply(by="system"))
    assert (delivery.subject, delivery.thread) == ("Kur pinigai?", "<m-1@example.test>")
    assert delivery.by == "system"
    assert delivery.asked_at == ASKED_AT.timestamp()


async def test_whatsapp_is_told_when_the_customer_wrote_what_it_answers(
    messages: FakeMessages,
) -> None:
    phone = {"channel": "whatsapp", "account": "phone", "in_reply_to": "whatsapp:phone:wamid.1"}
    [known, stranger] = await taken_in(
        messages,
        reply(1, **phone, sender="37060000077", lang="lt"),
        reply(2, **phone, sender="37060000078"),
    )
    assert (known.heard_at, known.lang) == (1_790_000_000.0, "lt")
    assert stranger.heard_at == 0.0


async def test_the_subject_of_somebody_else_s_mail_is_not_told(messages: FakeMessages) -> None:
    [delivery] = await taken_in(messages, reply(in_reply_to="mail:support:m-2"))
    assert (delivery.subject, delivery.thread) == ("", "")


@pytest.mark.parametrize("answered", [None, "mail:support:forgotten"])
async def test_a_reply_to_nothing_that_is_known_goes_without(
    messages: FakeMessages, answered: str | None
) -> None:
    [delivery] = await taken_in(messages, reply(in_reply_to=answered))
    assert (delivery.subject, delivery.thread) == ("", "")


async def test_channels_that_need_no_subject_do_not_ask_for_one(messages: FakeMessages) -> None:
    replies = [
        reply(1, channel="telegram", account="lucky_bot", in_reply_to="telegram:lucky_bot:7.5"),
        reply(2),
        reply(3),
    ]
    assert len(await taken_in(messages, *replies)) == 3
    assert messages.asked == ["mail:support:m-1"]


async def test_an_account_without_a_way_out_is_an_integration_s(messages: FakeMessages) -> None:
    assert await taken_in(messages, reply(account="complaints"), reply(2, channel="sms")) == []
    assert messages.asked == []
