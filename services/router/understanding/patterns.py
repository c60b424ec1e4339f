"""Finds the lexicon's patterns in a message.

Stems are written into the lexicon (`withdr*`) and found by prefix. A stemmer at run time costs
20 to 100 microseconds a word and fails on what customers type: misspelt, without diacritics,
transliterated. A prefix costs one dictionary look-up a letter.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

from services.router.understanding.folding import fold, latin_spellings, tokens_of

_REMEMBERED: Final = 20_000  # words; customers use the same few thousand
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
        self._by_stem: defaultdict[str, list[Pattern]] = defaultdict(list)  # the longest stem's
        self._languages: defaultdict[str, set[str]] = defaultdict(set)  # by long stem
        for pattern in patterns:
            self._by_stem[max(pattern.stems, key=len)].append(pattern)
            for stem in pattern.stems:
                self._add(stem, pattern.lang)
        self._head: Final = min(map(len, self._beginning))
        # Most words of a message begin like no stem: one look-up finds that out.
        self._lengths: Final[dict[str, list[int]]] = {}
        for length, head in sorted({(len(key), key[: self._head]) for key in self._beginning}):
            self._lengths.setdefault(head, []).append(length)
        self._word: Final = lru_cache(_REMEMBERED)(self._look_up)

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
            stems, language = self._word(token)
            if stems:
                found.update(stems)
                telling += language
        patterns = [
            pattern
            for stem in found
            for pattern in self._by_stem.get(stem, ())
            if len(pattern.stems) == 1 or found.issuperset(pattern.stems)
        ]
        return Findings(tuple(patterns), tuple(telling))

    def _look_up(self, token: str) -> tuple[list[str], set[str]]:
        """The stems of a word, and its language if only one has such long stems."""
        stems = self._stems_of(token)
        languages = {lang for stem in stems for lang in self._languages.get(stem, ())}
        return stems, languages if len(languages) == 1 else set()

    def _stems_of(self, token: str) -> list[str]:
        stems = list(self._whole.get(token, ()))
        for length in self._lengths.get(token[: self._head], ()):
            if length <= len(token):
                stems += self._beginning.get(token[:length], ())
        return stems
