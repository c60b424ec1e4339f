"""What no rule can beat, over several days: the two programmes, solved for each figure.

A worst share is bounded by prices. Whatever weights are put on the groups, the worst of their
shares is at most the weighted mean of them, and that is linear. The weights that bound it best are
the prices of a programme that maximises the worst share of a day; the days' mean is taken.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from services.router.simulator.trace import Arrival, Trace
from tests.bench.routing.programme import Programme, Variable
from tests.bench.routing.scenarios import FLOORS

Groups = Mapping[str, Sequence[str]]
"""Name of a group -> its kinds of tickets."""

_ALL = 1.0 - 1e-9


class Bound(Protocol):
    """One day's programme. on_time: by kind, the variables that count its tickets on time."""

    @property
    def programme(self) -> Programme: ...

    @property
    def on_time(self) -> Mapping[str, Sequence[Variable]]: ...


@dataclass(frozen=True, slots=True)
class Day:
    trace: Trace
    bound: Bound

    def arrived(self, kinds: Iterable[str]) -> int:
        chosen = frozenset(kinds)
        return sum(ticket.kind in chosen for ticket in self.trace.arrivals)


def bounds(days: Sequence[Day]) -> dict[str, float]:
    """Upper bounds of figures of the score, each by itself, over all the days together."""
    kinds = {ticket.kind: ticket for day in days for ticket in day.trace.arrivals}
    sla = _share(days, dict.fromkeys(kinds, 1.0))
    if sla > _ALL:  # then everything is, and there is no need to solve for the others
        return dict.fromkeys(("floors", "worst_group", "value", "sla"), 1.0)
    values = {kind: ticket.value for kind, ticket in kinds.items()}
    return {
        "floors": _worst(days, {kind: [kind] for kind in kinds if kind in FLOORS}),
        "worst_group": _worst(days, _groups(kinds)),
        "value": sla if len(set(values.values())) == 1 else _share(days, values),
        "sla": sla,
    }


def most(bound: Bound, weight_of: Mapping[str, float]) -> float:
    """The largest weight of tickets on time in a day. weight_of: by kind; others weigh nothing."""
    return bound.programme.maximise(
        {
            variable: weight
            for kind, weight in weight_of.items()
            for variable in bound.on_time.get(kind, ())
        }
    ).optimum


def _share(days: Sequence[Day], weight_of: Mapping[str, float]) -> float:
    total = sum(weight * day.arrived([kind]) for day in days for kind, weight in weight_of.items())
    return sum(most(day.bound, weight_of) for day in days) / total


def _worst(days: Sequence[Day], groups: Groups) -> float:
    """Of the shares on time of the groups; 1 when there is none."""
    if len(groups) == 1:
        return _share(days, dict.fromkeys(chain(*groups.values()), 1.0))
    prices: dict[str, float] = defaultdict(float)
    for day in days:
        for group, price in _prices(day, groups).items():
            prices[group] += price
    whole = sum(prices.values())
    if whole == 0.0:
        return 1.0
    weight_of = {
        kind: prices[group] / whole / sum(day.arrived(kinds) for day in days)
        for group, kinds in groups.items()
        if prices[group]
        for kind in kinds
    }
    return min(1.0, sum(most(day.bound, weight_of) for day in days))


def _prices(day: Day, groups: Groups) -> dict[str, float]:
    """How much each group stands in the way of a higher worst share; not below 0, at most 1
    together."""
    programme = day.bound.programme
    worst = programme.variable(upper=1.0)
    rows = {}
    for group, kinds in groups.items():
        served = [
            (variable, -1.0) for kind in kinds for variable in day.bound.on_time.get(kind, ())
        ]
        rows[group] = programme.at_most([(worst, day.arrived(kinds)), *served], 0.0)
    prices = programme.maximise({worst: 1.0}).prices
    return {
        group: max(0.0, float(prices[row])) * day.arrived(groups[group])
        for group, row in rows.items()
    }


def _groups(kinds: Mapping[str, Arrival]) -> Groups:
    """By language and tier."""
    groups: dict[str, list[str]] = defaultdict(list)
    for kind, ticket in kinds.items():
        groups[f"{ticket.lang} {ticket.tier}"].append(kind)
    return groups
