"""The port the sorter asks: what does this message say, and how sure are we?"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message says, with probabilities in [0, 1] that the answer is right."""

    lang: str  # ISO 639-1, or "und" where no language can be known
    lang_p: float
    topic: str
    topic_p: float
    urgent: bool
    reopens: bool  # False for a bare thanks, emoji, rating or automatic reply


class Understanding(Protocol):
    """Understands one message at a time: pure, quick (tens of microseconds), never raises."""

    def understand(self, text: str, *, lang_hint: str | None = None) -> Understood:
        """`lang_hint` is the language the channel or the customer's profile suggests."""
        ...
