"""Replies on WhatsApp, Messenger and Instagram: Meta's requests, and what its answers mean."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.ingest.channels.meta.account import (
    ClosedWindow,
    MessagingAccount,
    MetaAccount,
    WhatsAppAccount,
)
from services.ingest.courier.delivery import (
    Delivery,
    Doubtful,
    Later,
    Otherwise,
    Outcome,
    Refused,
    Sent,
)
from services.ingest.courier.sender import Call, Reply, Sender
from services.ingest.courier.senders.meta.messaging import InstagramSender, MessengerSender
from services.ingest.courier.senders.meta.whatsapp import WhatsAppSender
from services.ingest.secrets import Secrets

TOKEN = "EAAG-the-token-of-the-account"
NUMBER = "106540352242922"
SECRETS: dict[str, Any] = {
    "secrets": Secrets.of("the_secret_of_the_app"),
    "verify_tokens": Secrets.of("a_token_that_meta_says"),
}
KEYS: dict[str, Any] = {**SECRETS, "token": Secrets.of(TOKEN)}
CLOSED = ClosedWindow(template="we_answered", languages={"en": "en_US", "lt": "lt"})
CARRYING = ClosedWindow(template="our_answer", languages={"en": "en_US"}, parameter=True)
PHONES = {
    "ours": WhatsAppAccount(**KEYS, ids={NUMBER}),
    "asking": WhatsAppAccount(**KEYS, ids={NUMBER}, closed=CLOSED),
    "carrying": WhatsAppAccount(**KEYS, ids={NUMBER}, closed=CARRYING),
    "several": WhatsAppAccount(**KEYS, ids={NUMBER, "2"}, send_from="2"),
    "theirs": WhatsAppAccount(**SECRETS),
}
PAGES = {
    "ours": MessagingAccount(**KEYS),
    "human": MessagingAccount(**KEYS, human_agent=True),
    "theirs": MessagingAccount(**SECRETS),
}
WHATSAPP, MESSENGER, INSTAGRAM = (
    WhatsAppSender(PHONES),
    MessengerSender(PAGES),
    InstagramSender(PAGES),
)
SENDERS: tuple[Sender, ...] = (WHATSAPP, MESSENGER, INSTAGRAM)


def reply(sender: Sender = WHATSAPP, **more: object) -> Delivery:
    known = {
        "reply": "r-1",
        "ticket": "t-1",
        "key": f"{sender.channel}:ours:77",
        "partition": 0,
        "offset": 0,
        "channel": sender.channel,
        "account": "ours",
        "recipient": "37060000077",
        "text": "hello & привет",
        "asked_at": 0.0,
        "expires_at": 1.0,
    }
    return Delivery(**{**known, **more})  # type: ignore[arg-type]


def call(sender: Sender, it: Delivery) -> Call:
    return sender.call(it, sender.pace.parts(it.text)[it.part])


def body(sender: Sender, it: Delivery) -> dict[str, Any]:
    said = orjson.loads(call(sender, it).body)
    assert isinstance(said, dict)
    return said


def error(code: int, subcode: int = 0, status: int = 400, says: str = "", **headers: str) -> Reply:
    said: dict[str, object] = {"message": says or "said to 37060000077", "code": code}
    if subcode:
        said["error_subcode"] = subcode
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, named, orjson.dumps({"error": said}))


def ok(said: object, status: int = 200) -> Reply:
    return Reply(status, {}, orjson.dumps(said))


def test_whatsapp_gets_a_text_from_our_number_with_an_id_of_ours() -> None:
    made = call(WHATSAPP, reply())
    assert made.url == f"https://graph.facebook.com/v25.0/{NUMBER}/messages"
    assert made.headers["Authorization"] == f"Bearer {TOKEN}"
    assert orjson.loads(made.body) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "37060000077",
        "type": "text",
        "text": {"preview_url": False, "body": "hello & привет"},
        "biz_opaque_callback_data": "r-1",
    }


def test_a_customer_known_by_an_id_for_our_business_is_no_phone_number() -> None:
    said = body(WHATSAPP, reply(recipient="US.13491208655302741918"))
    assert said["recipient"] == "US.13491208655302741918"
    assert "to" not in said


@pytest.mark.parametrize(
    ("answers", "context"),
    [
        ("whatsapp:ours:wamid.HBgL", {"message_id": "wamid.HBgL"}),
        ("whatsapp:another:wamid.HBgL", None),
        ("whatsapp:ours:something", None),
        ("telegram:ours:7.5", None),
        (None, None),
    ],
)
def test_a_reply_cites_the_message_it_answers_where_it_came_to_the_same_account(
    answers: str | None, context: object
) -> None:
    assert body(WHATSAPP, reply(in_reply_to=answers)).get("context") == context


def test_only_the_first_part_cites() -> None:
    it = reply(in_reply_to="whatsapp:ours:wamid.HBgL", text="x" * 5_000, part=1)
    assert "context" not in body(WHATSAPP, it)


def test_an_id_too_long_for_whatsapp_is_left_out() -> None:
    assert "biz_opaque_callback_data" not in body(WHATSAPP, reply(reply="r" * 513))


def test_an_account_with_several_numbers_says_which_it_answers_from() -> None:
    assert f"/v25.0/{2}/messages" in call(WHATSAPP, reply(account="several")).url
    for ids in (set(), {NUMBER, "2"}):
        with pytest.raises(ValidationError, match="say which phone number id"):
            WhatsAppAccount(**KEYS, ids=ids)
        assert WhatsAppAccount(**SECRETS, ids=ids).token is None
    with pytest.raises(ValidationError, match="not one of the ids"):
        WhatsAppAccount(**KEYS, ids={NUMBER}, send_from="2")


def test_messenger_gets_a_response_and_instagram_a_message() -> None:
    plain = {"recipient": {"id": "37060000077"}, "message": {"text": "hello & привет"}}
    assert body(MESSENGER, reply(MESSENGER)) == {**plain, "messaging_type": "RESPONSE"}
    assert body(INSTAGRAM, reply(INSTAGRAM)) == plain
    for sender in (MESSENGER, INSTAGRAM):
        made = call(sender, reply(sender))
        assert made.url == "https://graph.facebook.com/v25.0/me/messages"
        assert made.headers["Authorization"] == f"Bearer {TOKEN}"


def test_instagram_counts_bytes() -> None:
    parts = INSTAGRAM.pace.parts("привет " * 200)
    assert all(len(part.encode()) <= 1_000 for part in parts)
    assert len(parts) == 3
    assert [len(part) for part in MESSENGER.pace.parts("привет " * 200)] == [1_400]


WAMID = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": "+37060000077", "wa_id": "37060000077"}],
    "messages": [{"id": "wamid.HBgL", "message_status": "accepted"}],
}
MID = {"recipient_id": "37060000077", "message_id": "m_AG5Hz2U"}


@pytest.mark.parametrize(
    ("sender", "answer", "means"),
    [
        (WHATSAPP, ok(WAMID), Sent("wamid.HBgL")),
        (MESSENGER, ok(MID), Sent("m_AG5Hz2U")),
        (INSTAGRAM, ok(MID), Sent("m_AG5Hz2U")),
    ],
)
def test_what_meta_took_has_its_id(sender: Sender, answer: Reply, means: Outcome) -> None:
    assert sender.outcome(answer) == means


@pytest.mark.parametrize("sender", SENDERS, ids=lambda each: each.channel)
@pytest.mark.parametrize("code", [4, 17, 32, 613, 80007, 0, 190, 102, 3, 10, 200, 230, 368])
def test_what_concerns_the_account_makes_the_account_wait(sender: Sender, code: int) -> None:
    means = sender.outcome(error(code, retry_after="7"))
    assert isinstance(means, Later)
    assert means.ours
    assert means.after == 7.0


@pytest.mark.parametrize(
    "code", [130429, 131048, 131064, 131057, 131005, 131031, 131042, 131037, 131045, 133010]
)
def test_a_number_that_must_not_send_for_now_waits(code: int) -> None:
    means = WHATSAPP.outcome(error(code))
    assert isinstance(means, Later)
    assert means.ours


def test_a_wrong_number_id_is_ours_to_mend() -> None:
    assert WHATSAPP.outcome(error(100, 33)) == Later(
        "whatsapp answered 100.33: is the phone number id right, and the token's?", ours=True
    )


@pytest.mark.parametrize("code", [131000, 131016, 133004])
def test_what_whatsapp_says_it_did_not_send_is_tried_again(code: int) -> None:
    for status in (400, 500, 503):
        means = WHATSAPP.outcome(error(code, status=status))
        assert means == Later(f"whatsapp answered {code}: Meta could not send it for now")


def test_what_messenger_says_it_did_not_send_is_tried_again() -> None:
    means = MESSENGER.outcome(error(1200, 2018024))
    assert means == Later("messenger answered 1200.2018024: Meta could not send it for now")


def test_too_many_messages_to_one_customer_make_that_customer_wait() -> None:
    means = WHATSAPP.outcome(error(131056, status=429))
    assert means == Later("whatsapp answered 131056: too many messages to this customer", 6.0)


@pytest.mark.parametrize("code", [130472, 131021, 131026, 131030, 131049, 131050, 131062, 130497])
def test_a_customer_whom_whatsapp_cannot_reach_gets_nothing(code: int) -> None:
    assert isinstance(WHATSAPP.outcome(error(code)), Refused)


@pytest.mark.parametrize("code", [100, 131008, 131009, 131051, 132000, 132001, 132015, 132018])
def test_what_whatsapp_does_not_accept_is_refused(code: int) -> None:
    assert isinstance(WHATSAPP.outcome(error(code)), Refused)


@pytest.mark.parametrize("sender", [MESSENGER, INSTAGRAM], ids=lambda each: each.channel)
@pytest.mark.parametrize(
    "answer",
    [
        error(551, 1545041),
        error(200, 1545041),
        error(10, 2018108),
        error(100, 2018001),
        error(100, 2534014),
        error(100, 2534001),
        error(100, 2018032),
    ],
)
def test_a_customer_whom_a_page_cannot_reach_gets_nothing(sender: Sender, answer: Reply) -> None:
    assert isinstance(sender.outcome(answer), Refused)


@pytest.mark.parametrize(
    ("sender", "answer"),
    [
        (WHATSAPP, error(131047)),
        (WHATSAPP, error(470)),
        (MESSENGER, error(10, 2018278)),
        (MESSENGER, error(10, 2018065)),
        (INSTAGRAM, error(10, 2534022, status=403)),
        (MESSENGER, error(10, says="(#10) This message is sent outside of allowed window. More")),
    ],
)
def test_a_closed_window_is_told_from_other_refusals(sender: Sender, answer: Reply) -> None:
    assert sender.outcome(answer) == Otherwise("closed window")


@pytest.mark.parametrize("sender", SENDERS, ids=lambda each: each.channel)
@pytest.mark.parametrize(
    "answer",
    [
        error(1, status=500),
        error(1, 1357046),
        error(2, status=500),
        error(-1, 2018012),
        error(999_999),
        ok({}),
        ok({"messages": []}),
        ok({"error": {"code": "190"}}, 400),
        ok({"error": {"code": True}}, 400),
        Reply(502, {}, b"<html>"),
        Reply(503, {}, b""),
        Reply(200, {}, b"[]"),
        Reply(401, {}, b""),
    ],
    ids=lambda each: f"{each.status} {each.body.decode()}",
)
def test_what_does_not_say_what_happened_is_in_doubt(sender: Sender, answer: Reply) -> None:
    assert isinstance(sender.outcome(answer), Doubtful)


def test_a_throttled_call_without_a_body_was_not_made() -> None:
    answer = Reply(429, {"retry-after": "30"}, b"")
    assert WHATSAPP.outcome(answer) == Later("whatsapp answered 429", 30.0, ours=True)


@pytest.mark.parametrize("sender", SENDERS, ids=lambda each: each.channel)
@given(
    status=st.sampled_from((200, 201, 301, 400, 403, 429, 500, 503)),
    said=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ("error", "code", "error_subcode", "message", "messages", "id", "message_id")
                ),
                inner,
                max_size=4,
            )
        ),
    ),
)
def test_whatever_meta_answers_has_some_meaning(sender: Sender, status: int, said: object) -> None:
    outcome = sender.outcome(Reply(status, {}, json.dumps(said).encode()))
    assert isinstance(outcome, Sent | Refused | Later | Otherwise | Doubtful)
    assert not isinstance(outcome, Sent) or status == 200


@pytest.mark.parametrize("sender", SENDERS, ids=lambda each: each.channel)
def test_an_account_without_a_token_is_an_integration_s(sender: Sender) -> None:
    assert sender.serves("ours")
    assert not sender.serves("theirs")
    assert not sender.serves("unknown")


@pytest.mark.parametrize("sender", SENDERS, ids=lambda each: each.channel)
def test_no_answer_s_words_and_no_token_are_shown(sender: Sender) -> None:
    it = reply(sender)
    shown = repr((it, call(sender, it), sender.outcome(error(190)), PHONES, PAGES))
    assert TOKEN not in shown
    assert "said to" not in shown
    assert "hello" not in shown


def test_an_account_of_instagram_names_its_own_host() -> None:
    account = MessagingAccount(**KEYS, api="https://graph.instagram.com")
    made = call(InstagramSender({"ours": account}), reply(INSTAGRAM))
    assert made.url == "https://graph.instagram.com/v25.0/me/messages"


def test_a_door_takes_the_accounts_of_its_sender() -> None:
    assert isinstance(PHONES["ours"], MetaAccount)
    assert PHONES["ours"].owns(NUMBER)
