"""Replies reach customers through a provider that has bad days, whatever happens to the courier:
each is delivered once, or reported as not delivered."""

import asyncio
import signal
from collections import Counter
from pathlib import Path

import pytest

from shared.contracts.delivery_reported_v1 import DeliveryReported
from shared.runtime.clock import SystemClock
from shared.store import Store
from tests.integration.courier_process import (
    BOT,
    SENDERS,
    TOKEN,
    TWILIO_SID,
    accounts_file,
    ask,
    mail_file,
    reply,
    reports_until,
    running_courier,
)
from tests.stacks import Fresh
from tests.standins.mail import running_mail_server
from tests.standins.meta import running_meta
from tests.standins.provider import Mood, Provider
from tests.standins.telegram import running_telegram
from tests.standins.twilio import running_twilio
from tests.standins.vk import running_vk

pytestmark = pytest.mark.stack

CHATS = range(100, 108)
A_BAD_DAY: tuple[Mood, ...] = (
    "throttles",
    "fails",
    "is away",
    "well",
    "hangs",
    "answers late",
    "is blocked",
)


def of_all(many: int, reports: list[DeliveryReported]) -> bool:
    return len({each.reply for each in reports}) >= many


def check(many: int, reports: list[DeliveryReported], provider: Provider) -> Counter[str]:
    """Each was told about once, nothing was delivered twice, and what is sent was delivered."""
    told = {each.reply: each for each in reports}
    assert len(told) == many
    assert all(told[each.reply].status == each.status for each in reports)
    delivered = Counter(text for _, text in provider.delivered)
    assert set(delivered.values()) <= {1}
    for name, report in told.items():
        arrived = f"reply {name.removeprefix('r-')}" in delivered
        if report.status == "sent":
            assert arrived
        elif arrived:
            assert "perhaps delivered" in (report.error or "")
    for chat in CHATS:
        numbers = [int(text.split()[-1]) for text in provider.texts(chat)]
        assert numbers == sorted(numbers)
    return Counter(each.status for each in told.values())


async def test_replies_arrive_in_order_and_are_reported(fresh: Fresh, tmp_path: Path) -> None:
    await fresh.provision_topics()
    async with running_telegram(TOKEN) as provider:
        accounts = accounts_file(tmp_path, api=provider.url)
        foreign = reply(99, chat=100, account="a_partner_s_bot")
        await ask(fresh, [foreign, *(reply(n, chat=CHATS[n % 8]) for n in range(24))])
        async with running_courier(fresh, accounts):
            reports = await reports_until(fresh, lambda seen: of_all(24, seen))
        assert check(24, reports, provider) == {"sent": 24}
        assert "r-99" not in {each.reply for each in reports}


async def test_a_provider_s_bad_day_loses_and_doubles_nothing(fresh: Fresh, tmp_path: Path) -> None:
    await fresh.provision_topics()
    async with running_telegram(TOKEN) as provider:
        provider.moods.extend(A_BAD_DAY * 2)
        accounts = accounts_file(tmp_path, api=provider.url)
        await ask(fresh, [reply(n, chat=CHATS[n % 8]) for n in range(32)])
        async with running_courier(fresh, accounts):
            reports = await reports_until(fresh, lambda seen: of_all(32, seen))
        told = check(32, reports, provider)
        # what failed, hung, came late or was refused; the rest was tried again
        assert told == {"failed": 8, "sent": 24}
        assert provider.seen["throttles"] == provider.seen["is away"] == 2


async def test_a_provider_that_knows_repetitions_delivers_each_reply_once_all_the_same(
    fresh: Fresh, tmp_path: Path
) -> None:
    await fresh.provision_topics()
    async with running_vk(TOKEN) as provider:
        provider.moods.extend(A_BAD_DAY)
        accounts = accounts_file(tmp_path, section="vk", api=provider.url)
        await ask(fresh, [reply(n, chat=CHATS[n % 8], channel="vk") for n in range(24)])
        async with running_courier(fresh, accounts):
            reports = await reports_until(fresh, lambda seen: of_all(24, seen))
        assert check(24, reports, provider) == {"failed": 1, "sent": 23}
        assert provider.seen["answers late"] == provider.seen["hangs"] == 1


