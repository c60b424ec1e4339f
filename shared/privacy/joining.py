"""Joins the digits of consecutive messages of one sender, where they could be one number."""

from collections.abc import Sequence
from typing import Final

from shared.privacy.digits import Run, runs_of
from shared.privacy.glyphs import EDGE, Gap

_WRITTEN: Final = {Gap.NONE: "", Gap.MAYBE: EDGE, Gap.DOT: ".", Gap.JOIN: "-", Gap.SPACE: " "}

# Two fragments may have this many characters of words between each of them and the edge of its
# message: "my card 4111 1111" / "and then 1111 1111".
_MAX_WORDS: Final = 40


def joined_runs(texts: Sequence[str]) -> list[Run]:
    """The runs of all texts, where the last of a text goes on in the first of the next."""
    return _join(texts)[0]


def tail_of(texts: Sequence[str], *, max_digits: int) -> str:
    """What the next message could continue, as a short text of its own; "" if nothing.

    It holds whole groups only, at most `max_digits` digits, and in place of the words that
    follow them as many letters x.
    """
    joined, words = _join(texts)
    if not joined or not joined[-1] or words > _MAX_WORDS:
        return ""
    run = joined[-1]
    start = max(0, len(run) - max_digits)
    while start < len(run) and run.gaps[start] is Gap.NONE:
        start += 1
    written = "".join(
        _WRITTEN[gap] + str(value)
        for value, gap in zip(run.values[start:], run.gaps[start:], strict=True)
    ).strip(f" .-{EDGE}")
    plus = "+" if run.after_plus and start == 0 else ""
    return f"{plus}{written} {'x' * words}".rstrip() if written else ""


def _join(texts: Sequence[str]) -> tuple[list[Run], int]:
    """The joined runs, and the characters of words after the last digit."""
    joined: list[Run] = []
    words = 0
    for index, text in enumerate(texts):
        found = runs_of(text, index=index)
        if not found:
            words += len(text.strip())
            continue
        if _continues(joined, words, text, found[0]):
            _extend(joined[-1], found.pop(0))
        joined += found
        words = len(text[joined[-1].places[-1][2] :].strip()) if joined[-1] else 0
    return joined, words


def _continues(joined: Sequence[Run], words: int, text: str, fragment: Run) -> bool:
    if not joined or not joined[-1] or not fragment or words > _MAX_WORDS:
        return False
    if joined[-1].certain or fragment.certain:
        return False
    return len(text[: fragment.places[0][1]].strip()) <= _MAX_WORDS


def _extend(run: Run, fragment: Run) -> None:
    run.values += fragment.values
    run.places += fragment.places
    run.gaps += [Gap.MAYBE, *fragment.gaps[1:]]
    run.words += fragment.words
