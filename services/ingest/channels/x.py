"""`/v1/x/{account}`: the webhook of an app on X (Twitter), for one of our users there.

GET is X's check that we know the app's secret (CRC), made when the webhook is registered and about
every hour. POST brings what happened to users that subscribed; we take direct messages to ours. One
app has one webhook, so it may bring what is for its other users: answered 200 and left alone.

Both sign the same way with the same secret, and anybody may ask for the handshake. So the handshake
signs letters, digits and a few marks only: never a text that would be a body.

Ids: a message is its id at X, which a repetition keeps.
"""

import base64
import hmac
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Final
from urllib.parse import parse_qsl

from pydantic import Field, ValidationError, model_validator

from services.ingest.account import Api, SecretAccount
from services.ingest.channels.adapter import (
    JSON,
    Answer,
    ChannelAdapter,
    Door,
    Greeting,
    RawRequest,
)
from services.ingest.channels.provided import lines, reference
from services.ingest.channels.signed import signed_account
from services.ingest.channels.x_activity import Activity, Data, DirectMessage, Kind, Media, User
from services.ingest.errors import BadInput, Complaint, Unauthenticated
from services.ingest.json_body import load_object
from services.ingest.secrets import Secrets
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_received_v1 import Attachment, MessageReceived
from shared.runtime.clock import utc

SIGNATURE_HEADER: Final = "x-twitter-webhooks-signature"
CHANNEL: Final = "x"

_CRC_TOKEN: Final = re.compile(r"[A-Za-z0-9._~=+/-]{1,512}")


class XAccount(SecretAccount):
    """secrets: the app's consumer secret (API secret key). user_id: of our user, whose messages
    these are. To send as that user: key, the app's consumer key (API key), and the user's access
    token with its secret; all three or none."""

    user_id: Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,64}$")] | None = None
    token: Secrets | None = None
    token_secret: Secrets | None = None
    api: Api = "https://api.x.com"

    @model_validator(mode="after")
    def _can_send_or_does_not(self) -> "XAccount":
        if len({each is None for each in (self.key, self.token, self.token_secret)}) > 1:
            raise ValueError("key, token and token_secret go together")
        return self


class XChannel(ChannelAdapter):
    """The door for users on X."""

    section: ClassVar = "x"
    account: ClassVar = XAccount
    names: ClassVar = (CHANNEL,)
    channel: Final = CHANNEL
    door: Final = Door(
        path="/v1/x/{account}",
        summary="Webhook of an app on X",
        greeting=Greeting(asks=("crc_token",), answers=JSON),
        proofs=((SIGNATURE_HEADER,),),
    )

    def __init__(self, accounts: Mapping[str, XAccount]) -> None:
        self._users: Final = accounts

    def greet(self, request: RawRequest) -> Answer:
        user = self._users.get(request.account)
        if user is None:
            raise Unauthenticated("no such account")
        given = [value for name, value in parse_qsl(request.query) if name == "crc_token"]
        if len(given) != 1 or not _CRC_TOKEN.fullmatch(given[0]):
            raise BadInput(Complaint("crc_token", "one, of at most 512 letters and digits"))
        token = _signature(user.secrets.valid()[0], given[0].encode())
        return Answer(json.dumps({"response_token": token.decode()}), media_type=JSON)

    def verify(self, request: RawRequest) -> str:
        return signed_account(
            request,
            self._users,
            header=SIGNATURE_HEADER,
            sign=lambda secret: _signature(secret, request.body),
        )

    def parse(self, request: RawRequest, account: str) -> Sequence[InboundEvent]:
        activity = Activity.model_validate(load_object(request.body))
        if activity.for_user_id != self._users[account].user_id:
            return ()
        events: list[InboundEvent] = []
        trouble: ValidationError | None = None
        for each in activity.direct_message_events:
            try:
                events += _received(each, activity, account)
            except ValidationError as error:
                trouble = error
        if trouble is not None and not events:
            raise trouble  # nothing of it was understood
        return events


def _signature(secret: bytes, signed: bytes) -> bytes:
    return b"sha256=" + base64.b64encode(hmac.digest(secret, signed, "sha256"))


def _received(event: object, activity: Activity, account: str) -> Iterator[MessageReceived]:
    if Kind.model_validate(event).type != "message_create":
        return
    message = DirectMessage.model_validate(event)
    sender, data = message.message_create.sender_id, message.message_create.message_data
    text, attachments = _text(data), tuple(_attachments(data.attachment.media))
    if sender != activity.for_user_id and (text or attachments):
        yield MessageReceived(
            channel=CHANNEL,
            account=account,
            sender=sender,
            message_id=message.id,
            sent_at=utc(message.created_timestamp / 1000),
            text=text,
            sender_name=_name(activity.users.get(sender)),
            attachments=attachments,
        )


def _text(data: Data) -> str:
    """Without the link that X puts where the file was, and with & < > as they were written."""
    media, location = data.attachment.media, data.attachment.location
    text = data.text.strip()
    if media is not None and media.url:
        text = text.removesuffix(media.url).rstrip()
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    place = location.place() if location is not None else None
    return lines(text, str(place) if place is not None else "")


def _attachments(media: Media | None) -> Iterator[Attachment]:
    if media is None:
        return
    films = [each for each in media.video_info.variants if each.content_type == "video/mp4"]
    best = max(films, key=lambda each: each.bitrate, default=None)
    yield Attachment(
        name=media.type[:256],
        media_type="image/jpeg" if media.type == "photo" else "video/mp4",
        ref=reference(CHANNEL, best.url if best is not None else media.media_url_https),
    )


def _name(user: object) -> str | None:
    try:
        return User.model_validate(user).name.strip()[:128] or None
    except ValidationError:
        return None  # a name is no reason to lose the message
