"""What the doors of Twilio have in common: one section of accounts, one proof, one way to read."""

from collections.abc import Mapping
from typing import ClassVar, Final
from urllib.parse import urlencode, urlsplit

from services.ingest.channels.adapter import FORM, JSON, Answer, ChannelAdapter, Door, RawRequest
from services.ingest.channels.twilio.account import TwilioAccount
from services.ingest.channels.twilio.params import Params, first_of, read_form, read_json
from services.ingest.channels.twilio.proof import (
    BODY_HASH,
    PERSISTENT,
    SIGNATURE,
    is_hash_of,
    is_signed,
)
from services.ingest.channels.twilio.twiml import TEXT_XML, Twiml
from services.ingest.errors import Unauthenticated

SMS: Final = "sms"
WHATSAPP: Final = "whatsapp"
MESSENGER: Final = "messenger"
PHONE: Final = "phone"
VOICEMAIL: Final = "voicemail"

_BODY_BYTES: Final = 256 * 1024
_NOBODYS: Final = (b"the token of no account",)


def door(path: str, summary: str) -> Door:
    """A door below /v1/twilio/{account}."""
    return Door(
        path=f"/v1/twilio/{{account}}{path}",
        summary=f"Twilio: {summary}",
        body_bytes=_BODY_BYTES,
        media=(FORM, JSON),
        answers=(TEXT_XML,),
        proofs=((SIGNATURE,),),
    )


class TwilioDoor(ChannelAdapter):
    """The base of every door. Subclasses bring `channel` and `door`."""

    section: ClassVar = "twilio"
    account: ClassVar = TwilioAccount
    names: ClassVar = (SMS, WHATSAPP, MESSENGER, PHONE, VOICEMAIL)

    def __init__(self, accounts: Mapping[str, TwilioAccount]) -> None:
        self._accounts: Final = accounts

    def verify(self, request: RawRequest) -> str:
        """Raises NotAForm and NotJson, too: what is signed is read first."""
        if SIGNATURE not in request.headers:
            raise Unauthenticated("there is no signature")
        account = self._accounts.get(request.account)
        # an unknown account costs what a wrong token costs: none can be guessed here
        tokens = account.secrets.valid() if account is not None else _NOBODYS
        params, signed = _params(request), _signed(request)
        genuine = is_signed(request.headers, url=request.url, params=signed, tokens=tokens)
        if account is None or not genuine:
            raise Unauthenticated("the signature is not that of this account")
        if account.account_sid is not None and params.get("AccountSid") != [account.account_sid]:
            raise Unauthenticated("the request is of another account at Twilio")
        return request.account

    def answer(self, request: RawRequest, account: str) -> Answer:  # noqa: ARG002
        """A document that tells Twilio to do nothing, unless a subclass says more."""
        return Twiml().answer()

    def fields(self, request: RawRequest) -> dict[str, str]:
        """The parameters, with the first value of each."""
        return first_of(_params(request))

    def of(self, account: str) -> TwilioAccount:
        """What the accounts file says."""
        return self._accounts[account]


def step(request: RawRequest, path: str, **query: str) -> str:
    """The URL of another step of the call, below this account's /voice."""
    parts = urlsplit(request.url)
    account = "/".join(parts.path.split("/")[:4])  # /v1/twilio/{account}
    asked = f"?{urlencode(query)}" if query else ""
    return f"{parts.scheme}://{parts.netloc}{account}/voice{path}{asked}{PERSISTENT}"


def _params(request: RawRequest) -> Params:
    return read_json(request.body) if _is_json(request) else read_form(request.body)


def _signed(request: RawRequest) -> Params:
    """The parameters that are signed beside the URL. Of a JSON body these are none: its hash is in
    the URL."""
    if not _is_json(request):
        return read_form(request.body)
    claimed = read_form(request.query).get(BODY_HASH, ("",))[0]
    if not is_hash_of(claimed, request.body):
        raise Unauthenticated("the body is not the one that was signed")
    return {}


def _is_json(request: RawRequest) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == JSON
