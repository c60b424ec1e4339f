"""Messenger's and Instagram's ways out: `me/messages`, where the token says who we are."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from services.ingest.channels.meta.account import MessagingAccount
from services.ingest.courier.delivery import Delivery, Later, Otherwise, Outcome, Refused
from services.ingest.courier.sender import Call, Pace, Reply, Sender
from services.ingest.courier.senders.meta.graph import (
    CLOSED,
    COMMON,
    DOWN,
    SHUT,
    GraphError,
    Verdict,
    Verdicts,
    call_of,
    meaning,
)

_GONE: Final = Verdict("refused", "the customer does not take messages from us")
_NOBODY: Final = Verdict("refused", "there is no such customer")

_VERDICTS: Final[Verdicts] = {
    **COMMON,
    GraphError(1200): DOWN,
    **{GraphError(10, subcode): SHUT for subcode in (2018065, 2018278, 2534022)},
    GraphError(10, 2018108): _GONE,
    GraphError(200, 1545041): _GONE,
    GraphError(551): _GONE,
    **{GraphError(100, subcode): _NOBODY for subcode in (2018001, 2534014)},
    GraphError(100, 2534001): _GONE,
}


class _MessagingSender(Sender):
    """For accounts that have a token. says: what a usual message says of itself."""

    says: ClassVar[Mapping[str, str]] = {}

    def __init__(self, accounts: Mapping[str, MessagingAccount]) -> None:
        self._accounts: Final = accounts

    @property
    def repeatable(self) -> bool:
        return False

    def serves(self, account: str) -> bool:
        known = self._accounts.get(account)
        return known is not None and known.token is not None

    def call(self, delivery: Delivery, text: str) -> Call:
        body: dict[str, Any] = {
            "recipient": {"id": delivery.recipient},
            "message": {"text": text},
            **self.says,
        }
        if delivery.instead:
            body |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        return call_of(self._accounts[delivery.account], "me/messages", body)

    def outcome(self, reply: Reply) -> Outcome:
        return meaning(reply, channel=self.channel, id_of=_taken, verdicts=_VERDICTS)

    def judged(self, delivery: Delivery, outcome: Outcome) -> Outcome:
        match outcome:
            case Otherwise() if not self._accounts[delivery.account].human_agent:
                return Refused(f"{CLOSED}: the customer must write first")
            case Otherwise() if delivery.by != "agent":
                return Refused(f"{CLOSED}: only an agent may still answer")
            case Otherwise() if delivery.instead:
                return Refused(
                    f"{CLOSED}: for an agent's answer, too; the customer must write first"
                )
            case Refused(error) | Later(error) if delivery.instead:
                return outcome._replace(error=f"{CLOSED}: {error}")
        return outcome


class MessengerSender(_MessagingSender):
    section: ClassVar = "messenger"
    channel: Final = "messenger"
    says: ClassVar = {"messaging_type": "RESPONSE"}
    pace: Final = Pace(account=40.0, chat=1.0, most=2_000, burst=3)


class InstagramSender(_MessagingSender):
    section: ClassVar = "instagram"
    channel: Final = "instagram"
    pace: Final = Pace(account=40.0, chat=1.0, most=1_000, most_bytes=1_000, burst=3)


def _taken(said: Mapping[str, Any]) -> str | None:
    id = said.get("message_id")
    return id if isinstance(id, str) and id else None