async def test_whatsapp_s_bad_day_and_closed_windows_lose_and_double_nothing(
    fresh: Fresh, tmp_path: Path
) -> None:
    await fresh.provision_topics()
    async with running_meta(TOKEN) as provider:
        provider.moods.extend(A_BAD_DAY)
        provider.closed.update(CHATS[:4])
        closed = {"template": "our_answer", "languages": {"en": "en_US"}, "parameter": True}
        accounts = accounts_file(tmp_path, section="whatsapp", api=provider.url, closed=closed)
        await ask(fresh, [reply(n, chat=CHATS[n % 8], channel="whatsapp") for n in range(24)])
        async with running_courier(fresh, accounts):
            reports = await reports_until(fresh, lambda seen: of_all(24, seen))
        # what failed, hung, or came late or was refused
        assert check(24, reports, provider) == {"failed": 4, "sent": 20}


async def test_agents_answer_on_messenger_after_the_window_closed(
    fresh: Fresh, tmp_path: Path
) -> None:
    await fresh.provision_topics()
    async with running_meta(TOKEN) as provider:
        provider.moods.extend(A_BAD_DAY)
        provider.closed.update(CHATS[:4])
        accounts = accounts_file(tmp_path, section="messenger", api=provider.url, human_agent=True)
        await ask(fresh, [reply(n, chat=CHATS[n % 8], channel="messenger") for n in range(24)])
        async with running_courier(fresh, accounts):
            reports = await reports_until(fresh, lambda seen: of_all(24, seen))
        assert check(24, reports, provider) == {"failed": 4, "sent": 20}


async def test_a_customer_whose_window_is_closed_is_asked_to_write(
    fresh: Fresh, tmp_path: Path
) -> None:
    await fresh.provision_topics()
    async with Store(url=fresh.stack.mongo, database=fresh.database, driver="pymongo") as store:
        old = {"identity": f"whatsapp:{BOT}:102", "at": SystemClock().now() - 90_000.0}
        await store["messages"].insert_one({"_id": f"whatsapp:{BOT}:wamid.9", **old})
    async with running_meta(TOKEN) as provider:
        provider.closed.add(100)
        closed = {"template": "we_answered", "languages": {"en": "en_US", "lt": "lt"}}
        accounts = accounts_file(tmp_path, section="whatsapp", api=provider.url, closed=closed)
        asked = reply(1, chat=100, channel="whatsapp").model_copy(update={"lang": "lt"})
        to = f"whatsapp:{BOT}:wamid.9"
        late = reply(3, chat=102, channel="whatsapp", in_reply_to=to)
        await ask(fresh, [asked, reply(2, chat=101, channel="whatsapp"), late])
        async with running_courier(fresh, accounts):
            reports = await reports_until(fresh, lambda seen: of_all(3, seen))
        assert sorted(provider.delivered) == [
            (100, "[we_answered lt]"),
            (101, "reply 2"),
            (102, "[we_answered en_US]"),
        ]
        says = "closed window: the template was sent, the customer was asked to write"
        assert {each.reply: each.error for each in reports} == {
            "r-1": says,
            "r-2": None,
            "r-3": says,
        }


async def test_replies_by_sms_survive_twilio_s_bad_day(fresh: Fresh, tmp_path: Path) -> None:
    await fresh.provision_topics()
    async with running_twilio(TWILIO_SID, TOKEN) as provider:
        provider.moods.extend(A_BAD_DAY)
        accounts = accounts_file(tmp_path, section="twilio", api=provider.url)
        await ask(fresh, [reply(n, chat=CHATS[n % 8], channel="sms") for n in range(24)])
        public = "https://croupier.test"
        async with running_courier(fresh, accounts, CROUPIER_INGEST_PUBLIC_URL=public):
            reports = await reports_until(fresh, lambda seen: of_all(24, seen))
        assert check(24, reports, provider) == {"failed": 4, "sent": 20}
        assert f"{public}/v1/twilio/{BOT}/status?reply=r-23#rc=5&rp=all" in provider.callbacks


