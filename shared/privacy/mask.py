"""Replaces payment card numbers by their last four digits: `[card …1111]`.

A card number is 12 to 19 digits of one run (see `digits`), beginning and ending where a group
of digits does, with a network's prefix and length and a right check digit, and grouped like one
(see `finding`). Digits glued to more digits are another number (an order, a bet slip) and stay.
The security code beside a card becomes `[code …]`; its expiry date stays.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from shared.privacy import codes, spelling
from shared.privacy.cards import MIN_DIGITS
from shared.privacy.digits import Run, runs_of
from shared.privacy.finding import Card, cards_in
from shared.privacy.glyphs import MARK, count_digits
from shared.privacy.joining import joined_runs

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

# What is taken out may leave something that is only now seen to be a card: a list, less a card, is
# no list. So a text is read again until nothing is found, which is nearly always the second time.
_MAX_READINGS: Final = 5
_MARKS: Final = re.compile(MARK)
# A code may come in one of so many messages after the card.
_CODE_WITHIN: Final = 2


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without card numbers, and how many were found in it."""

    text: str
    found: int


@dataclass(frozen=True, slots=True)
class MaskedSeries:
    """Consecutive texts without card numbers, and how many numbers were found in all."""

    texts: tuple[str, ...]
    found: int


def mask(text: str) -> Masked:
    """Mask the card numbers of one text; everything around them is returned as it was."""
    if not _may_have_card(text):
        return Masked(text, 0)
    series = _mask_all((text,), published=0)
    return Masked(series.texts[0], series.found)


def mask_series(texts: Sequence[str], *, published: int = 0) -> MaskedSeries:
    """Mask consecutive messages of one sender, also a number split across them.

    Of a split number the part in the last message is replaced by the usual mark, the parts
    before it by `[card …]`. The first `published` texts are known to others as they are: a number
    that begins in them is replaced by `[card …]` to its end, for its last four would complete it.
    """
    if not _may_have_card("\n".join(texts)):
        return MaskedSeries(tuple(texts), 0)
    return _mask_all(texts, published=published)


def mask_tree(value: Json) -> tuple[Json, int]:
    """Mask every string of a JSON value, keys too; returns the value and the number found.

    Numbers stay as they are: a JSON number that looks like a card is nearly always an id.
    """
    match value:
        case str():
            masked = mask(value)
            return masked.text, masked.found
        case list():
            items = [mask_tree(item) for item in value]
            return [item for item, _ in items], sum(found for _, found in items)
        case dict():
            pairs = [(mask(key), mask_tree(item)) for key, item in value.items()]
            found = sum(key.found + count for key, (_, count) in pairs)
            return {key.text: item for key, (item, _) in pairs}, found
        case _:
            return value, 0


def _may_have_card(text: str) -> bool:
    """Whether it is worth reading: nearly no text is."""
    digits = count_digits(text)
    return digits >= MIN_DIGITS or (
        digits > 0 and (codes.has_card(text) or spelling.anywhere(text))
    )


def _runs(texts: Sequence[str]) -> list[Run]:
    text = "\n".join(texts)
    if count_digits(_MARKS.sub("", text)) < MIN_DIGITS and not spelling.anywhere(text):
        return []  # no card among them, as is usual when the cards are out
    return joined_runs(texts) if len(texts) > 1 else runs_of(text)


def _mask_all(texts: Sequence[str], *, published: int) -> MaskedSeries:
    masked, found = tuple(texts), 0
    for _ in range(_MAX_READINGS):
        once = _mask_once(masked, _runs(masked), published=published)
        found += once.found
        if once.texts == masked:
            break
        masked = once.texts
    return MaskedSeries(masked, found)


class _Cut(NamedTuple):
    """What is taken out of a text, and what is put there."""

    start: int
    end: int
    mark: str


def _mask_once(texts: Sequence[str], runs: Sequence[Run], *, published: int) -> MaskedSeries:
    cards = [(run, card) for run in runs for card in cards_in(run)]
    cuts: list[list[_Cut]] = [[] for _ in texts]
    beside: list[list[codes.Span]] = [[] for _ in texts]
    for run, card in cards:
        spans = _spans(run, card)
        for index, (start, end) in spans.items():
            shown = card.last_four if index == max(spans) and min(spans) >= published else ""
            cuts[index].append(_Cut(start, end, f"[card …{shown}]"))
            beside[index] += codes.after_card(texts[index], end, digits=card.code_digits)
    since = _CODE_WITHIN + 1
    for index, text in enumerate(texts):
        if cuts[index] or codes.has_card(text):
            beside[index] += codes.labelled(text) + codes.after_marks(text)
            since = 0
        elif since < _CODE_WITHIN:
            since += 1
            beside[index] += codes.in_next_message(text)
    masked = tuple(
        _cut(text, [*taken, *(_Cut(*span, "[code …]") for span in sorted(spans))])
        for text, taken, spans in zip(texts, cuts, beside, strict=True)
    )
    return MaskedSeries(masked, len(cards))


def _cut(text: str, cuts: Iterable[_Cut]) -> str:
    """The text with the cuts made; one that overlaps another, a card before all, is left out."""
    parts, at = [], 0
    for cut in _without_overlap(cuts):
        parts += [text[at : cut.start], cut.mark]
        at = cut.end
    return "".join([*parts, text[at:]])


def _without_overlap(cuts: Iterable[_Cut]) -> list[_Cut]:
    kept: list[_Cut] = []
    for cut in sorted(cuts, key=lambda cut: (cut.start, "code" in cut.mark)):
        if kept and cut.start < kept[-1].end:
            if "card" in cut.mark:
                kept[-1] = cut
            continue
        kept.append(cut)
    return kept


def _spans(run: Run, card: Card) -> dict[int, tuple[int, int]]:
    """Where the card's digits stand: text index → first and last offset."""
    spans: dict[int, tuple[int, int]] = {}
    for index, first, last in run.places[card.start : card.end]:
        spans[index] = (spans[index][0] if index in spans else first, last)
    return spans
