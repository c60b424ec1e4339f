"""The agents of a desk as found for one kind of work, grouped by capability, and what each class of
tickets finds in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.router.domain.agent import Agent
from services.router.domain.fit import Fit, fit
from services.router.domain.group import Capability, Group
from services.router.domain.requirement import Requirement
from services.router.domain.reserve import Reserve, Stock
from services.router.domain.seat import Seat, channels_of
from services.router.domain.shifts import Guards
from services.router.domain.work_kinds import FIRM

_SPARE_GROUPS = 64
_NO_GUARDS = Guards()


@dataclass(frozen=True, slots=True)
class Fits:
    """What one requirement finds at a stage among the groups the pool had at a version.

    groups: those able, the best fit first. fit: of each of them.
    off_shift: those with the skills whose shift is over, or nearly.
    off_channel: those of the others who are not ready for the channel.
    withheld: what reserves keep of them, where they do.
    """

    pool_version: int
    groups: tuple[Group, ...] = ()
    fit: Mapping[Group, Fit] = field(default_factory=dict)
    off_shift: tuple[Group, ...] = ()
    off_channel: tuple[Group, ...] = ()
    withheld: Mapping[Group, tuple[Stock, ...]] = field(default_factory=dict)


class Pool:
    """kind: of work, see WorkKinds.
    size: agents of the desk. version: changes with the set of groups.
    """

    def __init__(
        self,
        seats: Mapping[str, Seat],
        reserves: tuple[Reserve, ...] = (),
        guards: Guards = _NO_GUARDS,
        *,
        kind: int = FIRM,
    ) -> None:
        self.kind = kind
        self.size = 0
        self.version = 0
        self._stocks = tuple(map(Stock, reserves))
        self._seats = seats
        self._guards = guards
        self._groups: dict[Capability, Group] = {}

    def place(self, seat: Seat, agent: Agent) -> Group:
        """File an agent who is new or whose profile, channels, shift or availability changed."""
        capability = _capability(seat, agent)
        group = seat.places[self.kind].group
        if group is None or group.capability != capability:
            self._leave(seat, group)
            group = self._join(seat, capability)
        group.refile(seat)
        return group

    def has_room(self, agent: str, weight: float) -> bool:
        """Whether this agent may be dealt a ticket of the weight; skills are another question."""
        seat = self._seats.get(agent)
        if seat is None:
            return False
        place = seat.places[self.kind]
        return (
            place.entry is not None
            and place.group is not None
            and place.load + weight <= place.group.limit
        )

    def available_of(self, agents: Iterable[str], group: Group) -> int:
        """How many of these agents are members of the group who may be dealt to."""
        seats = map(self._seats.get, agents)
        places = [seat.places[self.kind] for seat in seats if seat is not None]
        return sum(place.group is group and place.entry is not None for place in places)

    def find(self, requirement: Requirement, *, stage: int, tier: str) -> Fits:
        """Looks at every group: keep what it finds while `version` stays the same."""
        able: list[tuple[Fit, Group]] = []
        off_shift: list[Group] = []
        off_channel: list[Group] = []
        for group in self._groups.values():
            how = fit(group.skills, requirement, stage)
            if how is None:
                continue
            if self._guards.closes(requirement.queue, group.guard):
                off_shift.append(group)
            elif requirement.channel in group.channels:
                able.append((how, group))
            else:
                off_channel.append(group)
        able.sort(key=lambda each: (each[0], each[1].capability))
        return Fits(
            pool_version=self.version,
            groups=tuple(group for _, group in able),
            fit={group: how for how, group in able},
            off_shift=tuple(off_shift),
            off_channel=tuple(off_channel),
            withheld=self._withheld(requirement, tier, (group for _, group in able)),
        )

    def _withheld(
        self, requirement: Requirement, tier: str, groups: Iterable[Group]
    ) -> dict[Group, tuple[Stock, ...]]:
        others = [stock for stock in self._stocks if not stock.rule.is_for(requirement, tier)]
        if not others:
            return {}
        withheld = ((group, [s for s in group.stocks if s in others]) for group in groups)
        return {group: tuple(stocks) for group, stocks in withheld if stocks}

    def _leave(self, seat: Seat, group: Group | None) -> None:
        if group is None:
            self.size += 1
            return
        group.withdraw(seat)
        group.size -= 1

    def _join(self, seat: Seat, capability: Capability) -> Group:
        group = self._groups.get(capability)
        if group is None:
            self._drop_empty()
            group = self._groups[capability] = self._new_group(capability)
            self.version += 1
        seat.places[self.kind].group = group
        group.size += 1
        return group

    def _new_group(self, capability: Capability) -> Group:
        skills, channels = dict(capability[0]), frozenset(capability[1])
        stocks = (
            stock
            for stock in self._stocks
            if stock.rule.covers(skills, channels) and self._serves(stock.rule, capability[3])
        )
        return Group(capability, self._seats, tuple(stocks), kind=self.kind)

    def _serves(self, rule: Reserve, guard: float) -> bool:
        return rule.queue is None or not self._guards.closes(rule.queue, guard)

    def _drop_empty(self) -> None:
        """Emptied groups are kept, as agents come back to them, but not for ever."""
        inhabited = {key: group for key, group in self._groups.items() if group.size}
        if len(self._groups) > 2 * len(inhabited) + _SPARE_GROUPS:
            self._groups = inhabited


def _capability(seat: Seat, agent: Agent) -> Capability:
    skills = tuple(sorted(agent.skills.items()))
    return skills, tuple(sorted(channels_of(agent))), seat.capacity, seat.guard
