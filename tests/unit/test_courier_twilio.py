"""What we send through Twilio is what its own SDK would send; its answers have their meaning."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from twilio.base.exceptions import TwilioRestException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from services.ingest.channels.meta.account import MetaAccount
from services.ingest.channels.twilio.account import TwilioAccount
from services.ingest.courier.delivery import Delivery, Doubtful, Later, Outcome, Refused, Sent
from services.ingest.courier.sender import Call, Reply
from services.ingest.courier.senders import senders_of
from services.ingest.courier.senders.twilio import (
    TWILIO,
    TwilioMessenger,
    TwilioSender,
    TwilioWhatsApp,
)
from services.ingest.secrets import Secrets
from tests.fakes.ingest_doors import ACCOUNTS, TWILIO_SID

TOKEN, KEY = "0123456789abcdef0123456789abcdef", "SK" + "9" * 32
SERVICE = "MG" + "7" * 32
PUBLIC = "https://croupier.test"
BY_CHANNEL = {each.channel: each for each in TWILIO}


def account(**more: Any) -> TwilioAccount:
    known = {
        "secrets": Secrets.of(TOKEN),
        "account_sid": TWILIO_SID,
        "token": Secrets.of(TOKEN),
        "send_from": {"sms": "+37052000000", "whatsapp": "+37052000001", "messenger": "1067"},
    }
    return TwilioAccount(**{**known, **more})


def reply(channel: str = "sms", recipient: str = "+37061234567") -> Delivery:
    return Delivery(
        reply="r 1&2",
        ticket="t-1",
        key=f"{channel}:line:{recipient}",
        partition=0,
        offset=0,
        channel=channel,
        account="line",
        recipient=recipient,
        text="labas & привет",
        asked_at=0.0,
        expires_at=1.0,
    )


def call_of(it: Delivery, ours: TwilioAccount, public_url: str = PUBLIC) -> Call:
    sender = BY_CHANNEL[it.channel]({it.account: ours}, public_url)
    return sender.call(it, it.text)


class Recording(HttpClient):  # type: ignore[misc]
    """Twilio's SDK, with an answer instead of a network; what it would have sent."""

    def __init__(self, answer: Reply | None = None) -> None:
        self._answer = answer or Reply(201, {}, b'{"sid": "SM1"}')
        self.url = ""
        self.headers: dict[str, str] = {}
        self.body: dict[str, list[str]] = {}

    def request(  # noqa: PLR0917 - the SDK's
        self,
        method: str,
        url: str,
        params: object = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        **more: object,
    ) -> Response:
        assert method == "POST"
        assert auth is not None
        basic = base64.b64encode(":".join(auth).encode()).decode()
        self.url, self.body = url, parse_qs(urlencode(data or {}))
        self.headers = {**(headers or {}), "Authorization": f"Basic {basic}"}
        return Response(self._answer.status, self._answer.body.decode())


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize(
    ("channel", "recipient", "to", "source"),
    [
        ("sms", "+37061234567", "+37061234567", "+37052000000"),
        ("whatsapp", "+37061234567", "whatsapp:+37061234567", "whatsapp:+37052000001"),
        ("messenger", "998877", "messenger:998877", "messenger:1067"),
    ],
)
def test_a_call_is_what_twilio_s_own_sdk_would_send(
    channel: str, recipient: str, to: str, source: str, key: str | None
) -> None:
    call = call_of(reply(channel, recipient), account(api_key=key))
    sdk = Recording()
    Client(key or TWILIO_SID, TOKEN, TWILIO_SID, http_client=sdk).messages.create(
        to=to,
        from_=source,
        body="labas & привет",
        status_callback=f"{PUBLIC}/v1/twilio/line/status?reply=r+1%262#rc=5&rp=all",
    )
    assert call.url == sdk.url
    assert parse_qs(call.body.decode()) == sdk.body
    for name in ("Authorization", "Content-Type", "Accept"):
        assert call.headers[name] == sdk.headers[name]


def test_a_messaging_service_chooses_the_number() -> None:
    ours = account(send_from={"sms": SERVICE})
    sdk = Recording()
    Client(TWILIO_SID, TOKEN, http_client=sdk).messages.create(
        to="+37061234567", messaging_service_sid=SERVICE, body="labas & привет"
    )
    assert parse_qs(call_of(reply(), ours, "").body.decode()) == sdk.body


