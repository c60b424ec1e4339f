"""The doors of Twilio: messages and calls. All share the section `twilio` of the accounts file."""

from typing import Final

from services.ingest.channels.adapter import Channel
from services.ingest.channels.twilio.message import TwilioMessages
from services.ingest.channels.twilio.message_status import TwilioMessageStatus
from services.ingest.channels.twilio.voice import (
    TwilioCallStatus,
    TwilioLeft,
    TwilioVoice,
    TwilioWait,
)
from services.ingest.channels.twilio.voicemail import (
    TwilioRecorded,
    TwilioRecording,
    TwilioTranscription,
)

TWILIO: Final[tuple[Channel, ...]] = (
    TwilioMessages,
    TwilioMessageStatus,
    TwilioVoice,
    TwilioWait,
    TwilioLeft,
    TwilioCallStatus,
    TwilioRecorded,
    TwilioRecording,
    TwilioTranscription,
)
