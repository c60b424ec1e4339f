"""The parts of a Messenger or Instagram webhook that we read.

    {"object": "page" or "instagram", "entry": [{"id": our page or account, "messaging": [
        {"sender": {"id"}, "recipient": {"id"}, "timestamp": milliseconds, ONE KIND}]}]}

The kinds we take are `message`, `postback` and `message_edit`; `delivery` and `read` are taken in
receipts.py. `reaction`, `optin`, `referral` and whatever else there is are not looked at; nor is
`standby` of an entry, what another app of ours is answering. The dashboard's test button sends the
same items as `"changes": [{"field": "messages", "value": ITEM}]`, their time in seconds.
"""

from typing import Annotated

from pydantic import Field

from services.ingest.channels.meta.reading import Kind, Part, Place, Soft, Words

_NO_CONTROLS = r"^[^\x00-\x1f\x7f]+$"

PersonId = Annotated[
    str, Field(coerce_numbers_to_str=True, min_length=1, max_length=256, pattern=_NO_CONTROLS)
]
# Leaves room for what we add to it.
MessageId = Annotated[str, Field(min_length=1, max_length=200, pattern=_NO_CONTROLS)]
Time = Annotated[int, Field(ge=0, le=253_402_300_799_000)]


class Person(Part):
    """id: a person's, for one page or account of ours only; or ours."""

    id: PersonId


class Coordinates(Part):
    lat: float
    long: float

    @property
    def place(self) -> Place:
        return Place(latitude=self.lat, longitude=self.long)


class Payload(Part):
    url: Soft[Words] = None
    title: Soft[Words] = None
    coordinates: Soft[Coordinates] = None


class File(Part):
    """A file, a place, or something that was shared. `payload` is null where there is none."""

    type: Soft[Kind] = None
    title: Soft[Words] = None
    url: Soft[Words] = None
    payload: Soft[Payload] = None

    @property
    def address(self) -> str:
        """Its URL, or nothing."""
        return (self.payload.url if self.payload is not None else None) or self.url or ""

    @property
    def name(self) -> str:
        given = self.payload.title if self.payload is not None else None
        return given or self.title or self.type or "file"


class Story(Part):
    url: Soft[Words] = None


class RepliedTo(Part):
    """A message, or a story of ours on Instagram."""

    mid: Soft[MessageId] = None
    story: Soft[Story] = None


class Message(Part):
    """is_echo: we wrote it ourselves. is_deleted: taken back; nothing but `mid` is there.
    is_unsupported: something Meta does not hand over."""

    mid: MessageId
    text: Soft[Words] = None
    attachments: Soft[tuple[Soft[File], ...]] = None
    reply_to: Soft[RepliedTo] = None
    is_echo: Soft[bool] = None
    is_deleted: Soft[bool] = None
    is_unsupported: Soft[bool] = None


class Postback(Part):
    """A button of a template or menu that was pressed. payload: what we called it."""

    mid: Soft[MessageId] = None
    title: Soft[Words] = None
    payload: Soft[Words] = None


class Edited(Part):
    """num_edit: the number of edits so far. Instagram also sends 0, without a text, of messages
    that nobody has changed."""

    mid: MessageId
    text: Words
    num_edit: Annotated[int, Field(ge=1, le=10**6)]


class Item(Part):
    sender: Person
    recipient: Soft[Person] = None
    timestamp: Time
    message: Soft[Message] = None
    postback: Soft[Postback] = None
    message_edit: Soft[Edited] = None
