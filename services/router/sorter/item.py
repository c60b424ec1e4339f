"""One readable record on its way through the sorter."""

from dataclasses import dataclass
from typing import Final

from services.router.policy import Placement
from services.router.understanding.port import Understanding, Understood
from shared.contracts.announcement import EntryKind
from shared.contracts.customer_rated_v1 import CustomerRated
from shared.contracts.inbound import InboundEvent
from shared.messaging.records import Record
from shared.store.documents import claim_id

OPENING: Final = frozenset({"message", "edit", "transcript"})
"""Kinds that say something: without a ticket to join they open one."""


@dataclass(slots=True)
class Item:
    """record: as read. event: its event, card numbers masked. correlation: of the envelope.

    entry: id of this entry. of: id of the entry it changes or takes back.
    text: what the customer says, for understanding; "" where nothing is said.
    auto_reply: its producer says that a machine wrote it.
    digest: of the masked body (`body.digest`), so that one id with two bodies is noticed.
    vouched: the customer a producer vouches for.
    anonymous: the customer we take the identity for while nobody vouches.
    """

    record: Record
    event: InboundEvent
    event_id: str
    correlation: str
    kind: EntryKind
    entry: str
    of: str | None
    identity: str
    text: str
    lang_hint: str | None
    auto_reply: bool
    digest: bytes
    placement: Placement
    vouched: str | None
    anonymous: str
    _understood: Understood | None = None

    def understood(self, understanding: Understanding) -> Understood:
        """What the text says: asked once, however often the batch is decided."""
        if self._understood is None:
            self._understood = understanding.understand(self.text, lang_hint=self.lang_hint)
        return self._understood

    def reopens(self, understanding: Understanding) -> bool:
        """Whether this wakes a resolved ticket."""
        if self.auto_reply or self.kind not in OPENING:
            return False
        return self.understood(understanding).reopens

    def rating(self, understanding: Understanding) -> int:
        """How the customer says that they were served, from 1 to 5; 0: they do not."""
        if isinstance(self.event, CustomerRated):
            return self.event.score
        if self.auto_reply or self.kind != "message":
            return 0
        return self.understood(understanding).rating

    def join_key(self, customer: str, lane: str = "") -> str:
        """The store's unique key of a customer's joinable ticket in a lane."""
        return claim_id(self.placement.brand, customer, lane)
