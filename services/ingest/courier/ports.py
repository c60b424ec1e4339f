"""What the courier needs of the world."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from services.ingest.courier.delivery import Delivery
from services.ingest.courier.receipts import Said
from services.ingest.courier.sender import Reply, Request


class NoAnswer(Exception):
    """The provider did not answer. reached: whether the request may have got there."""

    def __init__(self, says: str, *, reached: bool) -> None:
        super().__init__(says)
        self.reached = reached


class Providers(Protocol):
    """The outside."""

    async def call(self, request: Request, /) -> Reply:
        """Raises NoAnswer."""
        ...


class About(NamedTuple):
    """What the sorter keeps of a message. identity: whose it is. subject, thread: empty: none.
    at: epoch seconds, the provider's."""

    identity: str
    subject: str
    thread: str
    at: float = 0.0


class Messages(Protocol):
    """Messages of customers, as the sorter stored them: read only."""

    async def about(self, ids: Collection[str]) -> Mapping[str, About]:
        """Of those that are known. Raises StoreError."""
        ...


class DeliveryStore(Protocol):
    """Deliveries, each written by its courier alone: a write says which attempt it belongs to, and
    is refused where somebody else went on. All methods raise StoreError."""

    async def take_in(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Store what is not known yet, and return all of these that have something left to do, as
        they are stored."""
        ...

    async def unfinished(self, partitions: Collection[int]) -> list[Delivery]:
        """Of these partitions, what has something left to do, in the order of the offsets."""
        ...

    async def begin(self, delivery: Delivery) -> bool:
        """Write `delivery` (sending, its attempt one more than what is stored). False where what is
        stored is not pending at the attempt before."""
        ...

    async def settle(self, delivery: Delivery) -> bool:
        """Write what came of the attempt. False where what is stored is not that attempt any
        more."""
        ...

    async def told(self, reply: str) -> None:
        """Its end was reported: nothing is left to do."""
        ...

    async def said_of(self, deliveries: Sequence[Delivery]) -> Mapping[str, Sequence[Said]]:
        """By reply, what providers said of their messages so far: also of messages that we do not
        know yet, where they were told our id of the reply."""
        ...


class StatusStore(Protocol):
    """What providers said of messages, also of those that are none of ours, or not known to be yet.
    All methods raise StoreError."""

    async def note(self, statuses: Sequence[Said], *, now: float) -> Collection[str]:
        """Store each, unless as much was said of its message already; the messages of which what is
        stored then is from here, also where it was stored before, from the same record. now: epoch
        seconds."""
        ...

    async def sent_as(self, statuses: Sequence[Said]) -> Mapping[str, Delivery]:
        """By message, the delivery that it is a part of, of those that are known."""
        ...

    async def said_of(self, deliveries: Sequence[Delivery]) -> Mapping[str, Sequence[Said]]:
        """As of a DeliveryStore."""
        ...
