"""Which digit strings are payment card numbers: network prefix, length and check digit.

Prefixes are the networks' published issuer ranges (IIN). Some UnionPay cards carry no Luhn check
digit; those are recognised beside words such as "card" only (`UNCHECKED`), since one number in five
would else be taken for a card.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

MIN_DIGITS: Final = 12
MAX_DIGITS: Final = 19

_ANY: Final = frozenset(range(MIN_DIGITS, MAX_DIGITS + 1))

# (first prefix, last prefix, lengths); both ends of a range have the same number of digits.
_NETWORKS: Final[tuple[tuple[int, int, frozenset[int]], ...]] = (
    (4, 4, frozenset({13, 16, 18, 19})),  # Visa
    (51, 55, frozenset({16})),  # Mastercard
    (2221, 2720, frozenset({16})),  # Mastercard, since 2017
    (34, 34, frozenset({15})),  # American Express
    (37, 37, frozenset({15})),
    (300, 305, frozenset({14, 16, 19})),  # Diners Club
    (3095, 3095, frozenset({14, 16, 19})),
    (36, 36, frozenset({14, 16, 19})),
    (38, 39, frozenset({14, 16, 19})),
    (6011, 6011, frozenset({16, 19})),  # Discover
    (644, 649, frozenset({16, 19})),
    (65, 65, frozenset({16, 19})),
    (3528, 3589, frozenset({16, 17, 18, 19})),  # JCB; an IMEI has 15 digits and begins with 35 too
    (62, 62, frozenset({16, 17, 18, 19})),  # UnionPay
    (81, 81, frozenset({16, 17, 18, 19})),
    (50, 50, _ANY),  # Maestro
    (56, 58, _ANY),
    (6304, 6304, _ANY),
    (6390, 6390, _ANY),
    (67, 67, _ANY),
    (2200, 2204, frozenset({16, 17, 18, 19})),  # Mir
    (9792, 9792, frozenset({16})),  # Troy
)
# Networks whose numbers may lack the check digit.
UNCHECKED: Final = (6, 2)
# First digits of networks that number cards at so many lengths, under so wide prefixes, that
# prefix and check digit alone say little: Maestro, UnionPay's second range.
_WIDE: Final = ("50", "56", "57", "58", "63", "67", "81")


def _lengths_by_prefix() -> tuple[tuple[int, ...], ...]:
    """By the first four digits, read as a number; no two ranges overlap."""
    table: list[tuple[int, ...]] = [()] * 10_000
    for first, last, lengths in sorted(_NETWORKS, key=lambda network: network[1]):
        width = 10 ** (4 - len(str(first)))
        table[first * width : (last + 1) * width] = [tuple(sorted(lengths))] * (
            (last + 1 - first) * width
        )
    return tuple(table)


_LENGTHS: Final = _lengths_by_prefix()
# The value of a digit in a doubled place: 7 doubled is 14, and 1 + 4 = 5.
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def card_lengths(prefix: Sequence[int]) -> tuple[int, ...]:
    """The lengths a card number that begins with these four digits may have, ascending."""
    if len(prefix) < 4:
        return ()
    one, two, three, four = prefix[:4]
    return _LENGTHS[one * 1000 + two * 100 + three * 10 + four]


def is_sure(digits: Sequence[int]) -> bool:
    """Whether prefix and length alone speak for a card: 16 digits of a network with narrow
    prefixes, or the 15 of American Express."""
    if len(digits) == 15:
        return digits[0] == 3
    return len(digits) == 16 and f"{digits[0]}{digits[1]}" not in _WIDE


def is_amex(digits: Sequence[int]) -> bool:
    """American Express prints a security code of four digits, the others one of three."""
    return len(digits) == 15 and digits[0] == 3


def luhn(digits: Sequence[int]) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    return (sum(digits[-1::-2]) + sum(_DOUBLED[digit] for digit in digits[-2::-2])) % 10 == 0


class LuhnSums:
    """Answers `luhn` of any part of a long row of digits, each in the same short time."""

    def __init__(self, digits: Sequence[int]) -> None:
        doubled = [_DOUBLED[digit] for digit in digits]
        # sums from the left where the even places are doubled, and where the odd ones are
        self._even: Final = [0, *accumulate(_mixed(doubled, digits))]
        self._odd: Final = [0, *accumulate(_mixed(digits, doubled))]

    def holds(self, start: int, end: int) -> bool:
        """Whether the digit before `end` is the check digit of those from `start`."""
        sums = self._even if end % 2 == 0 else self._odd
        return (sums[end] - sums[start]) % 10 == 0


def _mixed(even: Sequence[int], odd: Sequence[int]) -> list[int]:
    row = list(odd)
    row[::2] = even[::2]
    return row
