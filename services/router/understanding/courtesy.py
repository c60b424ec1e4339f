"""Which messages ask for nothing: a thanks, an emoji, a rating, an automatic reply."""

import re
from collections.abc import Mapping, Sequence, Set
from typing import Final

_MAX_TOKENS: Final = 12  # longer messages say something, however polite
_AUTO_REPLY_WITHIN: Final = 12  # tokens from the beginning
_RATING: Final = re.compile(r"(10|[0-9])(?: ?(?:/|из|is|of|iš|out of) ?(10|5))?")
_BEST: Final = 5
_IMPATIENT: Final = re.compile(r"[?!.…]*")


def asks_nothing(
    text: str,
    tokens: Sequence[str],
    *,
    courtesies: Set[tuple[str, ...]],
    auto_replies: Mapping[str, tuple[tuple[str, ...], ...]],
) -> bool:
    """Whether a resolved ticket may rest: the message has no word beyond courtesy.

    A question mark always asks, and a text of punctuation alone ("???") is impatience.
    """
    if _is_auto_reply(tokens, auto_replies):
        return True
    stripped = text.strip()
    if "?" in stripped or len(tokens) > _MAX_TOKENS:
        return False
    if not tokens:
        return _IMPATIENT.fullmatch(stripped) is None
    return _RATING.fullmatch(stripped.lower()) is not None or _only(tokens, courtesies)


def rating_of(text: str) -> int:
    """What a message that is nothing but a rating says, from 1 to 5; one of ten is halved and
    rounded up. 0: it is none, or says more than 5 without saying of how many."""
    found = _RATING.fullmatch(text.strip().lower())
    if found is None:
        return 0
    score, most = int(found[1]), int(found[2] or _BEST)
    return -(-score * _BEST // most) if score <= most else 0


def _is_auto_reply(
    tokens: Sequence[str], phrases: Mapping[str, tuple[tuple[str, ...], ...]]
) -> bool:
    return any(
        tuple(tokens[at : at + len(phrase)]) == phrase
        for at, token in enumerate(tokens[:_AUTO_REPLY_WITHIN])
        if token in phrases
        for phrase in phrases[token]
    )


def _only(tokens: Sequence[str], phrases: Set[tuple[str, ...]]) -> bool:
    """Whether phrases follow one another from the first token to the last, longest first."""
    at = 0
    while at < len(tokens):
        size = next((n for n in (5, 4, 3, 2, 1) if tuple(tokens[at : at + n]) in phrases), 0)
        if size == 0:
            return False
        at += size
    return True
