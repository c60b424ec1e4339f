"""A customer said how they were served."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts.announcement import Rating
from shared.contracts.base import Text
from shared.contracts.inbound import InboundEvent


class CustomerRated(InboundEvent):
    """Counts for the ticket of this identity that was resolved last and is not closed yet.

    score: 1 (bad) to 5 (good). comment: what they would have otherwise.
    """

    TYPE: ClassVar[str] = "CustomerRated"

    score: Rating
    comment: Annotated[Text, Field(repr=False)] = ""
