"""How the digits of a possible card are grouped: as people write a card, or as they write dates,
amounts, scores and the like."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from typing import Final

from shared.privacy.digits import Run
from shared.privacy.glyphs import Gap

# Where groups may end, in digits from the first: fours; American Express and Diners; sixes; fives.
_LAYOUTS: Final = (
    frozenset({4, 8, 12, 16}),
    frozenset({4, 10}),
    frozenset({6, 12, 18}),
    frozenset({5, 10, 15}),
)
# Beside a number in small groups there may be a little more, written the same way: a count before
# it; its expiry date and security code after it.
_MAX_BEFORE: Final = 4
_MAX_AFTER: Final = 8
# An irregular number of more groups is a list.
_MAX_GROUPS: Final = 5


class Shape(Enum):
    """How the digits are grouped."""

    WHOLE = "in one piece"
    CARD = "as on a card"
    SMALL = "all by one, two or three"
    ODD = "in some other way"
    PART = "in small or irregular groups, with more of that kind around"


@dataclass(frozen=True, slots=True)
class _Group:
    size: int
    value: int
    gap: Gap  # before it


def shape_of(run: Run, start: int, end: int) -> Shape:
    """The shape of the digits from `start` to `end`; looks a few digits beyond at most."""
    length = end - start
    gaps = run.gaps[start + 1 : end]
    borders = frozenset(
        at for at, gap in enumerate(gaps, 1) if gap is not Gap.NONE and gap is not Gap.MAYBE
    )
    if not borders:
        return Shape.WHOLE
    if any(borders <= layout for layout in _LAYOUTS):
        return Shape.CARD
    open_borders = borders | {at for at, gap in enumerate(gaps, 1) if gap is Gap.MAYBE}
    for layout in _small_layouts(length):
        if borders <= layout <= open_borders:
            size = min(layout | {3})
            return Shape.SMALL if _stands_alone(run, start, end, size) else Shape.PART
    alone = _stands_alone(run, start, end, None)
    return Shape.ODD if alone and len(borders) < _MAX_GROUPS else Shape.PART


def goes_on_before(run: Run, start: int) -> bool:
    """Whether a group of four of its own stands before a number in fours: it may be the end of a
    longer one."""
    first = start - 4
    fours = run.gaps[start + 1 : start + 5]
    return (
        first >= 0
        and fours.count(Gap.NONE) == 3
        and run.gaps[start] is fours[-1] is not Gap.MAYBE
        and run.gaps[first] in (fours[-1], Gap.SPACE)
        and run.gaps[first + 1 : start].count(Gap.NONE) == 3
    )


def is_list(run: Run, start: int, end: int) -> bool:
    """Whether the digits are several numbers: dates, odds, amounts, scores, versions, addresses."""
    start, end = _to_spaces(run, start, end)
    items = _items(run, start, end)
    groups = [group for item in items for group in item]
    if len(items) >= 2 and (
        all(_is_date(item) for item in items) or _are_decimals(items) or _are_tuples(items)
    ):
        return True
    values = [group.value for group in groups]
    small = all(group.size <= 3 for group in groups)
    return small and len(groups) >= 6 and all(one < other for one, other in pairwise(values))


@lru_cache(maxsize=32)
def _small_layouts(length: int) -> tuple[frozenset[int], ...]:
    """Groups of one, two and three, and of three counted from the end, as a spreadsheet does."""
    return (
        *(frozenset(range(size, length, size)) for size in (1, 2, 3)),
        frozenset(range(length % 3 or 3, length, 3)),
    )


def _stands_alone(run: Run, start: int, end: int, size: int | None) -> bool:
    """Whether little else is around it in groups of the same size (None: of any)."""
    return (
        _reach(run, start - 1, -1, size, _MAX_BEFORE + 1) <= _MAX_BEFORE
        and _reach(run, end, 1, size, _MAX_AFTER + 1) <= _MAX_AFTER
    )


def _reach(run: Run, at: int, step: int, size: int | None, limit: int) -> int:
    """Digits that go on from `at` in groups of that size within one message; about `limit` at
    most, since more of them need not be counted."""
    reached = grouped = 0
    while 0 <= at < len(run) and reached + grouped < limit + (size or 0):
        first = at if step < 0 else at + 1
        grouped += 1
        if not 0 < first < len(run) or run.gaps[first] is not Gap.NONE:
            if size is not None and grouped != size:
                return reached
            reached, grouped = reached + grouped, 0
            if 0 < first < len(run) and run.gaps[first] is Gap.MAYBE:
                return reached
        at += step
    return reached if size is not None else reached + grouped


def _to_spaces(run: Run, start: int, end: int) -> tuple[int, int]:
    """The same digits with what is joined to them, up to a few digits on each side."""
    first, last = max(0, start - _MAX_AFTER), min(len(run), end + _MAX_AFTER)
    while start > first and run.gaps[start] not in (Gap.SPACE, Gap.MAYBE):
        start -= 1
    while end < last and run.gaps[end] not in (Gap.SPACE, Gap.MAYBE):
        end += 1
    return start, end


def _items(run: Run, start: int, end: int) -> list[list[_Group]]:
    """The groups, those in one list between which there is no white space."""
    items: list[list[_Group]] = []
    borders = [at for at in range(start, end) if at == start or run.gaps[at] is not Gap.NONE]
    for first, last in pairwise([*borders, end]):
        value = int("".join(map(str, run.values[first:last])))
        group = _Group(last - first, value, run.gaps[first])
        if not items or group.gap is Gap.SPACE or group.gap is Gap.MAYBE:
            items.append([group])
        else:
            items[-1].append(group)
    return items


def _is_date(item: Sequence[_Group]) -> bool:
    if len(item) != 3 or item[1].gap is not item[2].gap:
        return False
    (one, two, three) = (group.value for group in item)
    sizes = tuple(group.size for group in item)
    if sizes == (4, 2, 2):
        return 1900 <= one < 2100 and 1 <= two <= 12 and 1 <= three <= 31
    if sizes[0] <= 2 and sizes[1] <= 2 and sizes[2] in (2, 4):
        day_and_month = (1 <= one <= 31 and 1 <= two <= 12) or (1 <= one <= 12 and 1 <= two <= 31)
        return day_and_month and (sizes[2] == 2 or 1900 <= three < 2100)
    return False


def _are_decimals(items: Sequence[Sequence[_Group]]) -> bool:
    """Odds, amounts or coordinates: 1.85 2.10, 1 250.00 300.50, 54.687157 25.279652."""
    decimals = [_is_decimal(item) for item in items]
    thousands = sum(
        not one and other and len(item) == 1 and item[0].size <= 3 and following[0].size == 3
        for (one, other), (item, following) in zip(pairwise(decimals), pairwise(items), strict=True)
    )
    whole = len(items) - sum(decimals) - thousands
    return sum(decimals) >= 2 and sum(decimals) >= 2 * whole


def _is_decimal(item: Sequence[_Group]) -> bool:
    if len(item) != 2 or item[1].gap is not Gap.DOT:
        return False
    before, after = item[0].size, item[1].size
    return (before <= 6 and after <= 2) or (before <= 3 and after <= 8)


def _are_tuples(items: Sequence[Sequence[_Group]]) -> bool:
    """Scores 6-4 7-5, combinations 1-2-3, prices 11/8, versions 1.2.3, addresses 10.0.0.1."""
    sizes = {len(item) for item in items}
    if min(sizes) < 2 or any(group.size > 3 for item in items for group in item):
        return False
    quads = all(
        any(group.size >= 2 for group in item) and all(group.gap is Gap.DOT for group in item[1:])
        for item in items
        if len(item) == 4
    )
    return max(sizes) <= 4 and quads
