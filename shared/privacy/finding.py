"""Which digits of a run are card numbers, and which only could be.

Beyond prefix, length and check digit it matters how the digits are grouped and what the words
beside them say. In doubt a number is a card: one in ten long numbers with a card's prefix passes by
chance, and that error is preferred to the other.
"""

from typing import Final, NamedTuple

from shared.privacy.cards import MIN_DIGITS, UNCHECKED, LuhnSums, card_lengths, is_amex, is_sure
from shared.privacy.digits import Run
from shared.privacy.glyphs import Gap
from shared.privacy.nearby import names_other, speaks_of_card
from shared.privacy.shapes import Shape, goes_on_before, is_list, shape_of

# In one run, "+" and up to 15 digits is a phone number (ITU-T E.164), not a card.
_MAX_PHONE_DIGITS: Final = 15


class Card(NamedTuple):
    """Digits `start` to `end` of a run. code_digits: of the security code printed on the card."""

    start: int
    end: int
    last_four: str
    code_digits: int


def cards_in(run: Run) -> list[Card]:
    """The cards of a run, in order, without overlap.

    Where two readings overlap (a card and its security code may pass as a longer card), all
    their digits go, and the last four shown are those of the reading with 16 digits, if any.
    """
    if len(run) < MIN_DIGITS:
        return []
    cards: list[Card] = []
    for start, end in _readings(run):
        card = _card(run, start, end)
        if not cards or start >= cards[-1].end:
            cards.append(card)
            continue
        before = cards[-1]
        shown = card if end - start == 16 and before.end - before.start != 16 else before
        cards[-1] = shown._replace(start=before.start, end=max(before.end, end))
    return cards


def _card(run: Run, start: int, end: int) -> Card:
    digits = run.values[start:end]
    return Card(start, end, "".join(map(str, digits[-4:])), 4 if is_amex(digits) else 3)


def _readings(run: Run) -> list[tuple[int, int]]:
    """Every part of the run that is a card number by itself, by its first digit."""
    if run.certain:
        return [(0, len(run))]
    groups = [at for at, gap in enumerate(run.gaps) if gap is not Gap.NONE]
    borders = {*groups, len(run)}
    sums, words = LuhnSums(run.values), _Words(run)
    return [
        (start, start + length)
        for start in groups
        for length in card_lengths(run.values[start : start + 4])
        if start + length in borders
        and _is_card(run, start, start + length, words, checked=sums.holds(start, start + length))
    ]


class _Words:
    """What the words around a run say, asked once and only if it matters."""

    def __init__(self, run: Run) -> None:
        self._run: Final = run
        self._card: bool | None = None

    @property
    def card(self) -> bool:
        if self._card is None:
            self._card = speaks_of_card(self._run.words)
        return self._card

    def other(self, start: int) -> bool:
        """Whether they name the number that begins at `start` as something else."""
        joined = all(gap is not Gap.SPACE for gap in self._run.gaps[1 : start + 1])
        return start <= 8 and joined and names_other(self._run.said_before) and not self.card


def _is_card(run: Run, start: int, end: int, words: _Words, *, checked: bool) -> bool:
    """checked: whether its check digit is right."""
    if not checked and (tuple(run.values[start : start + 2]) != UNCHECKED or not words.card):
        return False
    if start == 0 and run.after_plus and end <= _MAX_PHONE_DIGITS and not words.card:
        return False
    shape = shape_of(run, start, end)
    plain = shape in (Shape.WHOLE, Shape.CARD)
    return plain if not checked else _is_grouped_so(run, start, end, shape, words)


def _is_grouped_so(run: Run, start: int, end: int, shape: Shape, words: _Words) -> bool:
    """Whether digits that are right otherwise are a card, by their shape and the words around."""
    digits = run.values[start:end]
    sure = is_sure(digits) or (shape is Shape.CARD and end - start == 16)
    match shape:
        case Shape.WHOLE | Shape.CARD:
            return sure or words.card or not (words.other(start) or goes_on_before(run, start))
        case Shape.SMALL:
            return words.card or not (is_list(run, start, end) or words.other(start))
        case Shape.ODD:
            likely = words.card or (sure and not words.other(start))
            return likely and not is_list(run, start, end)
        case Shape.PART:
            return False
