"""The characters of a written number: digits in any alphabet, and what may stand between them.

A text is read as tokens, from left to right, each character once. A digit may be written as itself,
as an HTML entity (`&#52;`), URL-encoded (`%34`) or as a JSON escape (`\\u0034`); what parts two
digits, too, and an HTML tag does.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from enum import Enum, auto
from typing import Final, NamedTuple
from urllib.parse import unquote

# \d is every decimal digit of Unicode; the rest fold to a digit under NFKC (², ①, ⒈) or are read
# as one (❶).
DIGIT: Final = (
    r"\d\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468\u2474-\u247c"
    r"\u2488-\u2490\u24ea\u24f5-\u24fd\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792"
    r"\U0001f100-\U0001f10c"
)
# What has no width of its own: joiners, direction and variation marks, strokes and circles over
# the character before, keycaps (4️⃣), tags, control characters that are no white space.
_UNSEEN: Final = (
    r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5"
    r"\u180b-\u180e\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff"
    r"\u3164\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\uffa0\ufff9-\ufffc\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0001-\U000e007f\U000e0100-\U000e01ef"
)
# Written between two messages of one sender, where the end of the first may be no end of a group.
EDGE: Final = "\x1e"
_DOT: Final = r".\u00b7\u2022\u2024\u2027\u2219\u22c5\u30fb\u3002\uff0e\uff65"
_JOIN: Final = (
    r"\-_/\u02d7\u058a\u2010-\u2015\u2043\u2044\u207b\u2212\u2215\u2e17\u2e3a\u2e3b\u2e40\u301c"
    r"\u3030\u30a0\ufe31-\ufe34\ufe4d-\ufe4f\ufe58\ufe63\uff0d\uff0f\uff3f"
)
_SPACE: Final = r"\s\u2800"
SEPARATOR: Final = _SPACE + _DOT + _JOIN + _UNSEEN

# A card, or the security code beside one, that was masked before.
MARK: Final = r"\[(?:card …[0-9]{0,4}|code …)\]"
_CODED: Final = (
    r"&(?:amp;){0,3}(?:\#[xX][0-9a-fA-F]{1,6}|\#[0-9]{1,7}|[A-Za-z]{2,16});?"
    r"|\\u[0-9a-fA-F]{4}|\\[bfnrt]"
    # in a URL; digits after %3x make "100%3411" a percentage and a number
    r"|%(?:25){0,3}(?:3[0-9](?![0-9])|20|0[9aAdD]|2[dDeEfF]|5[fF])"
    r"|%[cCdD][0-9a-fA-F]%[89abAB][0-9a-fA-F]"
    r"|%[eE][0-9a-fA-F](?:%[89abAB][0-9a-fA-F]){2}"
    r"|%[fF][0-7](?:%[89abAB][0-9a-fA-F]){3}"
    # a tag, in which no digit can hide: it shows nothing
    r"|</?[A-Za-z]{1,10}[1-6]?(?:\s[A-Za-z\s\"'=:;,._-]{0,60})?/?>"
)
_TOKEN: Final = re.compile(
    rf"(?P<mark>{MARK})|(?P<coded>{_CODED})|(?P<digits>[{DIGIT}]+)"
    # words, with the separators among them but not those after
    rf"|(?P<separator>[{SEPARATOR}]+)"
    rf"|(?P<other>[^{DIGIT}&\[\\%<]*[^{DIGIT}{SEPARATOR}&\[\\%<]|[&\[\\%<])"
)
_ONE_DIGIT: Final = re.compile(rf"[{DIGIT}]")
_CONTROLS: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_AGAIN: Final = re.compile(r"^%(?:25)+")  # "%" that was URL-encoded itself
_ASCII_DIGIT: Final = re.compile(r"[0-9]")
_SEPARATORS: Final = re.compile(rf"[{SEPARATOR}]+")
_SPACES: Final = re.compile(rf"[{_SPACE}]")
_DOTS: Final = re.compile(rf"[{_DOT}]")
_JOINS: Final = re.compile(rf"[{_JOIN}]")


class Gap(Enum):
    """What stands before a digit."""

    NONE = "written together with the digit before"
    MAYBE = "nothing that shows, or the edge of a message: a group may end here, or go on"
    DOT = "dots alone, as in a decimal number"
    JOIN = "hyphens or slashes, as in a date"
    SPACE = "white space, and perhaps more"


class Kind(Enum):
    """What a token is."""

    MARK = auto()
    DIGITS = auto()
    SEPARATOR = auto()
    OTHER = auto()


_KINDS: Final = {kind.name.lower(): kind for kind in Kind}


class Token(NamedTuple):
    """A piece of text. says: what it stands for, which of a coded character is that character."""

    kind: Kind
    says: str
    start: int
    end: int

    @property
    def coded(self) -> bool:
        return len(self.says) != self.end - self.start


def tokens_of(text: str, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """The tokens of a part of a text; every character is in one of them."""
    at = start
    end = len(text) if end is None else end
    while at < end:
        for found in _TOKEN.finditer(text, at, end):
            token = _read(found)
            yield token
            at = token.end
            if at != found.end():
                break  # it was less than it seemed: on from there


def count_digits(text: str) -> int:
    """At least as many as there are of digits, however written: a coded one has one in its code."""
    return len((_ASCII_DIGIT if text.isascii() else _ONE_DIGIT).findall(text))


def gap_of(separator: str) -> Gap:
    """What a separator is to the digits on both sides."""
    if EDGE in separator:
        return Gap.MAYBE
    if _SPACES.search(separator):
        return Gap.SPACE
    if _JOINS.search(separator):
        return Gap.JOIN
    return Gap.DOT if _DOTS.search(separator) else Gap.MAYBE


def value_of(character: str) -> int:
    return int(character) if character.isdecimal() else int(unicodedata.numeric(character))


def _read(found: re.Match[str]) -> Token:
    name = found.lastgroup or "other"
    if name == "coded":
        return _decoded(found[0], *found.span())
    return Token(_KINDS[name], found[0], *found.span())


def _decoded(written: str, start: int, end: int) -> Token:
    meant = _meaning(written)
    if _ONE_DIGIT.fullmatch(meant):
        return Token(Kind.DIGITS, meant, start, end)
    if _SEPARATORS.fullmatch(meant):
        return Token(Kind.SEPARATOR, meant, start, end)
    if written.endswith(";"):
        return Token(Kind.OTHER, meant, start, end)
    # not a code after all: "Q&#4111 1111 ..." is an ampersand, and then a number
    return Token(Kind.OTHER, written[0], start, start + 1)


def _meaning(written: str) -> str:
    if written[0] == "&":
        return html.unescape(written.replace("amp;", ""))
    if written[0] == "%":
        return unquote(_AGAIN.sub("%", written), errors="replace")
    if written[0] == "<":
        return "\u200b"
    return _CONTROLS.get(written[1]) or chr(int(f"0x{written[2:]}", 0))
