"""What is in an inbound event: its texts, without card numbers, and a digest of it."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final

import orjson

from shared.contracts.announcement import EntryKind
from shared.contracts.bot_transcript_v1 import BotTranscript
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.customer_rated_v1 import CustomerRated
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_deleted_v1 import MessageDeleted
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import MessageReceived
from shared.privacy.digits import words_of
from shared.privacy.mask import Masked

Masker = Callable[[str], Masked]

KINDS: Final[dict[type[InboundEvent], EntryKind]] = {
    MessageReceived: "message",
    MessageEdited: "edit",
    MessageDeleted: "delete",
    CustomerLeft: "left",
    BotTranscript: "transcript",
    CustomerRated: "rating",
}
_HALF: Final = 8
_UNKNOWN: Final = bytes(_HALF)


def masked(event: InboundEvent, mask: Masker) -> tuple[InboundEvent, int]:
    """The event without card numbers, and how many there were. Ids stay: they are no texts."""
    match event:
        case MessageReceived():
            event, found = _masked_fields(event, ("text", "subject", "sender_name"), mask)
            return _masked_parts(event, "attachments", ("name", "media_type"), mask, found)
        case MessageEdited():
            return _masked_fields(event, ("text",), mask)
        case CustomerRated():
            return _masked_fields(event, ("comment",), mask)
        case BotTranscript():
            return _masked_parts(event, "turns", ("text",), mask, 0)
        case _:
            return event, 0


def _masked_fields(model: Any, fields: tuple[str, ...], mask: Masker) -> tuple[Any, int]:
    update: dict[str, str] = {}
    found = 0
    for field in fields:
        if text := getattr(model, field):
            result = mask(text)
            found += result.found
            if result.text != text:  # a security code beside a masked card counts as no card
                update[field] = result.text
    return (model.model_copy(update=update) if update else model), found


def _masked_parts(
    model: Any, field: str, fields: tuple[str, ...], mask: Masker, found: int
) -> tuple[Any, int]:
    """The model with `fields` of each part in its `field` masked; `found` is counted on."""
    before = getattr(model, field)
    masked = [_masked_fields(part, fields, mask) for part in before]
    parts = tuple(part for part, _ in masked)
    if any(one is not other for one, other in zip(parts, before, strict=True)):
        model = model.model_copy(update={field: parts})
    return model, found + sum(count for _, count in masked)


def said(event: InboundEvent) -> str:
    """The customer's own words; of a transcript, their turns alone."""
    match event:
        case MessageReceived(subject=subject, text=text):
            return f"{subject}\n{text}" if subject else text
        case MessageEdited(text=text):
            return text
        case BotTranscript(turns=turns):
            return "\n".join(turn.text for turn in turns if turn.by == "customer")
        case _:
            return ""


def shown(event: InboundEvent) -> str:
    """The text an agent reads; of a transcript, everybody's turns."""
    match event:
        case MessageReceived(text=text) | MessageEdited(text=text):
            return text
        case CustomerRated(comment=comment):
            return comment
        case BotTranscript(turns=turns):
            return "\n".join(f"{turn.by}: {turn.text}" for turn in turns)
        case _:
            return ""


def digest(event: InboundEvent) -> bytes:
    """16 bytes over what was said and by whom: half of them over its words, half over all of it.

    Times, names and hints are left out: a provider that delivers again may render them anew. The
    second half is all zeros where a card number was taken out. Which digits those are depends on
    what a door remembers of the sender's last messages, and another door, or the same one after a
    restart, may take out others or none.
    """
    subject = event.subject if isinstance(event, MessageReceived) else None
    of = event.of if isinstance(event, MessageEdited | MessageDeleted) else None
    text = shown(event)
    words, masked = words_of(text)
    score = [str(event.score)] if isinstance(event, CustomerRated) else []
    about = [event.TYPE, event.sender, subject, of, *score]
    return _half([*about, words]) + (_UNKNOWN if masked else _half([*about, text]))


def same_body(one: bytes, other: bytes) -> bool:
    """Whether two digests are of one body, as far as masking lets us see."""
    whole = {one[_HALF:], other[_HALF:]}
    return one[:_HALF] == other[:_HALF] and (len(whole) == 1 or _UNKNOWN in whole)


def _half(body: list[str | None]) -> bytes:
    return blake2b(orjson.dumps(body), digest_size=_HALF).digest()
