"""A customer took a message back."""

from typing import ClassVar

from shared.contracts.base import ProviderId
from shared.contracts.inbound import InboundEvent


class MessageDeleted(InboundEvent):
    """`of` is the `message_id` of the message taken back."""

    TYPE: ClassVar[str] = "MessageDeleted"

    of: ProviderId
