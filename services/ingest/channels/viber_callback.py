"""The parts of a Viber callback that we read. Everything else is ignored."""

from typing import Annotated

from pydantic import Field

from services.ingest.channels.provided import Milliseconds, Part, Place, ShortId, Size


class Callback(Part):
    """Of any kind. No more is asked of kinds that we do not take: the handshake's numbers, for one,
    are of other sizes than those of messages."""

    event: Annotated[str, Field(max_length=64)]


class Sender(Part):
    """Their id is of this bot only: another bot knows the same person by another one."""

    id: ShortId
    name: str = ""
    language: str = ""


class Contact(Part):
    name: str = ""
    phone_number: str = ""


class Spot(Place):
    latitude: Annotated[float, Field(ge=-90, le=90, validation_alias="lat")]
    longitude: Annotated[float, Field(ge=-180, le=180, validation_alias="lon")]


class Content(Part):
    """media: the URL of the file or of a sticker's picture, or one that was shared. size: bytes."""

    type: str = ""
    text: str = ""
    media: str = ""
    file_name: str = ""
    size: Size | None = None
    contact: Contact | None = None
    location: Spot | None = None


class Written(Part):
    """`message`: somebody wrote. timestamp: when it happened, milliseconds."""

    timestamp: Milliseconds
    message_token: ShortId
    sender: Sender
    message: Content


class Unsubscribed(Part):
    """`unsubscribed`: somebody wants no more messages."""

    timestamp: Milliseconds
    user_id: ShortId


class Receipt(Part):
    """`delivered`, `seen` or `failed`: what became of a message of ours. desc: why it failed."""

    timestamp: Milliseconds
    message_token: ShortId
    user_id: ShortId
    desc: str = ""
