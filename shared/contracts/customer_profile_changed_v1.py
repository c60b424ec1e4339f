"""What a customer is to us changed: their tier, their own agents, or a matter they are under."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts.base import Contract, Id, Positive, Slug
from shared.contracts.identity import vouched_key


class CustomerProfileChanged(Contract):
    """The whole profile, replacing what was known. It holds for tickets to come and for the one the
    customer has.

    brand: as the policy's accounts name it.
    customer: the platform's own id, as producers vouch for it in messages.
    version: of the profile; each change has a higher one. Lower ones than the last are void.
    tier: one of the policy's; another is as any other tier there. It goes before the account's.
    hosts: agents who know the customer, in the order in which they are to be tried.
    matter: the protected queue in which a matter of the customer's is open; absent: in none (any
        more).
    """

    TYPE: ClassVar[str] = "CustomerProfileChanged"
    TOPIC: ClassVar[str] = "support.inbound.v1"

    brand: Slug
    customer: Annotated[str, Field(min_length=1, max_length=128)]
    version: Positive
    tier: Slug
    hosts: Annotated[tuple[Id, ...], Field(max_length=3)] = ()
    matter: Slug | None = None

    @property
    def key(self) -> str:
        return vouched_key(self.brand, self.customer)
