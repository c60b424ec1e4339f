"""What checks of a policy file find."""

from collections.abc import Collection, Iterator

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
