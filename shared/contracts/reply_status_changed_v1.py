"""A reply of an agent's went on its way, or failed."""

from typing import ClassVar

from shared.contracts.base import Id, Utc
from shared.contracts.card import ForAgent
from shared.contracts.delivery_reported_v1 import DeliveryError, DeliveryStatus


class ReplyStatusChanged(ForAgent):
    """A hint for the agent's screen: it may come twice, late, or not at all. The conversation's
    page has what is true. It stands in no order with cards.

    at: when the status was reached, as far as the provider says. error: of `failed`, for people.
    """

    TYPE: ClassVar[str] = "ReplyStatusChanged"

    ticket: Id
    reply: Id
    status: DeliveryStatus
    at: Utc
    error: DeliveryError | None = None
