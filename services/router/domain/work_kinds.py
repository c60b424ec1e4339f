"""Kinds of work, by what stands in its way: work that can be interrupted does not stand in the way
of work that cannot."""

from collections.abc import Collection
from typing import Final

from services.router.domain.requirement import Requirement

FIRM: Final = 0
"""Cannot be interrupted: dealt while what else cannot be leaves room, whatever lies beside."""

INTERRUPTIBLE: Final = 1
"""Lies aside while something else comes: dealt while all that an agent has leaves room."""


class WorkKinds:
    """interruptible: channels whose tickets can be interrupted. all: the kinds told apart."""

    __slots__ = ("_interruptible", "all")

    def __init__(self, interruptible: Collection[str] = ()) -> None:
        self._interruptible = frozenset(interruptible)
        self.all = (FIRM, INTERRUPTIBLE) if interruptible else (FIRM,)

    def of(self, requirement: Requirement) -> int:
        return INTERRUPTIBLE if requirement.channel in self._interruptible else FIRM


ALIKE: Final = WorkKinds()
"""No work can be interrupted."""