@pytest.mark.parametrize("url", ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:8", ""])
def test_twilio_is_not_told_to_call_a_machine_it_cannot_reach(url: str) -> None:
    assert "StatusCallback" not in parse_qs(call_of(reply(), account(), url).body.decode())


def test_the_status_comes_back_to_the_account_and_names_the_reply() -> None:
    it = replace(reply(), account="a/b#c")
    [url] = parse_qs(call_of(it, account()).body.decode())["StatusCallback"]
    parts = urlsplit(url)
    assert parts.path == "/v1/twilio/a%2Fb%23c/status"
    assert parse_qs(parts.query) == {"reply": [it.reply]}


def error(code: int, status: int = 400) -> Reply:
    body = {"code": code, "message": "about +37061234567", "more_info": "…", "status": status}
    return Reply(status, {}, orjson.dumps(body))


def created(**more: object) -> Reply:
    body = {"sid": "SM" + "3" * 32, "status": "queued", "error_code": None, **more}
    return Reply(201, {}, orjson.dumps(body))


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (created(), Sent("SM" + "3" * 32)),
        (created(status="accepted"), Sent("SM" + "3" * 32)),
        (
            created(status="failed", error_code=63016),
            Refused(
                "twilio answered 63016: the customer wrote more than 24 hours ago: the channel"
                " takes templates only"
            ),
        ),
        (created(status="failed", error_code=None), Refused("twilio answered that it failed")),
        (created(sid=None), Doubtful("twilio answered 201 without a message")),
        (
            error(20429, 429),
            Later("twilio answered 20429: too many calls at once", None, ours=True),
        ),
        (Reply(429, {"retry-after": "7"}, b""), Later("twilio answered 429", 7.0, ours=True)),
        (Reply(503, {}, b"<html>"), Later("twilio answered 503", None, ours=True)),
        (error(20003, 401), Later("twilio answered 20003: is the token right?", ours=True)),
        (
            error(20404, 404),
            Later("twilio answered 20404: are the account's sid and token right?", ours=True),
        ),
        (error(21610), Refused("twilio answered 21610: the customer unsubscribed")),
        (error(21211), Refused("twilio answered 21211: that is no telephone number")),
        (error(21614), Refused("twilio answered 21614: the number takes no SMS")),
        (
            error(21408, 403),
            Refused("twilio answered 21408: the account may not send to that country"),
        ),
        (
            error(63018, 429),
            Later("twilio answered 63018: the channel's limit is reached", ours=True),
        ),
        (error(30001), Later("twilio answered 30001: the number's queue is full", ours=True)),
        (error(30002), Later("twilio answered 30002: the account is suspended", ours=True)),
        (
            error(21606),
            Later("twilio answered 21606: the account cannot send from this number", ours=True),
        ),
        (error(29999), Refused("twilio answered 29999: not accepted")),
        (error(20500, 500), Doubtful("twilio answered 20500")),
        (Reply(502, {}, b"<html>"), Doubtful("twilio answered 502")),
        (Reply(200, {}, b"{}"), Doubtful("twilio answered 200")),
    ],
)
def test_an_answer_has_its_meaning(answer: Reply, means: Outcome) -> None:
    assert TwilioSender({"line": account()}).outcome(answer) == means


@pytest.mark.parametrize("answer", [error(21610), error(20429, 429), error(20003, 401)])
def test_twilio_s_own_sdk_reads_the_same_codes_from_these_errors(answer: Reply) -> None:
    client = Client(TWILIO_SID, TOKEN, http_client=Recording(answer))
    with pytest.raises(TwilioRestException) as caught:
        client.messages.create(to="+37061234567", from_="+37052000000", body="labas")
    outcome = TwilioSender({"line": account()}).outcome(answer)
    assert isinstance(outcome, Later | Refused)
    assert str(caught.value.code) in outcome.error


@given(
    status=st.sampled_from((200, 201, 301, 400, 401, 403, 404, 429, 500, 502, 503)),
    body=st.binary(max_size=40)
    | st.dictionaries(
        st.sampled_from(("sid", "status", "code", "error_code", "message")),
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just([]),
    ).map(lambda value: json.dumps(value).encode()),
)
def test_whatever_twilio_answers_has_some_meaning(status: int, body: bytes) -> None:
    outcome = TwilioSender({"line": account()}).outcome(Reply(status, {}, body))
    assert isinstance(outcome, Sent | Refused | Later | Doubtful)
    assert not isinstance(outcome, Sent) or status == 201


def test_an_account_serves_the_channels_that_it_can_send_from() -> None:
    ours = {"line": account(send_from={"sms": SERVICE})}
    assert TwilioSender(ours).serves("line")
    assert not TwilioWhatsApp(ours).serves("line")
    assert not TwilioMessenger(ours).serves("line")
    assert not TwilioSender(ours).serves("unknown")
    assert not TwilioSender({"line": account(token=None, send_from={})}).serves("line")


def test_twilio_s_whatsapp_stands_beside_meta_s() -> None:
    """Both sections bring the channel; their accounts' names differ."""
    token = Secrets.of(TOKEN)
    sections = {
        **ACCOUNTS.sections,
        "twilio": {"line": account()},
        "whatsapp": {"lucky_phone": MetaAccount(secrets=token, verify_tokens=token)},
    }
    senders = senders_of(replace(ACCOUNTS, sections=sections), public_url=PUBLIC)
    assert isinstance(senders["whatsapp", "line"], TwilioWhatsApp)
    assert not isinstance(senders.get(("whatsapp", "lucky_phone")), TwilioWhatsApp)


@pytest.mark.parametrize(
    "wrong",
    [
        {"account_sid": None},
        {"send_from": {}},
        {"token": None},
        {"send_from": {"phone": "+37052000000"}},
        {"send_from": {"sms": "whatsapp:+37052000000"}},
        {"api_key": "AC" + "5" * 32},
    ],
)
def test_an_account_that_can_send_only_in_part_is_refused_when_it_is_read(
    wrong: dict[str, object],
) -> None:
    with pytest.raises(ValidationError):
        account(**wrong)


def test_neither_token_nor_text_nor_number_shows_when_a_call_is_printed() -> None:
    shown = repr(call_of(reply(), account()))
    for hidden in (TOKEN, "labas", "37061234567"):
        assert hidden not in shown
