"""`POST /v1/vk/{account}`: a VK community's Callback API.

VK signs nothing: the secret set in the community's settings comes in the body, with its id. The
handshake (`confirmation`) is asked for the string that is shown there; it can come before a secret
is set, so it is answered to whoever names the community. That string proves nothing to us.

VK wants to read `ok`, also for what we do not take: it repeats anything else, and stops sending
when that happens too often.

Ids: a message is `<peer>.<number in the conversation>`, whichever notification brings it; its `id`
can be 0. VK repeats a notification with the `event_id` it had, so that distinguishes two edits of
one message, and two departures of one person.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field, ValidationError

from services.ingest.account import Api, SecretAccount
from services.ingest.channels.adapter import TEXT, Answer, ChannelAdapter, Door, RawRequest
from services.ingest.channels.provided import lines
from services.ingest.channels.signed import NOBODYS
from services.ingest.channels.vk.event import Denied, Message, MessageNew, Notification
from services.ingest.channels.vk.files import attachments_of
from services.ingest.errors import BadInput, Complaint, Unauthenticated
from services.ingest.json_body import load_object
from services.ingest.secrets import Secrets, matches
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import MessageReceived
from shared.runtime.clock import utc

CHANNEL: Final = "vk"

_CONFIRMATION: Final = "confirmation"


class VkAccount(SecretAccount):
    """secrets: the secret key of the settings. group_id: of the community. confirmation: the string
    that the settings show; not secret, and not for others either. token: the community's, for
    replies; without it they are left to an integration. api: where VK's is."""

    group_id: Annotated[int, Field(ge=1, le=2**53)]
    confirmation: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", repr=False)]
    token: Secrets | None = None
    api: Api = "https://api.vk.com"


class VkChannel(ChannelAdapter):
    """The door for VK's communities."""

    section: ClassVar = "vk"
    account: ClassVar = VkAccount
    names: ClassVar = (CHANNEL,)
    channel: Final = CHANNEL
    door: Final = Door(
        path="/v1/vk/{account}", summary="Callback API of a VK community", answers=(TEXT,)
    )

    def __init__(self, accounts: Mapping[str, VkAccount]) -> None:
        self._communities: Final = accounts

    def verify(self, request: RawRequest) -> str:
        """Raises NotJson, too: the secret is in the body."""
        given = _named(request)
        community = self._communities.get(request.account)
        secrets = community.secrets.valid() if community is not None else NOBODYS
        # `matches` reads a header's characters as bytes; these are the bytes of this text
        genuine = matches(given.secret.encode().decode("latin-1"), secrets)
        if community is None or given.group_id != community.group_id:
            raise Unauthenticated("the secret is not that of this community")
        if not genuine and given.type != _CONFIRMATION:
            raise Unauthenticated("the secret is not that of this community")
        return request.account

    def parse(self, request: RawRequest, account: str) -> Sequence[InboundEvent]:
        given = _named(request)
        match given.type:
            case "message_new":
                message = MessageNew.model_validate(given.object).message
                return tuple(_received(message, account)) if message.is_from_customer else ()
            case "message_edit":
                edited = Message.model_validate(given.object)
                return (_edited(edited, given, account),) if edited.is_from_customer else ()
            case "message_deny":
                return (_left(given, account, request.received_at),)
            case _:
                return ()

    def answer(self, request: RawRequest, account: str) -> Answer:
        asked = _named(request).type == _CONFIRMATION
        return Answer(self._communities[account].confirmation if asked else "ok")


def _named(request: RawRequest) -> Notification:
    fields = load_object(request.body)
    try:
        return Notification.model_validate(fields)
    except ValidationError:
        raise Unauthenticated("the body says not of which community it is") from None


def _received(message: Message, account: str) -> Iterator[MessageReceived]:
    text, attachments = _text(message), tuple(attachments_of(message.attachments))
    if not (text or attachments):
        return  # a service message
    replied = message.reply_message.conversation_message_id
    yield MessageReceived(
        **_common(message.from_id, account),
        message_id=_id(message),
        sent_at=utc(message.date),
        text=text,
        in_reply_to=f"{message.peer_id}.{replied}" if replied is not None else None,
        attachments=attachments,
    )


def _edited(message: Message, given: Notification, account: str) -> MessageEdited:
    return MessageEdited(
        **_common(message.from_id, account),
        message_id=f"{_id(message)}.e{_event_id(given)}",
        sent_at=utc(message.date if message.update_time is None else message.update_time),
        of=_id(message),
        text=_text(message),
    )


def _left(given: Notification, account: str, received_at: datetime) -> CustomerLeft:
    """VK says not when; it reports it at once."""
    user = Denied.model_validate(given.object).user_id
    return CustomerLeft(
        **_common(user, account),
        message_id=f"left.{user}.{_event_id(given)}",
        sent_at=received_at,
        reason="blocked",
    )


def _common(user: int, account: str) -> dict[str, Any]:
    # in a private dialog the peer is the person, and what a reply is addressed to
    return {"channel": CHANNEL, "account": account, "sender": str(user)}


def _id(message: Message) -> str:
    return f"{message.peer_id}.{message.conversation_message_id}"


def _event_id(given: Notification) -> str:
    if given.event_id is None:
        raise BadInput(Complaint("event_id", "without it a repetition would be another happening"))
    return given.event_id


def _text(message: Message) -> str:
    place = message.geo.coordinates
    return lines(
        message.text,
        *(f"> {each.text}" for each in message.fwd_messages if each.text),
        str(place) if place is not None else "",
    )
