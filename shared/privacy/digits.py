"""Finds the runs of a text: the digits which could be one number.

A *run* is a sequence of digits with nothing but separators between them. A *group* is a part of
a run that is written together. The text itself is never rewritten here: every digit knows where
it stands, so that the masker can replace the original characters and leave all others alone.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from shared.privacy.glyphs import SEPARATOR, Gap, Kind, Token, gap_of, tokens_of, value_of
from shared.privacy.identities import identity_spans
from shared.privacy.spelling import LOOKALIKE, anywhere, laid_out, places_of

# A run knows this many characters of the words before and after it, up to the next digit.
_MAX_WORDS_NEAR: Final = 40
# What a masker may take out besides digits.
_TAKEN: Final = re.compile(rf"[\W_{SEPARATOR}{LOOKALIKE}]+")


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
    certain: bool = False  # known to be one card number already
    said_before: str = ""  # the words before the first digit
    words: list[str] = field(default_factory=list)  # those around it, of each message

    def __len__(self) -> int:
        return len(self.values)

    def add(self, value: int, place: tuple[int, int, int], gap: Gap) -> None:
        self.values.append(value)
        self.places.append(place)
        self.gaps.append(gap)


def words_of(text: str) -> tuple[str, bool]:
    """The text without digits, what may stand between or for them, and masked cards; and whether a
    masked card is there. Whatever a masker took out of a text, these words are the same."""
    words, marks = [], False
    for token in tokens_of(text):
        marks = marks or token.kind is Kind.MARK
        if token.kind is Kind.OTHER:
            words.append(_TAKEN.sub("", token.says))
    return "".join(words), marks


def runs_of(text: str, *, index: int = 0) -> list[Run]:
    """The runs and barriers of one text, in order; `index` is noted in the digits' places."""
    reader = _Reader(text, index)
    at = 0
    for start, end in identity_spans(text):
        reader.read(at, start)
        reader.barrier(start, end)
        at = end
    reader.read(at, len(text))
    reader.barrier(len(text), len(text))
    return reader.found[:-1]


class _Reader:
    """Makes runs of tokens. `_since`: where the words after the last run begin."""

    def __init__(self, text: str, index: int) -> None:
        self._text: Final = text
        self._index: Final = index
        self._unusual: Final = anywhere(text)
        self.found: Final[list[Run]] = []
        self._run = Run()
        self._gap = Gap.SPACE
        self._since = 0

    def read(self, start: int, end: int) -> None:
        skip_to = start
        plus = False
        for token in tokens_of(self._text, start, end):
            if token.start < skip_to:
                continue  # in a number that was found as a whole
            match token.kind:
                case Kind.DIGITS:
                    found = laid_out(self._text, token.start, end) if self._unusual else None
                    if found is not None:
                        skip_to = found.end()
                        self._whole(found)
                    else:
                        self._digits(token, plus=plus)
                case Kind.SEPARATOR:
                    self._separate(token)
                case Kind.MARK:
                    self.barrier(token.start, token.end)
                case Kind.OTHER:
                    self._close()
            plus = token.says.endswith("+")
        self._close()

    def barrier(self, start: int, end: int) -> None:
        """Something stands here that no number goes across."""
        self._close()
        self._words_end(start)
        self.found.append(Run())
        self._since = end

    def _digits(self, token: Token, *, plus: bool) -> None:
        if not self._run:
            self._open(token.start)
            self._run.after_plus = plus
        if token.coded:
            place = (self._index, token.start, token.end)
            self._run.add(value_of(token.says), place, self._gap)
        else:
            for at, character in enumerate(token.says, token.start):
                self._run.add(value_of(character), (self._index, at, at + 1), self._gap)
                self._gap = Gap.NONE
        self._gap = Gap.NONE

    def _separate(self, token: Token) -> None:
        if not self._run:
            return
        gap = gap_of(token.says)
        # of several in a row, as in "&nbsp;-&nbsp;", the one that parts most counts
        self._gap = gap if self._gap is Gap.NONE else max(self._gap, gap, key=_PARTS.index)

    def _whole(self, found: re.Match[str]) -> None:
        self._close()
        self._open(found.start())
        self._run.certain = True
        for value, at in places_of(found):
            self._run.add(value, (self._index, at, at + 1), Gap.NONE)
        self._close()

    def _open(self, start: int) -> None:
        self._words_end(start)
        before = self._text[max(self._since, start - _MAX_WORDS_NEAR) : start]
        self._run.said_before = before
        self._run.words.append(before)

    def _close(self) -> None:
        if self._run:
            self.found.append(self._run)
            self._since = self._run.places[-1][2]
            self._run = Run()
        self._gap = Gap.SPACE

    def _words_end(self, end: int) -> None:
        """The words after the last run are known up to here."""
        if self.found and self.found[-1] and self._since == self.found[-1].places[-1][2]:
            after = self._text[self._since : min(end, self._since + _MAX_WORDS_NEAR)]
            self.found[-1].words.append(after)


_PARTS: Final = (Gap.NONE, Gap.MAYBE, Gap.DOT, Gap.JOIN, Gap.SPACE)
