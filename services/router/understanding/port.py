"""The port the sorter asks: what does this message say, and how sure are we?"""

from dataclasses import dataclass
from typing import Final, Protocol

GUESS: Final = 0.1
"""The probability of a topic that nothing speaks for: one of ten."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message says, with probabilities in [0, 1] that the answer is right."""

    lang: str  # ISO 639-1, or "und" where no language can be known
    lang_p: float
    topic: str
    topic_p: float
    urgent: bool
    reopens: bool  # False for a bare thanks, emoji, rating or automatic reply
    rating: int = 0  # of a bare rating, from 1 to 5; 0: it is none

    @property
    def vague(self) -> bool:
        """Whether it says nothing of what it is about: its topic is no more than a guess."""
        return not self.reopens or self.topic_p <= GUESS


class Understanding(Protocol):
    """Understands one message at a time: pure, quick (tens of microseconds), never raises."""

    def understand(self, text: str, *, lang_hint: str | None = None) -> Understood:
        """`lang_hint` is the language the channel or the customer's profile suggests."""
        ...
