"""Calls by Twilio, step by step, and what callers leave after the tone."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import VoiceResponse

from services.ingest.channels.twilio.call import Call
from services.ingest.channels.twilio.texts import DEFAULTS
from services.ingest.channels.twilio.twiml import Twiml
from services.ingest.channels.twilio.voice import queue_of
from services.router.understanding.rules import RuleUnderstanding
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import MessageReceived
from tests.fakes.ingest_doors import EN_NUMBER, LT_NUMBER, MUSIC, RU_NUMBER
from tests.fakes.twilio import (
    CALL,
    CUSTOMER,
    RECORDING,
    RECORDING_URL,
    Twilio,
    call,
    verb,
    verbs,
)

STEPS = ["", "/wait", "/left", "/status", "/recorded", "/recording", "/transcription"]
WITHHELD = ["", "anonymous", "Restricted", "+266696687", "+7378742833", "+2562533", "+8656696"]
UNDERSTANDING = RuleUnderstanding()


def left(result: str, **changes: str) -> dict[str, str]:
    return call(CallStatus="in-progress", QueueResult=result, QueueTime="121", **changes)


def recorded(**changes: str) -> dict[str, str]:
    spoken = {"RecordingUrl": RECORDING_URL, "RecordingDuration": "9", "Digits": "hangup"}
    return call(CallStatus="completed", **{**spoken, **changes})


def file_is_there(**changes: str) -> dict[str, str]:
    """As Twilio says it: without the numbers of the call."""
    known = {key: call()[key] for key in ("CallSid", "AccountSid")}
    told = {"RecordingSid": RECORDING, "RecordingUrl": RECORDING_URL, "RecordingDuration": "9"}
    return {**known, **told, "RecordingStatus": "completed", **changes}


def below(url: str) -> str:
    """The path of a URL of ours, below the account."""
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}" == "http://localhost"
    assert parts.fragment == "rc=5&rp=all"
    path = parts.path.removeprefix("/v1/twilio/line")
    return f"{path}?{parts.query}" if parts.query else path


class TestIncomingCall:
    async def test_is_a_message_of_no_words_on_the_phone(self) -> None:
        event = await Twilio().event("/voice", call(CallerName="JONAS P"))
        assert isinstance(event, MessageReceived)
        assert (event.channel, event.account, event.sender) == ("phone", "line", CUSTOMER)
        assert (event.message_id, event.lang_hint) == (CALL, "lt")
        assert (event.text, event.sender_name) == (f"☎ {CUSTOMER} → {LT_NUMBER}", "JONAS P")

    async def test_is_told_to_wait_in_the_account_s_line(self) -> None:
        document = await Twilio().told("/voice", call())
        assert verbs(document) == ["Say", "Enqueue"]
        line = verb(document, "Enqueue")
        assert line.text == "line"
        assert below(line.attrib["waitUrl"]) == "/voice/wait"
        assert below(line.attrib["action"]) == "/voice/left"

    @pytest.mark.parametrize(
        ("number", "lang"), [(LT_NUMBER, "lt"), (EN_NUMBER, "en"), (RU_NUMBER, "en")]
    )
    async def test_is_spoken_to_in_the_language_of_the_number(self, number: str, lang: str) -> None:
        said = verb(await Twilio().told("/voice", call(To=number)), "Say")
        spoken = DEFAULTS[lang]
        assert (said.text, said.attrib["language"]) == (spoken.welcome, spoken.locale)
        assert said.attrib["voice"] == spoken.voice

    @pytest.mark.parametrize("number", WITHHELD)
    async def test_without_a_number_is_of_nobody_else(self, number: str) -> None:
        twilio = Twilio()
        for sid in ("CA1", "CA2"):
            await twilio.post("/voice", call(From=number, CallSid=sid))
        one, other = twilio.events
        assert isinstance(one, MessageReceived)
        assert isinstance(other, MessageReceived)
        assert one.sender != other.sender
        assert one.text == f"☎ → {LT_NUMBER}"

    @pytest.mark.parametrize(
        "other", [{"To": "+10000000000"}, {"Direction": "outbound-api"}, {"CallStatus": "canceled"}]
    )
    async def test_that_is_not_for_us_is_rejected(self, other: dict[str, str]) -> None:
        twilio = Twilio()
        assert verbs(await twilio.told("/voice", call(**other))) == ["Reject"]
        assert twilio.events == []

    async def test_that_is_told_twice_is_one_event(self) -> None:
        twilio = Twilio()
        for _ in range(2):
            await twilio.post("/voice", call())
        first, second = twilio.doors.publisher.events
        assert first.id == second.id

    @pytest.mark.parametrize("caller", [CUSTOMER, "", "sip:anna@example.com", "client:anna"])
    @pytest.mark.parametrize("to", [LT_NUMBER, "sip:help@example.com", ""])
    @pytest.mark.parametrize("hint", [None, "tr"])
    def test_opens_or_wakes_a_ticket_in_the_language_of_the_line(
        self, caller: str, to: str, hint: str | None
    ) -> None:
        line = Call.model_validate({"CallSid": CALL, "From": caller, "To": to}).line
        understood = UNDERSTANDING.understand(line, lang_hint=hint)
        assert understood.reopens
        assert understood.lang == (hint or "und")
        assert understood.vague
        assert not understood.urgent


class TestLine:
    async def test_tells_who_waits_that_somebody_will_come(self) -> None:
        twilio = Twilio()
        document = await twilio.told("/voice/wait", call(QueueTime="40", QueuePosition="3"))
        assert verbs(document) == ["Say", "Pause"]
        assert verb(document, "Say").text == DEFAULTS["lt"].hold
        assert twilio.events == []

    @pytest.mark.parametrize(("waited", "pause"), [("0", "20"), ("110", "10"), ("119", "1")])
    async def test_is_not_waited_in_longer_than_the_account_says(
        self, waited: str, pause: str
    ) -> None:
        document = await Twilio().told("/voice/wait", call(QueueTime=waited))
        assert verb(document, "Pause").attrib["length"] == pause

    @pytest.mark.parametrize("waited", ["120", "9999"])
    async def test_is_left_after_that(self, waited: str) -> None:
        assert verbs(await Twilio().told("/voice/wait", call(QueueTime=waited))) == ["Leave"]

    async def test_has_music_where_the_account_names_some(self) -> None:
        document = await Twilio(account="open").told("/voice/wait", call(QueueTime="5"))
        assert verbs(document) == ["Say", "Play"]
        assert verb(document, "Play").text == MUSIC

    @pytest.mark.parametrize("result", ["leave", "queue-full", "error", "system-error", "new-one"])
    async def test_that_nobody_answered_asks_for_a_message(self, result: str) -> None:
        twilio = Twilio()
        document = await twilio.told("/voice/left", left(result))
        assert verbs(document) == ["Say", "Record", "Say", "Hangup"]
        assert verb(document, "Say").text == DEFAULTS["lt"].voicemail
        [event] = twilio.events
        assert isinstance(event, CustomerLeft)
        assert (event.channel, event.sender, event.reason) == ("phone", CUSTOMER, "timeout")

    async def test_is_left_by_who_hangs_up(self) -> None:
        twilio = Twilio()
        assert verbs(await twilio.told("/voice/left", left("hangup"))) == []
        [event] = twilio.events
        assert isinstance(event, CustomerLeft)
        assert (event.reason, event.message_id) == ("hung_up", f"{CALL}.left")

    @pytest.mark.parametrize(
        "result", ["bridged", "bridging-in-process", "redirected", "redirected-from-bridged"]
    )
    async def test_is_not_left_by_who_is_answered(self, result: str) -> None:
        twilio = Twilio()
        assert verbs(await twilio.told("/voice/left", left(result))) == []
        assert twilio.events == []

    async def test_without_a_time_in_it_is_full(self) -> None:
        document = await Twilio().told("/voice/left", {**left("queue-full"), "QueueTime": ""})
        assert "Record" in verbs(document)

    def test_has_a_name_that_twilio_takes(self) -> None:
        assert queue_of("line") == "line"
        long, longer = queue_of("x" * 100), queue_of("x" * 101)
        assert len(long) == len(longer) == 64
        assert long != longer


class TestEndOfCall:
    @pytest.mark.parametrize("status", ["completed", "busy", "failed", "no-answer", "canceled"])
    async def test_means_that_the_caller_hung_up(self, status: str) -> None:
        event = await Twilio().event("/voice/status", call(CallStatus=status))
        assert isinstance(event, CustomerLeft)
        assert (event.channel, event.reason, event.sender) == ("phone", "hung_up", CUSTOMER)

    async def test_that_two_doors_hear_of_is_one_event(self) -> None:
        twilio = Twilio()
        await twilio.post("/voice/left", left("hangup"))
        await twilio.post("/voice/status", call(CallStatus="completed"))
        first, second = twilio.doors.publisher.events
        assert first.id == second.id

    @pytest.mark.parametrize(
        "other",
        [
            {"CallStatus": "in-progress"},
            {"CallStatus": "completed", "Direction": "outbound-api"},
            {"CallStatus": "completed", "To": "+10000000000"},
        ],
    )
    async def test_is_not_what_else_a_call_does(self, other: dict[str, str]) -> None:
        twilio = Twilio()
        assert (await twilio.post("/voice/status", call(**other))).status_code == 200
        assert twilio.events == []


class TestVoicemail:
    async def test_is_a_message_on_a_channel_of_its_own(self) -> None:
        twilio = Twilio()
        document = await twilio.told("/voice/recorded", recorded())
        assert verbs(document) == ["Say", "Hangup"]
        [event] = twilio.events
        assert isinstance(event, MessageReceived)
        assert (event.channel, event.sender) == ("voicemail", CUSTOMER)
        assert (event.message_id, event.text, event.lang_hint) == (RECORDING, "", "lt")
        [file] = event.attachments
        assert (file.ref, file.media_type) == (f"voicemail:{RECORDING_URL}", "audio/x-wav")

    @pytest.mark.parametrize("caller", [CUSTOMER, "anonymous", "sip:a&b=c@example.com"])
    async def test_that_is_told_of_twice_is_one_event(self, caller: str) -> None:
        """The second time by the URL that we gave, which Twilio calls as it is."""
        twilio = Twilio()
        record = verb(await twilio.told("/voice/left", left("leave", From=caller)), "Record")
        twilio.doors.publisher.confirmed.clear()
        await twilio.post(below(record.attrib["action"]), recorded(From=caller))
        path = below(record.attrib["recordingStatusCallback"])
        assert (await twilio.post(path, file_is_there())).status_code == 200
        first, second = twilio.doors.publisher.events
        assert first.id == second.id
        assert first.data == second.data

    async def test_whose_caller_was_changed_in_the_url_is_answered_401(self) -> None:
        twilio = Twilio()
        record = verb(await twilio.told("/voice/left", left("leave")), "Record")
        path = below(record.attrib["recordingStatusCallback"])
        forged = path.replace(CUSTOMER[1:], "37000000000")
        assert forged != path
        signed = await twilio.post(path, file_is_there())
        header = signed.request.headers["X-Twilio-Signature"]
        answer = await twilio.post(forged, file_is_there(), **{"X-Twilio-Signature": header})
        assert answer.status_code == 401

    @pytest.mark.parametrize("status", ["in-progress", "absent", "failed"])
    async def test_of_nothing_is_none(self, status: str) -> None:
        twilio = Twilio()
        params = file_is_there(RecordingStatus=status)
        assert (await twilio.post("/voice/recording?caller=1", params)).status_code == 200
        assert twilio.events == []

    @pytest.mark.parametrize(
        ("path", "params"),
        [
            ("/voice/recording", file_is_there()),
            ("/voice/recorded", recorded(RecordingUrl="https://api.twilio.com/elsewhere")),
            ("/voice/recorded", {"AccountSid": call()["AccountSid"]}),
        ],
    )
    async def test_that_says_too_little_is_refused(self, path: str, params: dict[str, str]) -> None:
        assert (await Twilio().post(path, params)).status_code == 422

    async def test_that_is_written_down_becomes_its_text(self) -> None:
        params = call(
            RecordingSid=RECORDING,
            TranscriptionSid="TR1",
            TranscriptionStatus="completed",
            TranscriptionText="Where is my money?",
        )
        event = await Twilio().event("/voice/transcription", params)
        assert isinstance(event, MessageEdited)
        assert (event.channel, event.sender, event.of) == ("voicemail", CUSTOMER, RECORDING)
        assert (event.text, event.message_id) == ("Where is my money?", "TR1")

    @pytest.mark.parametrize(
        "failed",
        [{"TranscriptionStatus": "failed"}, {"TranscriptionStatus": "completed"}, {}],
    )
    async def test_that_could_not_be_written_down_stays_as_it_is(
        self, failed: dict[str, str]
    ) -> None:
        twilio = Twilio()
        params = call(RecordingSid=RECORDING, **failed)
        assert (await twilio.post("/voice/transcription", params)).status_code == 200
        assert twilio.events == []

    @pytest.mark.parametrize(("number", "is_asked"), [(EN_NUMBER, True), (LT_NUMBER, False)])
    async def test_is_written_down_in_english_only(self, number: str, is_asked: bool) -> None:
        record = verb(await Twilio().told("/voice/left", left("leave", To=number)), "Record")
        assert ("transcribeCallback" in record.attrib) is is_asked
        if is_asked:
            assert below(record.attrib["transcribeCallback"]) == "/voice/transcription"

    async def test_is_asked_for_as_the_sdk_would(self) -> None:
        document = await Twilio().told("/voice/left", left("leave", To=EN_NUMBER))
        ours = verb(document, "Record").attrib
        theirs = VoiceResponse()
        theirs.record(
            action=ours["action"],
            max_length=120,
            recording_status_callback=ours["recordingStatusCallback"],
            recording_status_callback_event="completed",
            transcribe=True,
            transcribe_callback=ours["transcribeCallback"],
        )
        assert theirs.verbs[0].xml().attrib == ours


class TestTwiml:
    def test_is_escaped(self) -> None:
        spoken = DEFAULTS["en"].model_copy(update={"welcome": "<Dial>1&2</Dial>"})
        document = Twiml().say(spoken.welcome, spoken).answer().body
        assert "<Dial>" not in document
        assert "&lt;Dial&gt;1&amp;2&lt;/Dial&gt;" in document


@pytest.mark.parametrize("path", STEPS)
async def test_every_step_wants_a_signature(path: str) -> None:
    twilio = Twilio()
    params = {**left("leave"), **file_is_there()}
    for wrong in ("", "wrong"):
        headers = {"X-Twilio-Signature": wrong}
        assert (await twilio.post(f"/voice{path}", params, **headers)).status_code == 401
    assert twilio.events == []


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/voice", call()),
        ("/voice/left", left("leave")),
        ("/voice/status", call(CallStatus="completed")),
        ("/voice/recorded", recorded()),
    ],
)
async def test_a_step_is_answered_503_while_the_broker_is_down(
    path: str, params: dict[str, str]
) -> None:
    twilio = Twilio()
    twilio.doors.publisher.mode = "fail"
    assert (await twilio.post(path, params)).status_code == 503


NAMES: Sequence[str] = [
    "CallSid", "From", "To", "CallStatus", "Direction", "QueueResult", "QueueTime", "CallerName",
    "RecordingSid", "RecordingUrl", "RecordingStatus", "TranscriptionStatus", "TranscriptionText",
]  # fmt: skip


@given(
    path=st.sampled_from(STEPS),
    params=st.dictionaries(
        st.sampled_from(NAMES),
        st.one_of(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
            st.sampled_from(["completed", "leave", "inbound", RECORDING_URL, "9" * 5_000]),
        ),
    ),
)
async def test_what_is_signed_but_odd_is_never_an_error(path: str, params: dict[str, Any]) -> None:
    answer = await Twilio(account="open").post(f"/voice{path}", params)
    assert answer.status_code in (200, 422)
