"""Which waiting tickets can be served as things are: at class heads, never at tickets; at groups,
never at agents."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from services.router.domain.classes import Classes
from services.router.domain.deadlines import Key
from services.router.domain.group import Group
from services.router.domain.reserve import Stock, spare_of
from services.router.domain.seat import Place, Seat
from services.router.domain.ticket import Ticket
from services.router.domain.turns import NOTHING, Heads
from services.router.domain.waiting import WaitingClass

Withheld = Mapping[Group, tuple[Stock, ...]]
"""What is withheld from a class, where something is."""


class Servable:
    """Every `horizon` is a time: tickets due before it are late; minus infinity: none is."""

    def __init__(self, classes: Classes, tickets: Mapping[str, Ticket]) -> None:
        self._classes = classes
        self._tickets = tickets

    def of_class(self, waiting: WaitingClass, horizon: float) -> Heads:
        """The class's first tickets that somebody can take."""
        if waiting.shape.kept:
            return self._of_kept(waiting, horizon)
        if waiting.empty:
            return NOTHING
        fits, weight = self._classes.fits(waiting), waiting.weight
        roomy = [group for group in fits.groups if group.least + weight <= group.limit]
        if fits.withheld or waiting.barred:
            roomy = [
                each
                for each in roomy
                if each.takes(weight, fits.withheld.get(each, ()), waiting.barred)
            ]
        return self._among(waiting, roomy, fits.withheld, horizon) if roomy else NOTHING

    def by_group(self, group: Group, horizon: float) -> Heads:
        """The first tickets that a group can take, but for those kept for one of its members."""
        room = group.limit - group.least
        sharing = horizon > -math.inf
        timely: Key | None = None
        late: Key | None = None
        for weight, withheld, classes in self._classes.served_by(group):
            if weight > room:
                break
            if withheld and not group.takes(weight, withheld):
                continue
            for waiting in classes:
                if waiting.barred and not group.takes(weight, withheld, waiting.barred):
                    continue
                head, late_head = waiting.timely.head, waiting.late.head if sharing else None
                if waiting.skipping or (head is not None and head[0] < horizon):
                    head, late_head = self._among(waiting, (group,), {group: withheld}, horizon)
                if head is not None and (timely is None or head < timely):
                    timely = head
                if late_head is not None and (late is None or late_head < late):
                    late = late_head
        return timely, late

    def by_agent(self, seat: Seat, horizon: float) -> Heads:
        """The first tickets that one agent can take."""

        def taken(key: Key) -> bool:
            return all(agent != seat.id for agent, _ in self._tickets[key[2]].skipped)

        timely: Key | None = None
        late: Key | None = None
        for waiting in self._open_to(seat):
            head, late_head = _heads(waiting, horizon, taken)
            timely, late = _earlier(timely, head), _earlier(late, late_head)
        return timely, late

    def _open_to(self, seat: Seat) -> Iterator[WaitingClass]:
        """The classes that an agent has room for, those kept for them included."""
        for place in seat.places:
            yield from self._open_at(place, seat.id)
        for waiting in self._classes.kept_for(seat.id):
            room = waiting.pool.has_room(seat.id, waiting.weight)
            if room and seat.id not in waiting.barred:
                yield waiting

    def _open_at(self, place: Place, seat_id: str) -> Iterator[WaitingClass]:
        group = place.group
        if group is None or place.entry is None:
            return
        for weight, withheld, classes in self._classes.served_by(group):
            room = place.load + weight <= group.limit
            if room and (not withheld or group.cost(place.load, weight) <= spare_of(withheld)):
                yield from (each for each in classes if seat_id not in each.barred)

    def _of_kept(self, waiting: WaitingClass, horizon: float) -> Heads:
        """Nobody in the skip lists of its tickets, or barred, is among those they are kept for."""
        if not any(waiting.pool.has_room(agent, waiting.weight) for agent in waiting.shape.kept):
            return NOTHING
        waiting.age(horizon)
        timely, late = waiting.skipping_at(horizon)
        return (
            _earlier(timely[0] if timely else None, waiting.timely.head),
            _earlier(late[0] if late else None, waiting.late.head),
        )

    def _among(
        self, waiting: WaitingClass, roomy: Sequence[Group], withheld: Withheld, horizon: float
    ) -> Heads:
        """Where there is room for one ticket of a class there is room for all of them, so only
        skip lists need a look at single tickets."""

        def taken(key: Key) -> bool:
            skipped = self._tickets[key[2]].passed_by()
            return any(
                group.takes(waiting.weight, withheld.get(group, ()), skipped) for group in roomy
            )

        return _heads(waiting, horizon, taken)


def _heads(waiting: WaitingClass, horizon: float, taken: Callable[[Key], bool]) -> Heads:
    """taken: whether a ticket with a skip list is; all the others are."""
    waiting.age(horizon)
    timely, late = waiting.timely.head, waiting.late.head
    if not waiting.skipping:
        return timely, late
    skipping, skipping_late = waiting.skipping_at(horizon)
    return _first(skipping, timely, taken), _first(skipping_late, late, taken)


def _first(skipping: Iterable[Key], head: Key | None, taken: Callable[[Key], bool]) -> Key | None:
    """The first of those with a skip list, or the head if none can be served before it."""
    for key in skipping:
        if head is not None and key > head:
            break
        if taken(key):
            return key
    return head


def _earlier(one: Key | None, other: Key | None) -> Key | None:
    if one is None or other is None:
        return one or other
    return min(one, other)
