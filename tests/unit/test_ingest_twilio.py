"""Messages by Twilio, signed by its own SDK."""

import hashlib
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from services.ingest.channels.twilio.proof import is_signed, signature
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.message_received_v1 import MessageReceived
from shared.runtime.metrics import MESSAGES
from tests.fakes.ingest_doors import (
    EN_NUMBER,
    OLD_TWILIO_TOKEN,
    RU_NUMBER,
    TWILIO_SID,
    TWILIO_TOKEN,
    IngestDoors,
)
from tests.fakes.twilio import CUSTOMER, FORM, MESSAGE, Twilio, sign, sms

URL = "http://localhost/v1/twilio/line"
# The fixture of the SDK's own tests.
FIXTURE_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FIXTURE = {
    "CallSid": ["CA1234567890ABCDE"],
    "Digits": ["1234"],
    "From": ["+14158675309"],
    "To": ["+18005551212"],
    "Caller": ["+14158675309"],
}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


async def received(**changes: str) -> MessageReceived:
    event = await Twilio().event("", sms(**changes))
    assert isinstance(event, MessageReceived)
    return event


class TestSignature:
    def test_is_that_of_the_sdk_s_fixture(self) -> None:
        assert signature(b"12345", FIXTURE_URL, FIXTURE) == b"RSOYDt4T1cUTdK1PDd93/VVr8B8="

    def test_counts_a_repeated_value_once(self) -> None:
        params = {"Sid": ["CA123"], "SidAccount": ["AC123"], "Digits": ["5678", "1234", "1234"]}
        assert signature(b"12345", FIXTURE_URL, params) == b"IK+Dwps556ElfBT0I3Rgjkr1wJU="

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            (FIXTURE_URL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            (FIXTURE_URL.replace(".com", ".com:1234"), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            (FIXTURE_URL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
            (FIXTURE_URL.replace("https", "http"), "0ZXoZLH/DfblKGATFgpif+LLRf4="),
            (
                FIXTURE_URL.replace("https", "http").replace(".com", ".com:1234"),
                "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=",
            ),
        ],
    )
    def test_may_be_over_the_url_with_a_port_or_without(self, url: str, expected: str) -> None:
        headers = {"x-twilio-signature": expected}
        assert is_signed(headers, url=url, params=FIXTURE, tokens=(b"12345",))
        assert not is_signed(headers, url=url, params=FIXTURE, tokens=(b"54321",))

    @given(pairs=st.lists(st.tuples(TEXTS, TEXTS), max_size=8), token=TEXTS.filter(bool))
    def test_is_what_the_sdk_computes(self, pairs: list[tuple[str, str]], token: str) -> None:
        params: dict[str, list[str]] = {}
        for name, value in pairs:
            params.setdefault(name, []).append(value)
        expected = RequestValidator(token).compute_signature(FIXTURE_URL, MultiDict(pairs))
        assert signature(token.encode(), FIXTURE_URL, params).decode() == expected

    async def test_of_a_key_of_one_s_own_is_sha256(self) -> None:
        params = sms()
        expected = RequestValidator(TWILIO_TOKEN).compute_signature(URL, params, "HMAC_SHA256")
        named = {"X-Twilio-Signature": expected}
        settings = "X-Twilio-Webhooks-Signature-Settings"
        for value, status in (
            ("key=webhooks_sharedkey_1,algorithm=HMAC_SHA256", 200),
            ("key=webhooks_sharedkey_1,algorithm=HMAC_MD5", 401),
            ("", 401),
        ):
            answer = await Twilio().post("", params, **named, **{settings: value})
            assert answer.status_code == status


class TestProof:
    async def test_both_tokens_open_the_door_while_one_is_changed(self) -> None:
        for token in (TWILIO_TOKEN, OLD_TWILIO_TOKEN):
            assert (await Twilio().post("", sms(), token=token)).status_code == 200

    @pytest.mark.parametrize("wrong", ["", "wrong", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", b"\xff\xfe"])
    async def test_a_wrong_signature_is_answered_401(self, wrong: Any) -> None:
        twilio = Twilio()
        answer = await twilio.post("", sms(), **{"X-Twilio-Signature": wrong})
        assert answer.status_code == 401
        assert twilio.events == []

    async def test_a_missing_signature_is_answered_401(self) -> None:
        doors = IngestDoors()
        answer = await doors.post(
            path="/v1/twilio/line", content=urlencode(sms()), headers={"Content-Type": FORM}
        )
        assert answer.status_code == 401

    @pytest.mark.parametrize("order", [1, -1])
    async def test_two_signatures_of_which_one_is_wrong_do_no_harm(self, order: int) -> None:
        doors = IngestDoors()
        both = [("X-Twilio-Signature", each) for each in (sign(URL, sms()), "wrong")][::order]
        headers = [("Content-Type", FORM), *both]
        async with doors.client() as client:
            answer = await client.post("/v1/twilio/line", content=urlencode(sms()), headers=headers)
        assert answer.status_code in (200, 401)

    async def test_an_altered_body_is_answered_401(self) -> None:
        twilio = Twilio()
        signed = sign(URL, sms())
        answer = await twilio.post("", sms(Body="other"), **{"X-Twilio-Signature": signed})
        assert answer.status_code == 401
        assert twilio.events == []

    @pytest.mark.parametrize("account", ["nobody", "open"])
    async def test_a_signature_is_good_for_its_own_account_only(self, account: str) -> None:
        twilio = Twilio(account=account)
        answer = await twilio.post("", sms(), **{"X-Twilio-Signature": sign(URL, sms())})
        assert answer.status_code == 401

    async def test_a_token_that_stands_for_none_opens_nothing(self) -> None:
        answer = await Twilio(account="nobody").post("", sms(), token="the token of no account")
        assert answer.status_code == 401

    async def test_the_url_is_signed_as_it_is_spelt(self) -> None:
        assert (await Twilio(account="li%6Ee").post("?a=%C5%A1", sms())).status_code == 200

    async def test_an_url_of_strange_bytes_is_answered_401(self) -> None:
        answered: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"a=1", "more_body": False}

        async def send(message: Any) -> None:
            answered.append(message)

        path = b"/v1/twilio/\xff"
        scope = {
            "type": "http",
            "method": "POST",
            "path": path.decode("latin-1"),
            "raw_path": path,
            "query_string": b"\xff",
            "headers": [(b"content-type", FORM.encode()), (b"x-twilio-signature", b"\xff")],
        }
        await IngestDoors().app(scope, receive, send)
        assert answered[0]["status"] == 401

    async def test_the_host_that_a_caller_claims_counts_for_nothing(self) -> None:
        params = sms()
        claimed = {
            "Host": "evil.example",
            "X-Twilio-Signature": sign("http://evil.example/v1/twilio/line", params),
        }
        assert (await Twilio().post("", params, **claimed)).status_code == 401
        right = {"Host": "evil.example", "X-Twilio-Signature": sign(URL, params)}
        assert (await Twilio().post("", params, **right)).status_code == 200

    async def test_the_query_is_signed_too(self) -> None:
        signed = sign(f"{URL}?a=1", sms())
        twilio = Twilio()
        headers = {"X-Twilio-Signature": signed}
        assert (await twilio.post("?a=1", sms(), **headers)).status_code == 200
        assert (await twilio.post("?a=2", sms(), **headers)).status_code == 401

    @pytest.mark.parametrize("sid", ["AC" + "6" * 32, ""])
    async def test_another_account_at_twilio_is_answered_401(self, sid: str) -> None:
        assert (await Twilio().post("", sms(AccountSid=sid))).status_code == 401

    async def test_a_json_body_is_vouched_for_by_its_hash_in_the_url(self) -> None:
        doors = IngestDoors()
        body = json.dumps({**sms(), "Extra": 7}).encode()
        where = f"/v1/twilio/line?bodySHA256={hashlib.sha256(body).hexdigest()}"
        url = f"http://localhost{where}"
        validator = RequestValidator(TWILIO_TOKEN)
        signed = validator.compute_signature(url, {})
        assert validator.validate(url, body.decode(), signed)
        headers = {"X-Twilio-Signature": signed, "Content-Type": "application/json"}
        for content, path, status in (
            (body, where, 200),
            (body + b" ", where, 401),
            (body, "/v1/twilio/line", 401),
        ):
            answer = await doors.post(path=path, content=content, headers=headers)
            assert answer.status_code == status, path
        assert len(doors.publisher.events) == 1

    async def test_a_json_body_without_its_hash_is_answered_401(self) -> None:
        headers = {"X-Twilio-Signature": sign(URL, {}), "Content-Type": "application/json"}
        answer = await IngestDoors().post(
            path="/v1/twilio/line", content=json.dumps(sms()), headers=headers
        )
        assert answer.status_code == 401


class TestMessage:
    async def test_keeps_who_wrote_it_and_its_id(self) -> None:
        message = await received()
        assert (message.channel, message.account, message.sender) == ("sms", "line", CUSTOMER)
        assert (message.message_id, message.text) == (MESSAGE, "kur mano pinigai?")
        assert message.lang_hint == "lt"
        assert message.customer is None

    async def test_of_whatsapp_is_on_a_channel_of_its_own(self) -> None:
        replied = "MM" + "4" * 32
        message = await received(
            From=f"whatsapp:{CUSTOMER}",
            To=f"whatsapp:{EN_NUMBER}",
            ProfileName="Jonas",
            WaId=CUSTOMER[1:],
            OriginalRepliedMessageSid=replied,
        )
        assert (message.channel, message.sender) == ("whatsapp", CUSTOMER)
        assert (message.sender_name, message.lang_hint) == ("Jonas", "en")
        assert message.in_reply_to == replied

    async def test_of_messenger_is_too(self) -> None:
        twilio = Twilio(account="open")
        event = await twilio.event("", sms(From="messenger:77", To="messenger:99"))
        assert (event.channel, event.sender, event.lang_hint) == ("messenger", "77", None)

    async def test_has_the_old_name_of_its_id_where_it_has_no_other(self) -> None:
        params = {**sms(), "SmsMessageSid": MESSAGE}
        del params["MessageSid"], params["SmsSid"]
        assert (await Twilio().event("", params)).message_id == MESSAGE

    async def test_refers_to_its_files(self) -> None:
        url = f"https://api.twilio.com/2010-04-01/Accounts/{TWILIO_SID}/Messages/MM1/Media/ME1"
        message = await received(
            Body="",
            NumMedia="3",
            MediaUrl0=url,
            MediaContentType0="image/jpeg",
            MediaUrl1=f"https://api.twilio.com/{'x' * 600}",
            MediaUrl2="file:///etc/passwd",
        )
        first, too_long, strange = message.attachments
        assert (first.ref, first.media_type, first.name) == (f"sms:{url}", "image/jpeg", "image")
        assert (too_long.ref, strange.ref) == (None, None)

    @pytest.mark.parametrize(
        ("content", "text"),
        [
            ({"Body": "", "ButtonText": "Yes", "ButtonPayload": "{1}"}, "Yes"),
            (
                {"Body": "", "Latitude": "54.68", "Longitude": "25.27", "Address": "Vilnius"},
                "54.68, 25.27\nVilnius",
            ),
            (
                {"Body": "here", "Latitude": "1", "Longitude": "2", "Label": "Home"},
                "here\n1, 2\nHome",
            ),
        ],
    )
    async def test_may_be_a_button_or_a_place(self, content: dict[str, str], text: str) -> None:
        assert (await received(**content)).text == text

    async def test_that_asks_us_to_stop_means_that_the_customer_has_left(self) -> None:
        event = await Twilio().event("", sms(Body="STOP", OptOutType="STOP"))
        assert isinstance(event, CustomerLeft)
        assert (event.channel, event.sender, event.reason) == ("sms", CUSTOMER, "blocked")
        assert event.message_id == MESSAGE

    @pytest.mark.parametrize("kind", ["HELP", "START"])
    async def test_with_another_of_those_words_is_a_message(self, kind: str) -> None:
        """YES is one of them, and may be the answer to a question of an agent's."""
        assert (await received(Body="yes", OptOutType=kind)).text == "yes"

    async def test_is_answered_with_a_document_that_sends_nothing_back(self) -> None:
        document = await Twilio().told("", sms())
        assert len(document) == 0
        assert (document.text or "").strip() == ""

    async def test_that_comes_again_is_the_same_event(self) -> None:
        twilio = Twilio()
        for _ in range(2):
            await twilio.post("", sms())
        first, second = twilio.doors.publisher.events
        assert first.id == second.id

    async def test_is_answered_503_while_the_broker_is_down(self) -> None:
        twilio = Twilio()
        twilio.doors.publisher.mode = "fail"
        answer = await twilio.post("", sms())
        assert answer.status_code == 503
        assert "retry-after" in answer.headers

    @pytest.mark.parametrize(
        "ignored",
        [
            sms(Body=""),
            sms(To="+10000000000"),
            sms(From="rcs:brand"),
            sms(From="whatsapp:+1", To="whatsapp:+10000000000"),
        ],
    )
    async def test_that_is_not_for_us_is_answered_200(self, ignored: dict[str, str]) -> None:
        twilio = Twilio()
        assert (await twilio.post("", ignored)).status_code == 200
        assert twilio.events == []
        assert twilio.doors.count(MESSAGES, channel="twilio", outcome="ignored") == 1

    async def test_to_a_number_without_a_language_has_no_hint(self) -> None:
        assert (await received(To=RU_NUMBER)).lang_hint is None


class TestBody:
    @pytest.mark.parametrize(
        "body",
        [
            b"Body=%ff&From=1",
            b"Body=\xff",
            "&".join(f"f{n}=1" for n in range(501)).encode(),
            b"x" * 300 + b"=1",
            b"Body=" + b"x" * 70_000,
        ],
    )
    async def test_that_is_no_form_is_refused(self, body: bytes) -> None:
        doors = IngestDoors()
        headers = {"Content-Type": FORM, "X-Twilio-Signature": "any"}
        answer = await doors.post(path="/v1/twilio/line", content=body, headers=headers)
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"

    async def test_of_another_kind_is_refused(self) -> None:
        answer = await Twilio().post("", sms(), **{"Content-Type": "text/plain"})
        assert answer.status_code == 415

    @given(
        body=st.binary(max_size=200), path=st.sampled_from(["", "/status", "/voice", "/voice/left"])
    )
    async def test_of_a_stranger_makes_no_event_and_no_error(self, body: bytes, path: str) -> None:
        doors = IngestDoors()
        for media in (FORM, "application/json"):
            headers = {"Content-Type": media, "X-Twilio-Signature": "any"}
            answer = await doors.post(path=f"/v1/twilio/line{path}", content=body, headers=headers)
            assert 400 <= answer.status_code < 500
        assert doors.publisher.events == []

    @given(
        params=st.dictionaries(
            st.sampled_from(
                ["MessageSid", "From", "To", "Body", "MediaUrl0", "MediaContentType0", "NumMedia",
                 "Latitude", "Longitude", "OptOutType", "ProfileName", "OriginalRepliedMessageSid"]
            ),
            TEXTS,
        )
    )  # fmt: skip
    async def test_that_is_signed_but_odd_is_no_error_either(self, params: dict[str, str]) -> None:
        answer = await Twilio(account="open").post("", params)
        assert answer.status_code in (200, 422)
