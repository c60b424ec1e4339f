"""What checks of a policy file find."""

from collections.abc import Collection, Iterator, Mapping

from services.router.policy.schema import DeskSection
from services.router.policy.source import Path

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
    default = desk.default_language
    if texts and default in desk.languages and default not in texts:
        yield path, f"add {default}: it is what customers of other languages get"
