"""WhatsApp's way out: a phone number's `messages` in the Graph API.

A customer is addressed as `to` by a phone number, as `recipient` by an id for our business. Each
message carries the reply's id, which comes back with what WhatsApp says of it later; the template
that only asks the customer to write does not, for it is not the reply.

WhatsApp may take a text for a customer who has not written for 24 hours, and say only later that it
did not deliver it. So where the message that is answered is known to be older, and the account has
a template, that goes at once.
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from services.ingest.channels.meta.account import ClosedWindow, WhatsAppAccount
from services.ingest.channels.meta.whatsapp import CHANNEL
from services.ingest.courier.delivery import (
    Delivery,
    Doubtful,
    Later,
    Otherwise,
    Outcome,
    Refused,
    Sent,
)
from services.ingest.courier.sender import Call, Pace, Reply, Sender, Unsendable
from services.ingest.courier.senders.meta.graph import (
    BLOCKED,
    CLOSED,
    COMMON,
    DOWN,
    LIMITED,
    MAY_NOT,
    NOT_ACCEPTED,
    SHUT,
    GraphError,
    Verdict,
    Verdicts,
    call_of,
    meaning,
)

LONGEST_PARAMETER: Final = 1_024
"""Characters of a template's body, its parameters included."""

WINDOW_SECONDS: Final = 86_400.0

_LONGEST_NOTE: Final = 512
_PAIR_SECONDS: Final = 6.0
_PHONE: Final = re.compile(r"\+?[0-9]{1,20}")
_UNABLE: Final = Verdict("refused", "the customer's WhatsApp cannot take it")
_UNREGISTERED: Final = Verdict("ours", "is the phone number registered?")
_TEMPLATE: Final = Verdict("refused", "the template does not fit")

_VERDICTS: Final[Verdicts] = {
    **COMMON,
    **{GraphError(code): LIMITED for code in (130429, 131048, 131064)},
    GraphError(131056): Verdict("theirs", "too many messages to this customer", _PAIR_SECONDS),
    **{GraphError(code): DOWN for code in (131000, 131016, 133004)},
    GraphError(131057): Verdict("ours", "the account is in maintenance"),
    GraphError(100, 33): Verdict("ours", "is the phone number id right, and the token's?"),
    GraphError(131005): MAY_NOT,
    GraphError(131031): BLOCKED,
    GraphError(131042): Verdict("ours", "the account's payment is not in order"),
    **{GraphError(code): _UNREGISTERED for code in (131037, 131045, 133010)},
    GraphError(131047): SHUT,
    GraphError(470): SHUT,
    **{GraphError(code): _UNABLE for code in (130472, 131021, 131026, 131049, 131050)},
    GraphError(130497): Verdict("refused", "Meta does not let us write to that country"),
    GraphError(131030): Verdict("refused", "a test number writes to its listed numbers alone"),
    GraphError(131062): Verdict("refused", "the customer must be addressed by phone number"),
    **{GraphError(code): NOT_ACCEPTED for code in (131008, 131009, 131051)},
    **{
        GraphError(code): _TEMPLATE
        for code in (131063, *range(132000, 132002), *range(132005, 132019))
    },
}


class WhatsAppSender(Sender):
    """For numbers that have a token."""

    section: ClassVar = CHANNEL
    channel: Final = CHANNEL
    # 80 a second and number; to one customer one in six seconds, 45 of them at once
    pace: Final = Pace(account=70.0, chat=1 / _PAIR_SECONDS, most=4_096, burst=10)
    repeatable: Final = False
    names_message: Final = True

    def __init__(self, accounts: Mapping[str, WhatsAppAccount]) -> None:
        self._accounts: Final = accounts

    def serves(self, account: str) -> bool:
        known = self._accounts.get(account)
        return known is not None and known.token is not None

    def call(self, delivery: Delivery, text: str) -> Call:
        account = self._accounts[delivery.account]
        body = {"messaging_product": "whatsapp", "recipient_type": "individual"}
        body |= _address(delivery.recipient)
        closed = self._template(delivery)
        if closed is not None and closed.parameter:
            rest = self.pace.parts(delivery.text)[delivery.part :]
            if any(len(one_line(part)) > LONGEST_PARAMETER for part in rest):
                raise Unsendable(f"{CLOSED}: too long for the template; write it shorter")
        body |= _plain(delivery, text) if closed is None else _by_template(closed, delivery, text)
        if (closed is None or closed.parameter) and len(delivery.reply) <= _LONGEST_NOTE:
            body["biz_opaque_callback_data"] = delivery.reply
        return call_of(account, f"{account.number}/messages", body)

    def outcome(self, reply: Reply) -> Outcome:
        return meaning(reply, channel=CHANNEL, id_of=_taken, verdicts=_VERDICTS)

    def judged(self, delivery: Delivery, outcome: Outcome) -> Outcome:
        closed = self._template(delivery)
        if closed is not None:
            return _of_template(outcome, is_reply=closed.parameter)
        if isinstance(outcome, Otherwise) and self._accounts[delivery.account].closed is None:
            return Refused(f"{CLOSED}: the customer must write first, or be called")
        return outcome

    def _template(self, delivery: Delivery) -> ClosedWindow | None:
        """What it goes by; none: as it is."""
        late = 0.0 < delivery.heard_at < delivery.since - WINDOW_SECONDS
        return self._accounts[delivery.account].closed if delivery.instead or late else None


def _of_template(outcome: Outcome, *, is_reply: bool) -> Outcome:
    """What became of the reply. is_reply: whether the template had its words."""
    match outcome:
        case Sent() if not is_reply:
            return Refused(f"{CLOSED}: the template was sent, the customer was asked to write")
        case Doubtful(error) if not is_reply:
            return Refused(f"{CLOSED}: the customer was asked to write, perhaps: {error}")
        case Otherwise():
            return Refused(f"{CLOSED}: WhatsApp did not take the template either")
        case Refused(error) | Later(error) if not error.startswith(CLOSED):
            return outcome._replace(error=f"{CLOSED}: {error}")
    return outcome


def _address(recipient: str) -> dict[str, str]:
    if _PHONE.fullmatch(recipient):
        return {"to": recipient}
    return {"recipient": recipient}


def _plain(delivery: Delivery, text: str) -> dict[str, Any]:
    body: dict[str, Any] = {"type": "text", "text": {"preview_url": False, "body": text}}
    ours, answered = f"{CHANNEL}:{delivery.account}:", delivery.in_reply_to or ""
    if not delivery.part and answered.startswith(f"{ours}wamid."):
        body["context"] = {"message_id": answered.removeprefix(ours)}
    return body


def _by_template(closed: ClosedWindow, delivery: Delivery, text: str) -> dict[str, Any]:
    template: dict[str, Any] = {
        "name": closed.template,
        "language": {"code": closed.language_of(delivery.lang)},
    }
    if closed.parameter:
        said = {"type": "text", "text": one_line(text)}
        template["components"] = [{"type": "body", "parameters": [said]}]
    return {"type": "template", "template": template}


def one_line(text: str) -> str:
    """A parameter may have no line breaks, no tabs, and no four blanks in a row."""
    return " ".join(text.split())


def _taken(said: Mapping[str, Any]) -> str | None:
    messages = said.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    id = first.get("id") if isinstance(first, dict) else None
    return id if isinstance(id, str) and id else None
