"""The parts of a VK notification that we read (API 5.103 and later). Everything else is ignored."""

from typing import Annotated, Any

from pydantic import Field

from services.ingest.channels.provided import Part, Place, Seconds, ShortId

VkId = Annotated[int, Field(ge=-(2**53), le=2**53)]
Number = Annotated[int, Field(ge=1, le=2**53)]


class Notification(Part):
    """secret: what stands for a signature. event_id: the same in every repetition."""

    type: Annotated[str, Field(max_length=64)]
    group_id: VkId
    secret: str = ""
    event_id: ShortId | None = None
    object: Any = None


class Geo(Part):
    coordinates: Place | None = None


class Replied(Part):
    conversation_message_id: Number | None = None


class Forwarded(Part):
    text: str = ""


class Message(Part):
    """peer_id: the conversation; from_id: who wrote, negative for a community. The two are the same
    in a private dialog. conversation_message_id: counts in the conversation; `id` can be 0."""

    peer_id: VkId
    from_id: VkId
    conversation_message_id: Number
    date: Seconds
    update_time: Seconds | None = None
    text: str = ""
    attachments: tuple[dict[str, Any], ...] = ()
    geo: Geo = Geo()
    reply_message: Replied = Replied()
    fwd_messages: tuple[Forwarded, ...] = ()

    @property
    def is_from_customer(self) -> bool:
        """Whether a person wrote to the community alone, and not in a chat of several."""
        return self.peer_id == self.from_id > 0


class MessageNew(Part):
    message: Message


class Denied(Part):
    user_id: Number
