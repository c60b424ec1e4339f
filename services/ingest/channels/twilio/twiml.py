"""TwiML: what we tell Twilio to do with a call, as XML."""

from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from services.ingest.channels.adapter import Answer
from services.ingest.channels.twilio.texts import Spoken

TEXT_XML: Final = "text/xml"


class Twiml:
    """One document, verb by verb. Every method returns it."""

    def __init__(self) -> None:
        self._root: Final = Element("Response")

    def answer(self) -> Answer:
        """As the answer to Twilio's request."""
        return Answer(tostring(self._root, "unicode", xml_declaration=False), media_type=TEXT_XML)

    def say(self, text: str, spoken: Spoken) -> "Twiml":
        return self._verb("Say", text, language=spoken.locale, voice=spoken.voice)

    def play(self, url: str) -> "Twiml":
        return self._verb("Play", url)

    def pause(self, seconds: int) -> "Twiml":
        return self._verb("Pause", length=str(seconds))

    def leave(self) -> "Twiml":
        """Out of the line; what comes next is the action of <Enqueue>."""
        return self._verb("Leave")

    def hang_up(self) -> "Twiml":
        return self._verb("Hangup")

    def reject(self) -> "Twiml":
        """Not answered, and so not charged."""
        return self._verb("Reject")

    def enqueue(self, queue: str, *, wait: str, left: str) -> "Twiml":
        """Into a line. wait: what is heard there. left: asked once the call is out of it."""
        return self._verb("Enqueue", queue, waitUrl=wait, action=left)

    def record(self, *, done: str, recorded: str, transcribed: str | None, seconds: int) -> "Twiml":
        """done: asked when the caller has spoken. recorded: told when the file is there.
        transcribed: told the text."""
        attributes = {
            "action": done,
            "maxLength": str(seconds),
            "recordingStatusCallback": recorded,
            "recordingStatusCallbackEvent": "completed",
        }
        if transcribed is not None:
            attributes |= {"transcribe": "true", "transcribeCallback": transcribed}
        return self._verb("Record", **attributes)

    def _verb(self, name: str, text: str | None = None, **attributes: str) -> "Twiml":
        SubElement(self._root, name, attributes).text = text
        return self
