"""Card numbers that a customer sends in pieces, seen one message at a time.

What can be done on the live path: the first piece was published before anyone could know what
it is, and stays as it is; when the piece that completes the number arrives, that piece is masked
to its last digit. The number as a whole is then nowhere; what remains is its beginning.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from shared.privacy.cards import MAX_DIGITS
from shared.privacy.digits import has_digits
from shared.privacy.joining import tail_of
from shared.privacy.mask import Masked, mask_series


@dataclass(frozen=True, slots=True)
class _Tail:
    digits: str = field(repr=False)  # part of a card number, perhaps: never shown
    at: float


class SenderTail:
    """Masks the messages of many senders, remembering the last digits of each for a while.

    At most 18 digits a sender are held, in memory only, for `max_age` seconds, for the
    `max_senders` who wrote last. Sequential use: one instance belongs to one task.
    """

    def __init__(self, *, max_senders: int = 10_000, max_age: float = 600.0) -> None:
        self._max_senders: Final = max_senders
        self._max_age: Final = max_age
        self._tails: OrderedDict[str, _Tail] = OrderedDict()

    def mask(self, sender: str, text: str, *, now: float) -> Masked:
        """Mask the sender's next message; `now` in seconds, of any clock that only goes on."""
        before = self._recall(sender, now)
        if not before and not has_digits(text, 1):
            return Masked(text, 0)
        series = mask_series((before, text), published=1)
        self._remember(sender, tail_of(series.texts, max_digits=MAX_DIGITS - 1), now)
        return Masked(series.texts[1], series.found)

    def forget(self, sender: str) -> None:
        """Drop what is held of the sender, as when the customer asks to be erased."""
        self._tails.pop(sender, None)

    def __len__(self) -> int:
        return len(self._tails)

    def _recall(self, sender: str, now: float) -> str:
        tail = self._tails.pop(sender, None)
        return tail.digits if tail is not None and now - tail.at <= self._max_age else ""

    def _remember(self, sender: str, digits: str, now: float) -> None:
        if digits:
            self._tails[sender] = _Tail(digits, now)
        while len(self._tails) > self._max_senders:
            self._tails.popitem(last=False)
