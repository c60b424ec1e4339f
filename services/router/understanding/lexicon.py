"""Loads the lexicon files; see lexicons/README.md for what they mean."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import yaml

from services.router.understanding.folding import fold, tokens_of
from services.router.understanding.patterns import Pattern, PatternIndex

TOPICS: Final = (
    "deposit", "withdrawal", "bonus", "account", "verification",
    "technical", "rules", "dispute", "responsible_gaming", "feedback",
)  # fmt: skip
LANGUAGES: Final = ("ru", "lt", "tr", "en")
ANY: Final = "any"
URGENT: Final = "urgent"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Every lexicon file, folded and indexed."""

    languages_by_word: Mapping[str, tuple[str, ...]]
    latin_endings: tuple[str, ...]  # of transliterated Russian words
    patterns: PatternIndex
    courtesies: frozenset[tuple[str, ...]]
    auto_replies: Mapping[str, tuple[tuple[str, ...], ...]]  # by their first word


def load_lexicon() -> Lexicon:
    """Read the files of this package. Raises ValueError or TypeError that names the entry."""
    files = {name: _read(name) for name in (*LANGUAGES, ANY)}
    patterns = [pattern for name, file in files.items() for pattern in _patterns(name, file)]
    return Lexicon(
        languages_by_word=_languages_by_word(files),
        latin_endings=tuple(_texts("ru", files["ru"]["latin_endings"])),
        patterns=PatternIndex(patterns),
        courtesies=_phrases(files, "courtesy"),
        auto_replies=_by_first_word(_phrases(files, "auto_reply")),
    )


def _read(name: str) -> dict[str, Any]:
    source = resources.files(__package__) / "lexicons" / f"{name}.yaml"
    content: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    unknown = content.get("topics", {}).keys() - set(TOPICS)
    if unknown:
        raise ValueError(f"lexicons/{name}.yaml: unknown topics {sorted(unknown)}")
    return content


def _texts(name: str, entries: Iterable[object]) -> Iterator[str]:
    for entry in entries:
        if not isinstance(entry, str):  # YAML reads a bare yes, no, on or 5 as something else
            raise TypeError(f"lexicons/{name}.yaml: put {entry!r} in quotes")
        yield entry


def _patterns(name: str, file: Mapping[str, Any]) -> Iterator[Pattern]:
    for topic, by_weight in file["topics"].items():
        for weight, entries in by_weight.items():
            for text in _texts(name, entries):
                yield Pattern.parse(text, lang=name, label=topic, weight=weight)
    for text in _texts(name, file["urgent"]):
        yield Pattern.parse(text, lang=name, label=URGENT, weight=1)


def _languages_by_word(files: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    languages: dict[str, tuple[str, ...]] = {}
    for name in LANGUAGES:
        entries = [*files[name]["words"], *files[name].get("latin", [])]
        for word in dict.fromkeys(fold(text) for text in _texts(name, entries)):
            languages[word] = (*languages.get(word, ()), name)
    return languages


def _phrases(files: Mapping[str, Mapping[str, Any]], section: str) -> frozenset[tuple[str, ...]]:
    return frozenset(
        tuple(tokens_of(fold(text)))
        for name, file in files.items()
        for text in _texts(name, file[section])
    )


def _by_first_word(phrases: Iterable[tuple[str, ...]]) -> dict[str, tuple[tuple[str, ...], ...]]:
    by_first: dict[str, tuple[tuple[str, ...], ...]] = {}
    for phrase in phrases:
        by_first[phrase[0]] = (*by_first.get(phrase[0], ()), phrase)
    return by_first
