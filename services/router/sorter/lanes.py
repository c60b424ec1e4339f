"""Which of a customer's tickets an entry may join: the ordinary one, or that of a protected queue
or of a statutory clock, which stands beside it."""

from dataclasses import dataclass
from typing import Final

from services.router.policy import Policy
from services.router.sorter.item import OPENING, Item
from services.router.understanding.port import Understanding

ORDINARY: Final = ""
"""The lane of all queues that are not protected. Each protected queue has one of its own, named
after it, whatever the desk, and so has each statutory clock."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """What a policy and the understanding make of an entry."""

    policy: Policy
    understanding: Understanding

    def opened_by(self, item: Item, matter: str = "") -> str:
        """The lane in which it opens a ticket. What says nothing is never protected: a departure
        ends nobody's wait for help.

        matter: the queue in which a matter of the customer's is open. Whatever has no lane of its
        own is of that one, where the desk protects it.
        """
        desk = item.placement.desk
        if item.kind not in OPENING or not self.policy.lanes_of(desk):
            return ORDINARY
        topic = item.understood(self.understanding).topic
        own = self.policy.lane(desk=desk, topic=topic)
        return matter if own == ORDINARY and matter in self.policy.protected(desk) else own

    def joined_by(self, item: Item, matter: str = "") -> tuple[str, ...]:
        """The lanes whose ticket it may join, the best first.

        What is about nothing in particular goes on with such a conversation where the customer has
        no other; not with one that they are not to notice. In a matter, what asks for nothing (a
        thanks, a machine's answer) goes on with whatever conversation there is.
        """
        own = self.opened_by(item, matter)
        desk = item.placement.desk
        lanes = self.policy.lanes_of(desk)
        if own != self.opened_by(item):
            return (own,) if item.reopens(self.understanding) else (own, ORDINARY)
        if own != ORDINARY or item.kind not in OPENING or not lanes:
            return (own,)
        if not item.understood(self.understanding).vague:
            return (ORDINARY,)
        hidden = {lane for lane, each in self.policy.protected(desk).items() if each.confidential}
        return (ORDINARY, *(lane for lane in lanes if lane not in hidden))
