"""Which digit strings are payment card numbers: network prefix, length and check digit.

Prefixes are the networks' published issuer ranges (IIN). Some UnionPay cards carry no Luhn check
digit; those are not recognised, since one number in five would then be taken for a card.
"""

from collections.abc import Sequence
from typing import Final

MIN_DIGITS: Final = 13
MAX_DIGITS: Final = 19

_ANY: Final = frozenset(range(MIN_DIGITS, MAX_DIGITS + 1))

# (first prefix, last prefix, lengths); both ends of a range have the same number of digits.
_NETWORKS: Final[tuple[tuple[int, int, frozenset[int]], ...]] = (
    (4, 4, frozenset({13, 16, 19})),  # Visa
    (51, 55, frozenset({16})),  # Mastercard
    (2221, 2720, frozenset({16})),  # Mastercard, since 2017
    (34, 34, frozenset({15})),  # American Express
    (37, 37, frozenset({15})),
    (300, 305, frozenset({14, 16})),  # Diners Club
    (3095, 3095, frozenset({14, 16})),
    (36, 36, frozenset({14, 16})),
    (38, 39, frozenset({14, 16})),
    (6011, 6011, frozenset({16, 19})),  # Discover
    (644, 649, frozenset({16, 19})),
    (65, 65, frozenset({16, 19})),
    (3528, 3589, frozenset({16})),  # JCB; an IMEI has 15 digits and begins with 35 too
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


def _lengths_by_prefix() -> dict[str, frozenset[int]]:
    return {
        str(prefix): lengths
        for first, last, lengths in _NETWORKS
        for prefix in range(first, last + 1)
    }


_LENGTHS: Final = _lengths_by_prefix()
_NO_LENGTHS: Final[frozenset[int]] = frozenset()
# The value of a digit in a doubled place: 7 doubled is 14, and 1 + 4 = 5.
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def card_lengths(prefix: Sequence[int]) -> frozenset[int]:
    """The lengths a card number that begins with these digits (four are enough) may have."""
    text = "".join(map(str, prefix[:4]))
    for size in range(1, len(text) + 1):
        lengths = _LENGTHS.get(text[:size])
        if lengths is not None:
            return lengths
    return _NO_LENGTHS


def luhn(digits: Sequence[int]) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    return (sum(digits[-1::-2]) + sum(_DOUBLED[digit] for digit in digits[-2::-2])) % 10 == 0
