"""Finds the digits of a text, in any alphabet, and the runs in which they could be one number.

A *run* is a sequence of digits with nothing but separators between them. A *group* is a part of
a run that is written together. The text itself is never rewritten here: every digit knows where
it stands, so that the masker can replace the original characters and leave all others alone.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from shared.privacy.iban import iban_spans

# \d is every decimal digit of Unicode; the rest fold to a digit under NFKC (², ①, ⒈) or are read
# as one (❶).
_DIGIT: Final = (
    r"\d\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468\u2474-\u247c"
    r"\u2488-\u2490\u24ea\u24f5-\u24fd\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792"
    r"\U0001f100-\U0001f10a"
)
# White space, hyphens and dashes, dots, underscores, what is invisible, and keycap marks (4️⃣).
_SEPARATOR: Final = (
    r"\s\-._\u00ad\u00b7\u2010-\u2015\u2022\u2024\u2043\u2212\u2219\u3002\ufe58\ufe63\uff0d"
    r"\uff0e\uff3f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufe0e\ufe0f"
    r"\u20e3\u034f\u115f\u1160\u3164\uffa0"
)
_MARK: Final = r"\[card …[0-9]{0,4}\]"
_ENTITY: Final = r"&(?:amp;){0,3}(?:\#[xX][0-9a-fA-F]{1,6}|\#[0-9]{1,7}|[A-Za-z]{2,16});?"
_TOKEN: Final = re.compile(
    rf"(?P<mark>{_MARK})|(?P<entity>{_ENTITY})|(?P<digits>[{_DIGIT}]+)"
    rf"|(?P<separator>[{_SEPARATOR}]+)|(?P<other>[^{_DIGIT}{_SEPARATOR}&\[]+|[&\[])"
)
_ONE_DIGIT: Final = re.compile(rf"[{_DIGIT}]")
_SEPARATORS: Final = re.compile(rf"[{_SEPARATOR}]+")
_DOTS: Final = frozenset(".\u00b7\u2024\u2219\uff0e")


class Gap(Enum):
    """What stands before a digit."""

    NONE = "written together with the digit before"
    DOT = "dots alone, as in a decimal number"
    OTHER = "any other separators, or the edge of a message"


@dataclass(slots=True)
class Run:
    """Digits that may be one number: parallel lists, one entry a digit.

    A run without digits is a barrier: something stands there (an IBAN, a masked card) across
    which two fragments are never one number.
    """

    values: list[int] = field(default_factory=list)
    places: list[tuple[int, int, int]] = field(default_factory=list)  # text index, start, end
    gaps: list[Gap] = field(default_factory=list)
    after_plus: bool = False  # the first digit follows "+", as in a phone number

    def __len__(self) -> int:
        return len(self.values)

    def add(self, value: int, place: tuple[int, int, int], gap: Gap) -> None:
        self.values.append(value)
        self.places.append(place)
        self.gaps.append(gap)


def has_digits(text: str, count: int) -> bool:
    """Whether `count` digits may be there: an entity has one in its own name, or more."""
    return len(text) >= count and len(_ONE_DIGIT.findall(text)) >= count


def words_of(text: str) -> tuple[str, bool]:
    """The text without digits, what may stand between them, and masked cards; and whether a
    masked card is there. Whatever a masker took out of a text, these words are the same."""
    tokens = [(_read(token)[0], token[0]) for token in _TOKEN.finditer(text)]
    words = "".join(written for kind, written in tokens if kind == "other")
    return words, any(kind == "mark" for kind, _ in tokens)


def runs_of(text: str, *, index: int = 0) -> list[Run]:
    """The runs and barriers of one text, in order; `index` is noted in the digits' places."""
    found: list[Run] = []
    at = 0
    for start, end in iban_spans(text):
        found += _scan(text, at, start, index)
        found.append(Run())
        at = end
    found += _scan(text, at, len(text), index)
    return found


def _scan(text: str, start: int, end: int, index: int) -> Iterator[Run]:
    run, gap, plus = Run(), Gap.OTHER, False
    for token in _TOKEN.finditer(text, start, end):
        kind, written = _read(token)
        if kind == "digits":
            if not run:
                run.after_plus = plus
            _add_group(run, token, written, index, gap)
            gap = Gap.NONE
        elif kind == "separator":
            gap = Gap.DOT if gap is not Gap.OTHER and _DOTS.issuperset(written) else Gap.OTHER
        else:
            if run:
                yield run
            if kind == "mark":
                yield Run()
            run, gap = Run(), Gap.OTHER
        plus = written.endswith("+")
    if run:
        yield run


def _read(token: re.Match[str]) -> tuple[str, str]:
    """The kind of a token and what it says; an entity is what it stands for."""
    kind, written = token.lastgroup or "other", token[0]
    if kind != "entity":
        return kind, written
    meant = html.unescape(written.replace("amp;", ""))
    if _ONE_DIGIT.fullmatch(meant):
        return "digits", meant
    return ("separator" if _SEPARATORS.fullmatch(meant) else "other"), meant


def _add_group(run: Run, token: re.Match[str], written: str, index: int, gap: Gap) -> None:
    start, end = token.span()
    if len(written) != end - start:  # one digit, written as an entity
        run.add(_value(written), (index, start, end), gap)
        return
    for offset, character in enumerate(written, start):
        run.add(_value(character), (index, offset, offset + 1), gap)
        gap = Gap.NONE


def _value(character: str) -> int:
    return int(unicodedata.digit(character))
