"""Finds the lexicon's patterns in a message.

Stems are written into the lexicon (`withdr*`) and found by prefix. A stemmer at run time costs
20 to 100 microseconds a word and fails on what customers type: misspelt, without diacritics,
transliterated. A prefix costs one dictionary look-up a letter.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from services.router.understanding.folding import fold, latin_spellings, tokens_of

_TELLING: Final = 4  # letters of a stem that says something of the language too


@dataclass(frozen=True, slots=True)
class Pattern:
    """One lexicon entry: what its words, when all occur, say of a message."""

    stems: tuple[str, ...]  # folded; with a star at the end where any ending will do
    lang: str
    label: str
    weight: int

    @classmethod
    def parse(cls, text: str, *, lang: str, label: str, weight: int) -> Self:
        """Read `вывод*` or `close* account*`. Raises ValueError if a part is not one word."""
        parts = text.split()
        words = [fold(part.removesuffix("*")) for part in parts]
        if not words or any(tokens_of(word) != [word] for word in words):
            raise ValueError(
                f"lexicon {lang}, {label}: {text!r} must be words, a star at their end"
            )
        stems = (w + "*" * part.endswith("*") for w, part in zip(words, parts, strict=True))
        return cls(tuple(stems), lang, label, weight)


@dataclass(frozen=True, slots=True)
class Findings:
    """What a message's words matched."""

    patterns: tuple[Pattern, ...]  # each once
    telling: tuple[str, ...]  # a language for each word that only its lexicon knows


class PatternIndex:
    """All patterns, by the beginnings of their words."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._whole: defaultdict[str, set[str]] = defaultdict(set)  # spelling → stems
        self._beginning: defaultdict[str, set[str]] = defaultdict(set)
        self._by_stem: defaultdict[str, list[Pattern]] = defaultdict(list)  # the first stem's
        self._languages: defaultdict[str, set[str]] = defaultdict(set)  # by long stem
        for pattern in patterns:
            self._by_stem[pattern.stems[0]].append(pattern)
            for stem in pattern.stems:
                self._add(stem, pattern.lang)
        self._shortest: Final = min(map(len, self._beginning))
        self._longest: Final = max(map(len, self._beginning))

    def _add(self, stem: str, lang: str) -> None:
        plain = stem.rstrip("*")
        table = self._beginning if stem.endswith("*") else self._whole
        if len(plain) >= _TELLING:
            self._languages[stem].add(lang)
        for spelling in (plain, *latin_spellings(plain)):
            table[spelling].add(stem)

    def find(self, tokens: Sequence[str]) -> Findings:
        """The patterns whose words all occur in the tokens, in whatever order."""
        found: set[str] = set()
        telling: list[str] = []
        for token in tokens:
            stems = self._stems_of(token)
            if stems:
                found.update(stems)
                languages = {lang for stem in stems for lang in self._languages.get(stem, ())}
                if len(languages) == 1:
                    telling += languages
        patterns = [
            pattern
            for stem in found
            for pattern in self._by_stem.get(stem, ())
            if len(pattern.stems) == 1 or found.issuperset(pattern.stems)
        ]
        return Findings(tuple(patterns), tuple(telling))

    def _stems_of(self, token: str) -> list[str]:
        stems = list(self._whole.get(token, ()))
        beginnings = self._beginning
        for length in range(self._shortest, min(len(token), self._longest) + 1):
            beginning = token[:length]
            if beginning in beginnings:
                stems += beginnings[beginning]
        return stems
