"""Bank account numbers (IBAN), which agents need and which must not be taken for cards.

Only whole, valid numbers count: country, that country's length, and the mod-97 check of
ISO 13616. Anything less stays a candidate for masking.
"""

import re
from typing import Final

_LENGTH: Final = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22,
    "BR": 29, "BY": 28, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27,
    "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
    "LB": 28, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
    "MT": 31, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PT": 25, "QA": 29, "RO": 24, "RS": 22,
    "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29, "XK": 20,
}  # fmt: skip

# The tail is looked at from each beginning, and is bounded: 31 characters with a space each.
_BEGINNING: Final = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2})(?=[0-9]{2})")
_TAIL: Final = re.compile(r"(?:[ \u00a0\u202f-]?[A-Za-z0-9]){2,29}")
_PARTED: Final = re.compile(r"[ \u00a0\u202f-]")


def iban_spans(text: str) -> list[tuple[int, int]]:
    """The (start, end) of every valid IBAN, written together or with single spaces or hyphens."""
    spans = []
    for beginning in _BEGINNING.finditer(text):
        length = _LENGTH.get(beginning[1].upper())
        end = _end_of(text, beginning.end(), length - 2) if length else None
        if end is not None and _checks(text[beginning.start() : end]):
            spans.append((beginning.start(), end))
    return spans


def _end_of(text: str, start: int, wanted: int) -> int | None:
    """Where `wanted` letters or digits after `start` end, if a word ends there too."""
    tail = _TAIL.match(text, start)
    if tail is None:
        return None
    for position in range(start, tail.end()):
        wanted -= text[position].isalnum()
        if wanted == 0:
            following = text[position + 1 : position + 2]
            return None if following.isalnum() else position + 1
    return None


def _checks(written: str) -> bool:
    plain = _PARTED.sub("", written).upper()
    return int("".join(str(int(ch, 36)) for ch in plain[4:] + plain[:4])) % 97 == 1
