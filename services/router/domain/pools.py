"""The agents of a desk, once for each kind of work that it tells apart."""

from collections.abc import Iterator, Mapping

from services.router.domain.pool import Pool
from services.router.domain.requirement import Requirement
from services.router.domain.rules import DeskRules
from services.router.domain.seat import Seat
from services.router.domain.work_kinds import WorkKinds


class Pools:
    """Everybody is in each of them, filed by what they have in hand as it counts there."""

    def __init__(self, seats: Mapping[str, Seat], rules: DeskRules) -> None:
        self._seats = seats
        self.kinds = WorkKinds(rules.interruptible)
        self._all = tuple(
            [Pool(seats, rules.reserves, rules.guards, kind=kind) for kind in self.kinds.all]
        )

    def __iter__(self) -> Iterator[Pool]:
        return iter(self._all)

    def seat(self, agent: str) -> Seat | None:
        return self._seats.get(agent)

    def of(self, requirement: Requirement) -> Pool:
        """The one in which such a ticket looks for an agent."""
        return self._all[self.kinds.of(requirement)]

    @property
    def size(self) -> int:
        """Agents of the desk."""
        return self._all[0].size

    @property
    def version(self) -> int:
        """Changes with the set of groups in any of them."""
        return sum([pool.version for pool in self._all])
