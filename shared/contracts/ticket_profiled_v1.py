"""The customer of a ticket has another profile than the ticket was treated by."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts.announcement import TicketNews
from shared.contracts.base import Id, Positive, Slug


class TicketProfiled(TicketNews):
    """The profile as it is known now. A ticket passes by versions that are not above its own.

    version: of the profile.
    hosts: the customer's own agents, in the order in which they are to be tried.
    matter: the protected queue in which a matter of the customer's is open; absent: in none.
    """

    TYPE: ClassVar[str] = "TicketProfiled"

    version: Positive
    tier: Slug
    hosts: Annotated[tuple[Id, ...], Field(max_length=3)] = ()
    matter: Slug | None = None
