"""Replaces payment card numbers by their last four digits: `[card …1111]`.

A card number is 13 to 19 digits of one run (see `digits`), beginning and ending where a group
of digits does, with a network's prefix and length and a right Luhn digit. Digits glued to more
digits are another number (an order, a bet slip) and stay. One number in ten passes Luhn by
chance, so a long order number with a card's prefix is now and then masked: that error is
preferred to the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from shared.privacy.cards import MIN_DIGITS, card_lengths, luhn
from shared.privacy.digits import Gap, Run, has_digits, runs_of
from shared.privacy.joining import joined_runs

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

# In one run, "+" and up to 15 digits is a phone number (ITU-T E.164), not a card.
_MAX_PHONE_DIGITS: Final = 15


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
    if not has_digits(text, MIN_DIGITS):
        return Masked(text, 0)
    series = _mask_runs((text,), runs_of(text))
    return Masked(series.texts[0], series.found)


def mask_series(texts: Sequence[str], *, published: int = 0) -> MaskedSeries:
    """Mask consecutive messages of one sender, also a number split across them.

    Of a split number the part in the last message is replaced by the usual mark, the parts
    before it by `[card …]`. The first `published` texts are known to others as they are: a number
    that begins in them is replaced by `[card …]` to its end, for its last four would complete it.
    """
    if not has_digits("\n".join(texts), MIN_DIGITS):
        return MaskedSeries(tuple(texts), 0)
    return _mask_runs(texts, joined_runs(texts), published=published)


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


def _mask_runs(texts: Sequence[str], runs: Sequence[Run], *, published: int = 0) -> MaskedSeries:
    cards = [(run, card) for run in runs for card in cards_in(run)]
    parts = [list[str]() for _ in texts]
    ends = [0] * len(texts)
    for run, (start, end, last_four) in cards:
        spans = _spans(run, start, end)
        for index, (first, last) in spans.items():
            shown = last_four if index == max(spans) and min(spans) >= published else ""
            parts[index] += [texts[index][ends[index] : first], f"[card …{shown}]"]
            ends[index] = last
    masked = tuple(
        "".join([*part, text[end:]]) for part, text, end in zip(parts, texts, ends, strict=True)
    )
    return MaskedSeries(masked, len(cards))


def _spans(run: Run, start: int, end: int) -> dict[int, tuple[int, int]]:
    """Where digits `start` to `end` of the run stand: text index → first and last offset."""
    spans: dict[int, tuple[int, int]] = {}
    for index, first, last in run.places[start:end]:
        spans[index] = (spans[index][0] if index in spans else first, last)
    return spans


def cards_in(run: Run) -> list[tuple[int, int, str]]:
    """The cards of a run, in order, without overlap: first digit, past the last, last four.

    Where two readings overlap (a card and its security code may pass as a longer card), all
    their digits go, and the last four shown are those of the reading with 16 digits, if any.
    """
    if len(run) < MIN_DIGITS:
        return []
    cards: list[tuple[int, int, str]] = []
    for start, end in _readings(run):
        last_four = "".join(map(str, run.values[end - 4 : end]))
        if not cards or start >= cards[-1][1]:
            cards.append((start, end, last_four))
            continue
        first, last, shown = cards[-1]
        shown = last_four if end - start == 16 and last - first != 16 else shown
        cards[-1] = (first, max(last, end), shown)
    return cards


def _readings(run: Run) -> list[tuple[int, int]]:
    """Every part of the run that is a card number by itself, by its first digit."""
    groups = [at for at, gap in enumerate(run.gaps) if gap is not Gap.NONE]
    borders = {*groups, len(run)}
    return [
        (start, start + length)
        for start in groups
        for length in sorted(card_lengths(run.values[start : start + 4]))
        if start + length in borders and _is_card(run, start, start + length)
    ]


def _is_card(run: Run, start: int, end: int) -> bool:
    if start == 0 and run.after_plus and end <= _MAX_PHONE_DIGITS:
        return False
    return luhn(run.values[start:end]) and not _is_decimals(run, start, end)


def _is_decimals(run: Run, start: int, end: int) -> bool:
    """Whether the digits are a list of numbers such as odds or amounts: 1.85 2.10 3.40."""
    numbers: list[list[int]] = []  # the sizes of the groups of each number
    for gap in [Gap.OTHER, *run.gaps[start + 1 : end]]:
        if gap is Gap.OTHER:
            numbers.append([1])
        elif gap is Gap.DOT:
            numbers[-1].append(1)
        else:
            numbers[-1][-1] += 1
    decimals = [number for number in numbers if len(number) == 2 and number[1] <= 2]
    return len(decimals) >= 2 and all(len(number) == 1 or number in decimals for number in numbers)
