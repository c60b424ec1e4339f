"""Takes card numbers out of an inbound event, wherever a customer can write one."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from shared.contracts.bot_transcript_v1 import BotTranscript
from shared.contracts.customer_rated_v1 import CustomerRated
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import MessageReceived
from shared.privacy.mask import Masked, mask, mask_series
from shared.privacy.sender_tail import SenderTail


class MaskedEvent(NamedTuple):
    """An event without card numbers, and how many were found."""

    event: InboundEvent
    found: int


class Masker:
    """Masks events, remembering each sender's last digits: numbers come in pieces.

    A provider's retry must give the same bytes again, although what the sender's tail holds has
    changed since. So the masked text of recent messages is remembered where the tail mattered.
    """

    def __init__(self, *, max_recent: int = 10_000) -> None:
        self._tails: Final = SenderTail()
        self._recent: Final[OrderedDict[str, str | None]] = OrderedDict()
        self._max_recent: Final = max_recent

    def mask(self, event: InboundEvent, *, now: float) -> MaskedEvent:
        """Mask one event; `now` in seconds of a monotonic clock."""
        match event:
            case MessageReceived():
                return self._message(event, now)
            case MessageEdited():
                text = mask(event.text)
                return _changed(event, {"text": text.text}, [text])
            case CustomerRated():
                comment = mask(event.comment)
                return _changed(event, {"comment": comment.text}, [comment])
            case BotTranscript():
                return _transcript(event)
            case _:
                return MaskedEvent(event, 0)

    def _message(self, event: MessageReceived, now: float) -> MaskedEvent:
        text = self._text(event, now)
        subject, name = mask(event.subject or ""), mask(event.sender_name or "")
        files = [mask(each.name) for each in event.attachments]
        types = [mask(each.media_type) for each in event.attachments]
        changes = {
            "text": text.text,
            "subject": event.subject and subject.text,
            "sender_name": event.sender_name and name.text,
            "attachments": tuple(
                each.model_copy(update={"name": file.text, "media_type": kind.text})
                for each, file, kind in zip(event.attachments, files, types, strict=True)
            ),
        }
        return _changed(event, changes, [text, subject, name, *files, *types])

    def _text(self, event: MessageReceived, now: float) -> Masked:
        alone = mask(event.text)
        if event.entry_id in self._recent:
            joined = self._recent[event.entry_id]
            return alone if joined is None else Masked(joined, 0)
        masked = self._tails.mask(event.key, event.text, now=now)
        self._recent[event.entry_id] = None if masked.text == alone.text else masked.text
        if len(self._recent) > self._max_recent:
            self._recent.popitem(last=False)
        return masked


def _transcript(event: BotTranscript) -> MaskedEvent:
    series = mask_series([turn.text for turn in event.turns])
    turns = tuple(
        turn.model_copy(update={"text": text})
        for turn, text in zip(event.turns, series.texts, strict=True)
    )
    return MaskedEvent(event.model_copy(update={"turns": turns}), series.found)


def _changed(
    event: InboundEvent, changes: Mapping[str, Any], masked: Iterable[Masked]
) -> MaskedEvent:
    found = sum(each.found for each in masked)
    return MaskedEvent(event.model_copy(update=changes), found)
