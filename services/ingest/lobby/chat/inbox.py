"""What customers say, made durable by the same intake as at the doors."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from services.ingest.errors import TooLarge, Unavailable
from services.ingest.intake import Intake
from services.ingest.lobby.chat.account import CHANNEL
from services.ingest.lobby.chat.connection import Connection
from services.ingest.lobby.chat.entries import message_id
from services.ingest.lobby.chat.protocol.client import Leave, Message, Rate
from services.ingest.lobby.chat.protocol.server import Ack, Nack, Problem
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.customer_rated_v1 import CustomerRated
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_received_v1 import MessageReceived
from shared.runtime.clock import Clock, utc

Lasting: TypeAlias = Message | Leave | Rate
"""What is answered only once it is durable."""

RETRY_SECONDS: Final = 2.0


class FirstSaid:
    """When each message was first said, of the last ones: said again, it is the same event.

    Another instance, or one that restarted, does not know it; the sorter takes the two for one all
    the same, since a time is no part of what it compares.
    """

    def __init__(self, *, most: int = 10_000) -> None:
        self._most: Final = most
        self._at: Final[OrderedDict[str, float]] = OrderedDict()

    def at(self, entry: str, *, now: float) -> float:
        """Epoch seconds."""
        first = self._at.setdefault(entry, now)
        if len(self._at) > self._most:
            self._at.popitem(last=False)
        return first


class Inbox:
    """counted: called with each outcome: accepted, refused, unavailable."""

    def __init__(
        self,
        *,
        intake: Intake,
        clock: Clock,
        lang_of: Callable[[str], str],
        counted: Callable[[str], object],
    ) -> None:
        """lang_of: an account's language, for customers who say none."""
        self._intake: Final = intake
        self._clock: Final = clock
        self._lang_of: Final = lang_of
        self._counted: Final = counted
        self._first_said: Final = FirstSaid()

    async def take(self, said: Lasting, *, of: Connection) -> Ack | Nack | Problem:
        """Publish, and say so only after the broker did."""
        try:
            await self._intake.accept((self._event(said, of),))
        except Unavailable:
            self._counted("unavailable")
            return Nack(id=said.id, reason="not_confirmed", retry_after_seconds=RETRY_SECONDS)
        except TooLarge:
            self._counted("refused")
            return Problem(id=said.id, reason="too_large", detail="text: it is too long")
        self._counted("accepted")
        return Ack(id=said.id)

    def _event(self, said: Lasting, of: Connection) -> InboundEvent:
        session, account = of.session, of.account
        id = message_id(session.device, said.id)
        now = self._clock.now()
        common: dict[str, Any] = {
            "channel": CHANNEL,
            "account": account,
            "sender": session.sender,
            "message_id": id,
            "sent_at": utc(self._first_said.at(f"{account}:{id}", now=now)),
        }
        match said:
            case Leave():
                return CustomerLeft(**common)
            case Rate():
                return CustomerRated(**common, score=said.score, comment=said.comment)
            case Message():
                return MessageReceived(
                    **common,
                    text=said.text,
                    customer=session.customer if now < session.logged_in_until else None,
                    lang_hint=of.lang or self._lang_of(account),
                )