async def test_replies_by_mail_survive_the_server_s_bad_day(fresh: Fresh, tmp_path: Path) -> None:
    await fresh.provision_topics()
    async with running_mail_server() as provider:
        provider.moods.extend(A_BAD_DAY)
        accounts = mail_file(tmp_path, host=provider.host, port=provider.port)
        await ask(fresh, [reply(n, chat=CHATS[n % 8], channel="mail") for n in range(24)])
        async with running_courier(fresh, accounts):
            reports = await reports_until(fresh, lambda seen: of_all(24, seen))
        assert check(24, reports, provider) == {"failed": 4, "sent": 20}
        ids = {str(mail["Message-ID"]) for _, _, mail in provider.mails}
        assert {each.provider_id for each in reports if each.status == "sent"} <= ids


async def test_a_reply_by_mail_answers_the_mail_that_the_sorter_stored(
    fresh: Fresh, tmp_path: Path
) -> None:
    await fresh.provision_topics()
    async with Store(url=fresh.stack.mongo, database=fresh.database, driver="pymongo") as store:
        customer = f"mail:{BOT}:{SENDERS['mail'].format(100)}"
        stored = {"subject": "Kur pinigai?", "thread": "<m-1@example.test>"}
        await store["messages"].insert_one(
            {"_id": f"mail:{BOT}:m-1", "identity": customer, **stored}
        )
    async with running_mail_server() as provider:
        accounts = mail_file(tmp_path, host=provider.host, port=provider.port)
        to = f"mail:{BOT}:m-1"
        answers = [reply(n, chat=99 + n, channel="mail", in_reply_to=to) for n in (1, 2)]
        await ask(fresh, answers)
        async with running_courier(fresh, accounts):
            await reports_until(fresh, lambda seen: of_all(2, seen))
        mails = {recipients[0]: mail for _, recipients, mail in provider.mails}
        known, stranger = mails["c100@example.test"], mails["c101@example.test"]
        assert known["Subject"] == "Re: Kur pinigai?"
        assert known["In-Reply-To"] == "<m-1@example.test>"
        assert (stranger["Subject"], stranger["In-Reply-To"]) == ("Re:", None)


@pytest.mark.native  # on the embedded broker a killed member leads its group for ever
@pytest.mark.parametrize("point", ["courier.before_call", "courier.after_call"])
async def test_a_courier_that_dies_amid_a_call_leaves_nothing_untold(
    point: str, fresh: Fresh, tmp_path: Path
) -> None:
    await fresh.provision_topics()
    async with running_telegram(TOKEN) as provider:
        accounts = accounts_file(tmp_path, api=provider.url)
        await ask(fresh, [reply(n, chat=CHATS[n % 8]) for n in range(16)])
        async with running_courier(
            fresh, accounts, CROUPIER_FAILPOINT=f"{point}=kill:5"
        ) as courier:
            assert await courier.process.wait() == -signal.SIGKILL
        async with running_courier(fresh, accounts):
            reports = await reports_until(fresh, lambda seen: of_all(16, seen))
        told = check(16, reports, provider)
        assert told["sent"] >= 16 - 8  # a call for each customer was under way at most
        assert told["failed"] >= 1


async def test_couriers_that_come_and_go_send_nothing_twice(fresh: Fresh, tmp_path: Path) -> None:
    await fresh.provision_topics()
    async with running_telegram(TOKEN) as provider:
        accounts = accounts_file(tmp_path, api=provider.url)
        await ask(fresh, [reply(n, chat=CHATS[n % 8]) for n in range(64)])
        async with running_courier(fresh, accounts) as first:
            await reports_until(fresh, lambda seen: of_all(8, seen))
            async with running_courier(fresh, accounts):
                first.process.send_signal(signal.SIGTERM)
                assert await asyncio.wait_for(first.process.wait(), 30) == 0
                reports = await reports_until(fresh, lambda seen: of_all(64, seen))
        assert check(64, reports, provider) == {"sent": 64}
