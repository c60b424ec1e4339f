"""A customer changed a message they had sent."""

from typing import ClassVar

from shared.contracts.base import ProviderId, Text
from shared.contracts.inbound import InboundEvent


class MessageEdited(InboundEvent):
    """`of` is the `message_id` of the message that changed; `text` is its new text."""

    TYPE: ClassVar[str] = "MessageEdited"

    of: ProviderId
    text: Text
