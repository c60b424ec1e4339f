"""Card numbers that a customer sends in pieces, seen one message at a time.

What can be done on the live path: the first piece was published before anyone could know what
it is, and stays as it is; when the piece that completes the number arrives, that piece is masked.
The number as a whole is then nowhere, and what remains is at most its beginning.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from shared.privacy.cards import MAX_DIGITS
from shared.privacy.digits import Gap, Run
from shared.privacy.mask import Masked, joined_runs, mask, mask_series


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
