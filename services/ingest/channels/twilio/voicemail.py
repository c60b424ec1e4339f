"""What a caller says after the tone.

    /voice/recorded       they have spoken     → goodbye    MessageReceived on `voicemail`
    /voice/recording      the file is there                 the same again
    /voice/transcription  it is written down                MessageEdited

Twilio tells of a message twice, and once is enough: both make one event, of one id. The second does
not say who called, so its URL does, which is signed.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_pascal

from services.ingest.channels.adapter import Answer, RawRequest
from services.ingest.channels.twilio.account import TwilioAccount
from services.ingest.channels.twilio.call import Call
from services.ingest.channels.twilio.door import VOICEMAIL, TwilioDoor, door, step
from services.ingest.channels.twilio.message import file
from services.ingest.channels.twilio.params import first_of, read_form
from services.ingest.channels.twilio.twiml import Twiml
from services.ingest.errors import BadInput, Complaint
from shared.contracts.base import MAX_TEXT
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import MessageReceived

MESSAGE_SECONDS: Final = 120  # Twilio writes down nothing longer
_WRITTEN_DOWN: Final = "en-"  # locales that Twilio can write down
_SID: Final = re.compile(r"/(RE[0-9a-f]{32})(?:\.\w+)?$")


class _Recording(BaseModel):
    """recording_status: completed, absent, failed or in-progress; empty where it is not said."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, hide_input_in_errors=True, alias_generator=to_pascal
    )

    recording_sid: Annotated[str, Field(max_length=256)] = ""
    recording_url: str = ""
    recording_status: str = ""
    transcription_sid: Annotated[str, Field(max_length=256)] = ""
    transcription_status: str = ""
    transcription_text: str = ""

    @property
    def sid(self) -> str:
        """Its id, which is the end of its URL, too. Raises BadInput."""
        found = _SID.search(self.recording_url)
        if self.recording_sid or found:
            return self.recording_sid or (found[1] if found else "")
        raise BadInput(Complaint("RecordingSid", "is missing"))


class TwilioRecorded(TwilioDoor):
    """They have spoken, or hung up while they did."""

    channel: Final = VOICEMAIL
    door: Final = door("/voice/recorded", "a caller has left a message")

    def parse(self, request: RawRequest, account: str) -> Sequence[InboundEvent]:
        fields = self.fields(request)
        call, recording = Call.model_validate(fields), _Recording.model_validate(fields)
        lang = self.of(account).hint(call.to)
        return _message(recording, request, account, sender=call.sender, lang=lang)

    def answer(self, request: RawRequest, account: str) -> Answer:
        spoken = self.of(account).spoken(Call.model_validate(self.fields(request)).to)
        return Twiml().say(spoken.goodbye, spoken).hang_up().answer()


class TwilioRecording(TwilioDoor):
    """The file is there."""

    channel: Final = VOICEMAIL
    door: Final = door("/voice/recording", "the file of a message is there")

    def parse(self, request: RawRequest, account: str) -> Sequence[InboundEvent]:
        said = first_of(read_form(request.query))
        if not said.get("caller"):
            raise BadInput(Complaint("caller", "is missing in the URL"))
        recording = _Recording.model_validate(self.fields(request))
        lang = self.of(account).hint(said.get("to", ""))
        return _message(recording, request, account, sender=said["caller"], lang=lang)


class TwilioTranscription(TwilioDoor):
    """It is written down: what was said becomes the text of the message."""

    channel: Final = VOICEMAIL
    door: Final = door("/voice/transcription", "a message was written down")

    def parse(self, request: RawRequest, account: str) -> Sequence[InboundEvent]:
        fields = self.fields(request)
        call, recording = Call.model_validate(fields), _Recording.model_validate(fields)
        if recording.transcription_status != "completed" or not recording.transcription_text:
            return ()
        return (
            MessageEdited(
                channel=VOICEMAIL,
                account=account,
                sender=call.sender,
                message_id=recording.transcription_sid or f"{recording.sid}.text",
                sent_at=request.received_at,
                of=recording.sid,
                text=recording.transcription_text[:MAX_TEXT],
            ),
        )


def _message(
    recording: _Recording, request: RawRequest, account: str, *, sender: str, lang: str | None
) -> Sequence[InboundEvent]:
    if recording.recording_status not in {"", "completed"}:
        return ()
    return (
        MessageReceived(
            channel=VOICEMAIL,
            account=account,
            sender=sender,
            message_id=recording.sid,
            sent_at=request.received_at,
            text="",
            lang_hint=lang,
            attachments=(file(VOICEMAIL, recording.recording_url, "audio/x-wav"),),
        ),
    )


def ask_for_message(call: Call, request: RawRequest, account: TwilioAccount) -> Answer:
    """Says that nobody is free, and records. After silence the caller is told goodbye."""
    spoken = account.spoken(call.to)
    can_write = account.transcribe and spoken.locale.startswith(_WRITTEN_DOWN)
    return (
        Twiml()
        .say(spoken.voicemail, spoken)
        .record(
            done=step(request, "/recorded"),
            recorded=step(request, "/recording", caller=call.sender, to=call.to),
            transcribed=step(request, "/transcription") if can_write else None,
            seconds=MESSAGE_SECONDS,
        )
        .say(spoken.goodbye, spoken)
        .hang_up()
        .answer()
    )
