"""Twilio's side of the doors: requests that its own SDK signs, and the XML that it reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, fromstring

import httpx
from twilio.request_validator import RequestValidator

from shared.contracts.base import Contract
from tests.fakes.ingest_doors import LT_NUMBER, TWILIO_SID, TWILIO_TOKEN, IngestDoors

CUSTOMER = "+37061234567"
CALL = "CA" + "1" * 32
RECORDING = "RE" + "2" * 32
RECORDING_URL = f"https://api.twilio.com/2010-04-01/Accounts/{TWILIO_SID}/Recordings/{RECORDING}"
MESSAGE = "SM" + "3" * 32
FORM = "application/x-www-form-urlencoded"


def sign(url: str, params: Mapping[str, str], *, token: str = TWILIO_TOKEN) -> str:
    """As Twilio signs."""
    signature: str = RequestValidator(token).compute_signature(url, params)
    return signature


def sms(**changes: str) -> dict[str, str]:
    """An incoming SMS, with some of the parameters that we do not read."""
    params = {
        "MessageSid": MESSAGE, "SmsSid": MESSAGE, "AccountSid": TWILIO_SID, "From": CUSTOMER,
        "To": LT_NUMBER, "Body": "kur mano pinigai?", "NumMedia": "0", "FromCity": "",
        "FromCountry": "LT", "NumSegments": "1", "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
    }  # fmt: skip
    return {**params, **changes}


def call(**changes: str) -> dict[str, str]:
    """What every request about a call says."""
    params = {
        "CallSid": CALL, "AccountSid": TWILIO_SID, "From": CUSTOMER, "To": LT_NUMBER,
        "CallStatus": "ringing", "Direction": "inbound", "ApiVersion": "2010-04-01",
        "Caller": CUSTOMER, "Called": LT_NUMBER,
    }  # fmt: skip
    return {**params, **changes}


@dataclass
class Twilio:
    """Calls the doors."""

    doors: IngestDoors = field(default_factory=IngestDoors)
    account: str = "line"

    async def post(
        self, path: str, params: Mapping[str, str], *, token: str = TWILIO_TOKEN, **headers: str
    ) -> httpx.Response:
        """A signed request; path below the account. headers: instead of the right ones."""
        where = f"/v1/twilio/{self.account}{path}"
        signed = {
            "Content-Type": FORM,
            "X-Twilio-Signature": sign(f"http://localhost{where}", params, token=token),
        }
        content = urlencode(params)
        return await self.doors.post(path=where, content=content, headers={**signed, **headers})

    async def told(self, path: str, params: Mapping[str, str]) -> Element:
        """The document that a request is answered with."""
        answer = await self.post(path, params)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "text/xml; charset=utf-8"
        document = fromstring(answer.content)  # our own
        assert document.tag == "Response"
        return document

    async def event(self, path: str, params: Mapping[str, str]) -> Any:
        """The one event that a request makes."""
        answer = await self.post(path, params)
        assert answer.status_code == 200, answer.text
        [event] = self.doors.publisher.events
        return event.data

    @property
    def events(self) -> list[Contract]:
        """All that was published."""
        return [event.data for event in self.doors.publisher.events]


def verbs(document: Element) -> list[str]:
    """The names of what Twilio is told to do, in order."""
    return [each.tag for each in document]


def verb(document: Element, name: str) -> Element:
    """The first of this name."""
    found = document.find(name)
    assert found is not None, verbs(document)
    return found
