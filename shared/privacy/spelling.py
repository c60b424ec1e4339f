"""Card numbers in an unmistakable shape, whose digits or separators are unusual.

Letters stand for digits (`4lll llll llll llll`), or commas, brackets, arrows and emoji stand
between groups (`4111,1111,1111,1111`). Elsewhere such a letter is a word and a comma parts two
numbers, so the whole must be laid out as on a card, with one separator throughout, and be a valid
number.
"""

import re
from typing import Final

from shared.privacy.cards import card_lengths, luhn
from shared.privacy.glyphs import SEPARATOR

# Letters that people and scanners write for 0 and 1, Cyrillic and Greek ones too.
LOOKALIKE: Final = "OoОоΟοlIІ"

_X: Final = rf"[\d{LOOKALIKE}]"
_W: Final = r"[\W_]"  # no letter, no digit
# Begins with a digit that follows no digit, said so that the search can leap from digit to digit.
_LAID_OUT: Final = re.compile(
    rf"\d(?<!\d\d)(?:{_X}{{3}}(?P<w>{_W}{{0,6}}){_X}{{4}}(?P=w){_X}{{4}}(?P=w){_X}{{1,4}}(?P<fifth>(?P=w){_X}{{1,4}})?"
    rf"|{_X}{{3}}(?P<a>{_W}{{1,6}}){_X}{{6}}(?P=a){_X}{{4,5}}"
    rf"|\d{{0,2}}(?P<t>[,'’])\d{{3}}(?:(?P=t)\d{{3}}){{3,4}})(?!{_X})"
)
_LETTER: Final = re.compile(rf"[{LOOKALIKE}]")
_UNUSUAL: Final = re.compile(rf"[^\w{SEPARATOR}]")
_XS: Final = re.compile(_X)
_ZEROS: Final = frozenset("OoОоΟο")


def laid_out(text: str, start: int, end: int) -> re.Match[str] | None:
    """The number that begins at `start`, if it is such a one; looks at 50 characters at most."""
    found = _LAID_OUT.match(text, start, end)
    if found is None or _is_card(text, found):
        return found
    if found["fifth"] and _UNUSUAL.search(found["w"]):
        # an amount follows, perhaps: "4111, 1111, 1111, 1111, 500 EUR"
        found = _LAID_OUT.match(text, start, found.start("fifth"))
        return found if found is not None and _is_card(text, found) else None
    return None


def anywhere(text: str) -> bool:
    """Whether such a number may be there."""
    return _LAID_OUT.search(text) is not None


def places_of(found: re.Match[str]) -> list[tuple[int, int]]:
    """The value and the offset in the text of each digit."""
    return [(_value(each[0]), found.start() + each.start()) for each in _XS.finditer(found[0])]


def _is_card(text: str, found: re.Match[str]) -> bool:
    letters = _LETTER.search(found[0]) is not None
    if not letters and not _UNUSUAL.search(found[0]):
        return False  # an ordinary one
    if letters and (_touches(text, found.start() - 1) or _touches(text, found.end())):
        return False
    values = [_value(each) for each in _XS.findall(found[0])]
    return len(values) in card_lengths(values[:4]) and luhn(values)


def _touches(text: str, at: int) -> bool:
    return 0 <= at < len(text) and text[at].isalnum()


def _value(character: str) -> int:
    if character.isdecimal():
        return int(character)
    return 0 if character in _ZEROS else 1
