"""What a bot and a customer said before a person was asked for."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts.base import Text, Utc, Wire
from shared.contracts.inbound import InboundEvent


class Turn(Wire):
    """One utterance."""

    by: Literal["bot", "customer"]
    text: Text
    at: Utc | None = None


class BotTranscript(InboundEvent):
    """The talk so far. It opens a ticket as a message would: the customer waits from now on."""

    TYPE: ClassVar[str] = "BotTranscript"

    turns: Annotated[tuple[Turn, ...], Field(min_length=1, max_length=200)]
    customer: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    lang_hint: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None
