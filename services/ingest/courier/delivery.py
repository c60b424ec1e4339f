"""One reply on its way to a customer, and what an attempt does to it: pure.

A provider that was called and did not say what it did may have delivered the message. Sending it
again could show it twice, so such a reply is reported undelivered, and in doubt. Whatever is known
not to have been delivered is tried again, later and later, until the reply is too old to be of use.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, NamedTuple

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 300.0
"""Seconds between attempts; doubling from the first to the longest."""


class State(StrEnum):
    """pending: not sent, or its next part is not. sending: a provider is being called, or was when
    its courier died. sent, failed: the end."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


OVER: Final = frozenset({State.SENT, State.FAILED})


class Sent(NamedTuple):
    """The provider took it. provider_id: its id for the message; empty where it gives none."""

    provider_id: str


class Refused(NamedTuple):
    """The provider will not deliver it, whenever we ask. error: for people, without the customer's
    words."""

    error: str


class Later(NamedTuple):
    """It was not delivered, and may be tried again. after: seconds, where the provider says so.
    ours: whether the whole account waits, not this customer alone."""

    error: str
    after: float | None = None
    ours: bool = False


class Otherwise(NamedTuple):
    """The provider said plainly that it did not deliver it, and takes it in another way, if at all:
    the sender is asked for its other call, once a reply."""

    error: str


class Doubtful(NamedTuple):
    """It may have been delivered."""

    error: str


Outcome = Sent | Refused | Later | Otherwise | Doubtful


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """reply: unique id. key: the customer's, `channel:account:sender`; deliveries of one key go one
    after the other. partition, offset: where the reply was read.

    recipient: the customer's id on that channel and account.
    by: who wrote it: agent, bot or system. in_reply_to: the message it answers; subject, thread:
    that message's, and heard_at, epoch seconds, when the customer wrote it: where its sender asks
    for them; 0: not known.
    asked_at: epoch seconds, when the reply was written. expires_at: after it nothing is tried.
    part: how many parts of the text are sent; provider_ids: theirs.
    attempt: counts the calls for this part. try_at: not before. since: when the call began.
    lang: the ticket's; empty: not known.
    instead: what is left of it goes by the sender's other call.
    parts: how many its text has; 0 until the first call ended.
    error: why it failed. in_doubt: it may have been delivered all the same. reported: whether its
        end was told.
    """

    reply: str
    ticket: str
    key: str
    partition: int
    offset: int
    channel: str
    account: str
    recipient: str
    text: str = field(repr=False)
    in_reply_to: str | None = None
    by: str = "agent"
    lang: str = ""
    subject: str = field(default="", repr=False)
    thread: str = ""
    heard_at: float = 0.0
    asked_at: float
    expires_at: float
    state: State = State.PENDING
    part: int = 0
    attempt: int = 0
    try_at: float = 0.0
    since: float = 0.0
    provider_ids: tuple[str, ...] = ()
    parts: int = 0
    error: str = ""
    instead: bool = False
    in_doubt: bool = False
    reported: bool = False

    @property
    def is_over(self) -> bool:
        return self.state in OVER


def begun(delivery: Delivery, *, now: float) -> Delivery:
    """The provider is about to be called."""
    return replace(delivery, state=State.SENDING, attempt=delivery.attempt + 1, since=now)


def settled(
    delivery: Delivery, outcome: Outcome, *, parts: int, now: float, luck: float
) -> Delivery:
    """After a call for its next part. parts: how many its text has. luck: 0 to 1, spreads the next
    attempts of many that failed together (full jitter: M. Brooker, "Exponential Backoff and
    Jitter", 2015)."""
    delivery = replace(delivery, parts=parts)
    match outcome:
        case Sent(provider_id):
            ids = (*delivery.provider_ids, *((provider_id,) if provider_id else ()))
            part = delivery.part + 1
            state = State.SENT if part >= parts else State.PENDING
            return replace(
                delivery, state=state, part=part, provider_ids=ids, attempt=0, try_at=now
            )
        case Otherwise(error) if not delivery.instead:
            return replace(delivery, state=State.PENDING, instead=True, try_at=now, error=error)
        case Refused(error) | Otherwise(error):
            return failed(delivery, error, parts=parts)
        case Doubtful(error):
            doubtful = replace(delivery, in_doubt=True)
            return failed(doubtful, f"in doubt, perhaps delivered: {error}", parts=parts)
        case Later(error, after, _):
            try_at = now + (pause(delivery.attempt, luck=luck) if after is None else after)
            if try_at > delivery.expires_at:
                return failed(delivery, f"given up: {error}", parts=parts)
            return replace(delivery, state=State.PENDING, try_at=try_at, error=error)


def failed(delivery: Delivery, error: str, *, parts: int) -> Delivery:
    says = error if parts <= 1 else f"part {delivery.part + 1} of {parts}: {error}"
    return replace(delivery, state=State.FAILED, parts=parts, error=says[:512])


def pause(attempt: int, *, luck: float) -> float:
    """Seconds after so many attempts that failed; half of it at least, so that a provider in
    trouble has peace."""
    longest: float = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempt - 1))
    return longest * (0.5 + 0.5 * luck)


def parts_of(text: str, *, most: int, most_bytes: int | None = None) -> Sequence[str]:
    """The text in parts of at most so many characters, and bytes of UTF-8 (at least four), cut
    between paragraphs, lines or words where it can be."""
    parts = []
    rest = text
    while (fits := _fitting(rest, most, most_bytes)) < len(rest):
        found = (rest.rfind(gap, 1, fits + 1) for gap in ("\n\n", "\n", " "))
        cut = next((at for at in found if at > 0), fits)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest or not parts else parts


def _fitting(text: str, most: int, most_bytes: int | None) -> int:
    """How many characters of the text, from its beginning."""
    head = text[:most]
    if most_bytes is None:
        return len(head)
    return len(head.encode()[:most_bytes].decode(errors="ignore"))
