"""Things whose digits are no card number, told by their own shape and check: bank accounts (IBAN),
UUIDs, and hashes such as a transaction's."""

import re
from typing import Final

from shared.privacy.iban import iban_spans

_HEX: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|(?:0[xX])?[0-9a-fA-F]{32,128})(?![0-9A-Za-z])"
)
# In hexadecimal digits: MD5, SHA-1 and addresses of Ethereum, SHA-224, -256, -384, -512.
_HASHES: Final = frozenset({32, 40, 56, 64, 96, 128})
# Fewer letters than a random value nearly always has: it may be a number with letters around it.
_MIN_LETTERS: Final = 4
_LETTER: Final = re.compile(r"[a-fA-F]")


def identity_spans(text: str) -> list[tuple[int, int]]:
    """The (start, end) of each, in order, without overlap."""
    spans: list[tuple[int, int]] = []
    for span in sorted([*iban_spans(text), *_hex_spans(text)]):
        if not spans or span[0] >= spans[-1][1]:
            spans.append(span)
    return spans


def _hex_spans(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in _HEX.finditer(text) if _is_identity(found[0])]


def _is_identity(written: str) -> bool:
    plain = written.removeprefix("0x").removeprefix("0X")
    return ("-" in plain or len(plain) in _HASHES) and len(_LETTER.findall(plain)) >= _MIN_LETTERS
