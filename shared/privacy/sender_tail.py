"""Card numbers that a customer sends in pieces, seen one message at a time.

What can be done on the live path: the first piece was published before anyone could know what
it is, and stays as it is; when the piece that completes the number arrives, that piece is masked
to its last digit. The number as a whole is then nowhere; what remains is its beginning. A security
code that follows a card in a message of its own is masked, too.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from shared.privacy.cards import MAX_DIGITS
from shared.privacy.codes import has_card
from shared.privacy.glyphs import count_digits
from shared.privacy.joining import tail_of
from shared.privacy.mask import Masked, mask_series

_NEVER: Final = 9
# A security code may come in one of so many messages after the card.
_CODE_WITHIN: Final = 2
_CARD: Final = "[card …]"


@dataclass(frozen=True, slots=True)
class _Tail:
    digits: str = field(repr=False)  # part of a card number, perhaps: never shown
    at: float
    card_ago: int = _NEVER  # messages since one with a card


_NOTHING: Final = _Tail("", 0.0)


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
        tail = self._recall(sender, now)
        if tail is _NOTHING and not count_digits(text):
            return Masked(text, 0)
        card_ago = tail.card_ago + 1
        before = f"{_CARD} {tail.digits}" if card_ago <= _CODE_WITHIN else tail.digits
        series = mask_series((before, text), published=1)
        masked = series.texts[1]
        card_ago = 0 if has_card(masked) else card_ago
        digits = tail_of(series.texts, max_digits=MAX_DIGITS - 1)
        self._remember(sender, _Tail(digits, now, card_ago))
        return Masked(masked, series.found)

    def forget(self, sender: str) -> None:
        """Drop what is held of the sender, as when the customer asks to be erased."""
        self._tails.pop(sender, None)

    def __len__(self) -> int:
        return len(self._tails)

    def _recall(self, sender: str, now: float) -> _Tail:
        tail = self._tails.pop(sender, _NOTHING)
        return tail if now - tail.at <= self._max_age else _NOTHING

    def _remember(self, sender: str, tail: _Tail) -> None:
        if tail.digits or tail.card_ago < _CODE_WITHIN:
            self._tails[sender] = tail
        while len(self._tails) > self._max_senders:
            self._tails.popitem(last=False)
