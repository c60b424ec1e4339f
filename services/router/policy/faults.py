"""What checks of a policy file find."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from services.router.policy.schema import DeskSection
from services.router.policy.source import Path
from shared.privacy.status_link import PLACEHOLDER

_PLACEHOLDERS: Final = re.compile(r"[{][^{}]*[}]")
Fault = tuple[Path, str]
"""Where, and what to do about it."""


def unknown(
    path: Path, name: str | int, known: Collection[str] | Collection[int], what: str, where: str
) -> Iterator[Fault]:
    if name not in known:
        listed = ", ".join(map(str, known)) or "none"
        yield (
            path,
            f"no {what} {name!r} under `{where}` (there are: {listed}): add it or correct it",
        )


def text_faults(desk: DeskSection, texts: Mapping[str, str], path: Path) -> Iterator[Fault]:
    """Whether what customers are told, language by language, is there for each of them."""
    for lang in texts:
        yield from unknown((*path, lang), lang, desk.languages, "language", "languages")
        yield from _placeholders(texts[lang], (*path, lang))
    default = desk.default_language
    if texts and default in desk.languages and default not in texts:
        yield path, f"add {default}: it is what customers of other languages get"


def _placeholders(text: str, path: Path) -> Iterator[Fault]:
    """What is filled in: the address of the ticket's status page, and nothing else."""
    if any(found != PLACEHOLDER for found in _PLACEHOLDERS.findall(text)):
        yield path, f"only {PLACEHOLDER} is filled in: remove the other braces"
    elif all(PLACEHOLDER in line for line in text.strip().splitlines()):
        yield (
            path,
            f"without a status page there are no lines with {PLACEHOLDER}: give it another line",
        )
