"""The parts of a Telegram update that we read (Bot API 9). Everything else is ignored."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# Telegram's ids have at most 52 significant bits; its times are seconds since the epoch.
TelegramId = Annotated[int, Field(ge=-(2**53), le=2**53)]
Seconds = Annotated[int, Field(ge=0, le=253_402_300_799)]
Size = Annotated[int, Field(ge=0, le=2**63 - 1)]
FileId = Annotated[str, Field(min_length=1, max_length=256)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class User(_Part):
    id: TelegramId
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    language_code: str = ""


class Chat(_Part):
    id: TelegramId
    type: str


class File(_Part):
    """A photo size, document, voice, video, audio, animation, video note or sticker."""

    file_id: FileId
    file_size: Size | None = None
    file_name: str = ""
    mime_type: str = ""
    emoji: str = ""


class Contact(_Part):
    phone_number: str
    first_name: str = ""
    last_name: str = ""


class Location(_Part):
    latitude: float
    longitude: float


class RepliedTo(_Part):
    message_id: TelegramId


class Message(_Part):
    """`from` is absent where a channel, not a person, writes."""

    message_id: TelegramId
    chat: Chat
    sender: User | None = Field(None, alias="from")
    date: Seconds
    edit_date: Seconds | None = None
    text: str = ""
    caption: str = ""
    reply_to_message: RepliedTo | None = None
    photo: tuple[File, ...] = ()
    document: File | None = None
    voice: File | None = None
    video: File | None = None
    video_note: File | None = None
    audio: File | None = None
    animation: File | None = None
    sticker: File | None = None
    contact: Contact | None = None
    location: Location | None = None


class Membership(_Part):
    status: str


class MembershipChanged(_Part):
    """In a private chat, `kicked` means that the person blocked the bot."""

    chat: Chat
    sender: User = Field(alias="from")
    date: Seconds
    new_chat_member: Membership


class Update(_Part):
    """One update; at most one of its kinds is there."""

    update_id: TelegramId
    message: Message | None = None
    edited_message: Message | None = None
    my_chat_member: MembershipChanged | None = None
