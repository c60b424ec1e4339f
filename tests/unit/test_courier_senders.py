"""Each sender's request is the provider's, and each answer of the provider has its meaning."""

import json
from dataclasses import replace
from urllib.parse import parse_qs

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.account import AccountSection
from services.ingest.channels.slack.door import SlackAccount
from services.ingest.channels.telegram import Bot
from services.ingest.channels.viber import ViberAccount
from services.ingest.channels.vk.door import VkAccount
from services.ingest.courier.delivery import Delivery, Doubtful, Later, Refused, Sent
from services.ingest.courier.sender import Reply, Sender
from services.ingest.courier.senders.slack import SlackSender
from services.ingest.courier.senders.telegram import TelegramSender
from services.ingest.courier.senders.viber import ViberSender
from services.ingest.courier.senders.vk import VkSender, random_id
from services.ingest.secrets import Secrets

SECRET, TOKEN = "the_secret_of_the_webhook", "the-token-of-the-account"
VK = VkAccount(secrets=Secrets.of(SECRET), group_id=7, confirmation="abc", token=Secrets.of(TOKEN))
SLACK = SlackAccount(secrets=Secrets.of(SECRET), token=Secrets.of(TOKEN))
VIBER = ViberAccount(secrets=Secrets.of(TOKEN), name="Lucky")
BOT = Bot(secrets=Secrets.of(SECRET), token=Secrets.of(TOKEN))
SENDERS: tuple[Sender, ...] = (
    TelegramSender({"ours": BOT}),
    VkSender({"ours": VK}),
    SlackSender({"ours": SLACK}),
    ViberSender({"ours": VIBER}),
)
BY_CHANNEL = {each.channel: each for each in SENDERS}


def reply(channel: str, recipient: str = "77") -> Delivery:
    return Delivery(
        reply="r-1",
        ticket="t-1",
        key=f"{channel}:ours:{recipient}",
        partition=0,
        offset=0,
        channel=channel,
        account="ours",
        recipient=recipient,
        text="<hello> & привет",
        asked_at=0.0,
        expires_at=1.0,
    )


def answered(body: object, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, named, orjson.dumps(body))


def test_vk_gets_a_form_with_an_id_of_ours_that_a_repetition_has_too() -> None:
    it = reply("vk")
    call = BY_CHANNEL["vk"].call(it, it.text)
    assert call.url == "https://api.vk.com/method/messages.send"
    assert parse_qs(call.body.decode()) == {
        "peer_id": ["77"],
        "message": ["<hello> & привет"],
        "random_id": [str(random_id(it))],
        "v": ["5.199"],
        "access_token": [TOKEN],
    }
    assert BY_CHANNEL["vk"].call(replace(it, attempt=4), it.text) == call
    assert random_id(replace(it, part=1)) != random_id(it)


def test_slack_gets_the_channel_before_the_colon_and_escaped_text() -> None:
    it = reply("slack", "C123:U456")
    call = BY_CHANNEL["slack"].call(it, it.text)
    assert call.url == "https://slack.com/api/chat.postMessage"
    assert call.headers["Authorization"] == f"Bearer {TOKEN}"
    assert orjson.loads(call.body) == {"channel": "C123", "text": "&lt;hello&gt; &amp; привет"}


def test_viber_gets_the_receiver_and_whom_the_customer_sees() -> None:
    it = reply("viber")
    call = BY_CHANNEL["viber"].call(it, it.text)
    assert call.url == "https://chatapi.viber.com/pa/send_message"
    assert call.headers["X-Viber-Auth-Token"] == TOKEN
    assert orjson.loads(call.body) == {
        "receiver": "77",
        "min_api_version": 1,
        "sender": {"name": "Lucky"},
        "type": "text",
        "text": "<hello> & привет",
    }


