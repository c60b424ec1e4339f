"""Which language a message is in: alphabet, letters and words first, a detector when unsure.

The detector is lingua in its low-accuracy mode with preloaded models. Its full models cost 430 MB
and 1.7 s at start instead of some tens of MB and 0.1 s, and are no better on the messages of this
trade, which are short, without diacritics or transliterated: those the words below decide.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from lingua import Language, LanguageDetector, LanguageDetectorBuilder

from services.router.understanding.lexicon import LANGUAGES, Lexicon

UNKNOWN: Final = "und"

_NEIGHBOURS: Final = (
    Language.RUSSIAN, Language.LITHUANIAN, Language.TURKISH, Language.ENGLISH,
    Language.UKRAINIAN, Language.BELARUSIAN, Language.KAZAKH, Language.BULGARIAN,
    Language.LATVIAN, Language.ESTONIAN, Language.POLISH, Language.GERMAN, Language.AZERBAIJANI,
    Language.FRENCH, Language.SPANISH, Language.ITALIAN, Language.PORTUGUESE, Language.FINNISH,
    Language.ARABIC, Language.GREEK, Language.GEORGIAN, Language.HEBREW,
)  # fmt: skip

# Letters that only one of the languages we serve has; ç, ö and ü are German and French too.
_TELLING: Final = (
    ("lt", re.compile(r"[ėįųąęčšžū]"), 2.0),
    ("tr", re.compile(r"[ığşİ]"), 2.0),
    ("tr", re.compile(r"[çöü]"), 1.0),
)
# Letters none of them has: Latvian, Polish, Estonian, German, Azerbaijani, Spanish, Ukrainian,
# Belarusian, Kazakh, and every other alphabet.
_FOREIGN: Final = re.compile(
    r"[āēīņļķģłśźżćńõäßəñãáéíóúàèùòêâîôåіїєґўәғқңөұүһ]|[^\W\d_\u0000-\u024f\u0400-\u04ff]"
)

_SURE: Final = 2.0  # evidence of this much ahead of the next language needs no detector
_HINT: Final = 1.5
_LONG: Final = 4  # letters a word must exceed for its ending to tell
# What the detector's probability of a language we serve counts as at least.
_LEAST: Final = 0.05
_LEAST_RU: Final = 0.2
_FOREIGN_P: Final = 0.7  # the least a detector must give a language we do not serve
_MANY: Final = 12  # ... in a message of so many letters,
_FEW: Final = 4  # or so many if one of them is foreign to us; fewer tell nothing


class Detector(Protocol):
    """The part of lingua that is used; it gives probabilities by ISO 639-1 code."""

    def __call__(self, text: str) -> Mapping[str, float]: ...


def lingua_detector() -> Detector:
    """Load lingua for the languages we serve and their neighbours."""
    builder = LanguageDetectorBuilder.from_languages(*_NEIGHBOURS)
    detector = builder.with_preloaded_language_models().with_low_accuracy_mode().build()
    return _Lingua(detector)


class _Lingua:
    def __init__(self, detector: LanguageDetector) -> None:
        self._detector = detector

    def __call__(self, text: str) -> Mapping[str, float]:
        values = self._detector.compute_language_confidence_values(text)
        # It adds in the order its threads end: the last digits differ from call to call.
        return {v.language.iso_code_639_1.name.lower(): round(v.value, 6) for v in values}


class LanguageRules:
    """Decides a message's language from its letters and known words, or asks the detector."""

    def __init__(self, *, lexicon: Lexicon, detector: Detector) -> None:
        self._languages_by_word = lexicon.languages_by_word
        self._latin_endings = lexicon.latin_endings
        self._detector = detector

    def decide(
        self, text: str, tokens: Sequence[str], telling: Sequence[str], hint: str | None
    ) -> tuple[str, float]:
        """The language and the probability that it is right.

        `tokens` are the folded words of the text, `telling` the languages of words that occur in
        one lexicon only.
        """
        words = [token for token in tokens if not token.isdigit()]
        if not words:
            return (hint, 0.5) if hint else (UNKNOWN, 0.0)
        evidence = self._evidence(words, telling)
        foreign = not text.isascii() and self._read_letters(text, words, evidence)
        first, second = sorted(evidence.values(), reverse=True)[:2]
        if first - second >= _SURE and not foreign:
            return max(evidence, key=evidence.__getitem__), _sureness(first - second)
        if hint in evidence:
            evidence[hint] += _HINT
        letters = sum(map(len, words))
        if letters < _FEW and not any(evidence.values()):
            return UNKNOWN, 0.0
        return self._ask(text, letters, evidence, foreign=foreign)

    def _evidence(self, words: Sequence[str], telling: Sequence[str]) -> dict[str, float]:
        evidence = dict.fromkeys(LANGUAGES, 0.0)
        for word in words:
            languages = self._languages_by_word.get(word)
            if languages:
                for lang in languages:
                    evidence[lang] += (2.0 if len(word) > 2 else 1.0) / len(languages)
            elif len(word) > _LONG and word.isascii() and word.endswith(self._latin_endings):
                evidence["ru"] += 0.75
        for lang in telling:
            if lang in evidence:
                evidence[lang] += 1.5
        return evidence

    def _read_letters(self, text: str, words: Sequence[str], evidence: dict[str, float]) -> bool:
        """Add what letters tell, and say whether one is of no language we serve."""
        lowered = text.lower()
        for lang, letters, weight in _TELLING:
            if letters.search(lowered):
                evidence[lang] += weight
        cyrillic = sum("\u0400" <= word[0] <= "\u04ff" for word in words)
        if cyrillic * 2 >= len(words) and evidence["ru"]:
            evidence["ru"] += 2.0
        return _FOREIGN.search(lowered) is not None

    def _ask(
        self, text: str, letters: int, evidence: Mapping[str, float], *, foreign: bool
    ) -> tuple[str, float]:
        detected = self._detector(text)
        likely = max(detected, key=lambda lang: (detected[lang], lang))
        if detected[likely] == 0 and not any(evidence.values()):
            return UNKNOWN, 0.0  # an alphabet the detector was not loaded for
        if likely not in evidence:
            p = detected[likely]
            doubt = 1.0 if foreign else 1.0 + max(evidence.values()) / 2
            if letters >= (_FEW if foreign else _MANY) and p / doubt >= _FOREIGN_P:
                return likely, p / doubt
        weights = {
            lang: max(detected.get(lang, 0.0), _LEAST) * math.exp(min(points, 20.0))
            for lang, points in evidence.items()
        }
        if evidence["ru"]:  # the detector cannot say that Latin letters are Russian
            weights["ru"] = max(weights["ru"], _LEAST_RU * math.exp(min(evidence["ru"], 20.0)))
        best = max(weights, key=weights.__getitem__)
        return best, weights[best] / sum(weights.values())


def _sureness(lead: float) -> float:
    """The more the evidence of one language is ahead, the surer: 2 → 0.86, 4 → 0.98."""
    return 1.0 - math.exp(-lead)
