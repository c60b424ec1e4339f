"""A customer closed the conversation before it was over."""

from typing import ClassVar, Literal

from shared.contracts.inbound import InboundEvent


class CustomerLeft(InboundEvent):
    """A waiting ticket of this identity is abandoned; one with an agent only learns of it."""

    TYPE: ClassVar[str] = "CustomerLeft"

    reason: Literal["closed", "hung_up", "blocked", "timeout"] = "closed"