@pytest.mark.parametrize(
    ("channel", "answer", "means"),
    [
        ("vk", answered({"response": 31}), Sent("31")),
        ("vk", answered({"error": {"error_code": 6}}), Later("vk answered 6", 1.0, ours=True)),
        ("vk", answered({"error": {"error_code": 9}}), Later("vk answered 9", 60.0)),
        (
            "vk",
            answered({"error": {"error_code": 5, "error_msg": "said to 77"}}),
            Later("vk answered 5: is the community's token right?", ours=True),
        ),
        ("vk", answered({"error": {"error_code": 10}}), Doubtful("vk answered 10")),
        (
            "vk",
            answered({"error": {"error_code": 901}}),
            Refused("vk answered 901: the customer has not allowed messages of the community"),
        ),
        ("vk", answered({"error": {"error_code": 100}}), Refused("vk answered 100: not accepted")),
        ("vk", answered({}, 502), Doubtful("vk answered 502")),
        ("slack", answered({"ok": True, "ts": "1.2"}), Sent("1.2")),
        (
            "slack",
            answered({"ok": False, "error": "ratelimited"}, 429, retry_after="30"),
            Later("slack answered 429", 30.0, ours=True),
        ),
        (
            "slack",
            answered({"ok": False, "error": "is_archived"}),
            Refused("slack: the channel is archived"),
        ),
        (
            "slack",
            answered({"ok": False, "error": "token_revoked"}),
            Later("slack refused the app: is its token right?", ours=True),
        ),
        ("slack", answered({"ok": False, "error": "fatal_error"}), Doubtful("slack answered 200")),
        ("slack", answered({"ok": False, "error": "new"}), Refused("slack: not accepted")),
        ("viber", answered({"status": 0, "message_token": 2**63}), Sent(str(2**63))),
        ("viber", answered({"status": 12}), Later("viber answered 12", ours=True)),
        (
            "viber",
            answered({"status": 6}),
            Refused("viber answered 6: the customer is not subscribed to the bot"),
        ),
        (
            "viber",
            answered({"status": 2}),
            Later("viber answered 2: is the bot's token right?", ours=True),
        ),
        ("viber", answered({"status": 99}), Doubtful("viber answered 99")),
        ("viber", answered("<html>", 200), Doubtful("viber answered 200")),
    ],
)
def test_an_answer_has_its_meaning(channel: str, answer: Reply, means: object) -> None:
    assert BY_CHANNEL[channel].outcome(answer) == means


@pytest.mark.parametrize("sender", SENDERS, ids=lambda each: each.channel)
@given(
    status=st.sampled_from((200, 201, 301, 400, 404, 429, 500, 502, 503)),
    body=st.binary(max_size=40)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    (
                        "ok",
                        "result",
                        "error",
                        "error_code",
                        "status",
                        "response",
                        "parameters",
                        "ts",
                    )
                ),
                inner,
                max_size=4,
            )
        ),
    ).map(lambda value: json.dumps(value).encode()),
    after=st.text(max_size=4),
)
def test_whatever_a_provider_answers_has_some_meaning(
    sender: Sender, status: int, body: bytes, after: str
) -> None:
    outcome = sender.outcome(Reply(status, {"retry-after": after}, body))
    assert isinstance(outcome, Sent | Refused | Later | Doubtful)
    assert not isinstance(outcome, Sent) or status == 200


@pytest.mark.parametrize(
    ("sender", "account"),
    [
        (TelegramSender, Bot(secrets=Secrets.of(SECRET))),
        (VkSender, VkAccount(secrets=Secrets.of(SECRET), group_id=7, confirmation="abc")),
        (SlackSender, SlackAccount(secrets=Secrets.of(SECRET))),
        (ViberSender, ViberAccount(secrets=Secrets.of(SECRET))),
    ],
)
def test_an_account_without_a_way_out_is_an_integration_s(
    sender: type[Sender], account: AccountSection
) -> None:
    made = sender({"ours": account})  # type: ignore[call-arg]
    assert not made.serves("ours")
    assert not made.serves("unknown")
    assert BY_CHANNEL[made.channel].serves("ours")


@pytest.mark.parametrize("sender", SENDERS, ids=lambda each: each.channel)
def test_neither_token_nor_text_shows_when_a_call_is_printed(sender: Sender) -> None:
    it = reply(sender.channel)
    shown = repr((it, sender.call(it, it.text)))
    assert TOKEN not in shown
    assert "hello" not in shown
