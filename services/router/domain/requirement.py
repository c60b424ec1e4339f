"""What a ticket needs and what an agent can do."""

from collections.abc import Iterator
from dataclasses import dataclass

Skills = dict[str, int]
"""skill -> level 1..5. A language is a skill named `lang.xx`."""


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """One skill at a level. A hard need must be met; a soft one only makes a better fit."""

    skill: str
    level: int = 1
    hard: bool = True


@dataclass(frozen=True, slots=True)
class Requirement:
    """All that decides who may take a ticket. Tickets with equal requirements form a class.

    needs: sorted, so that equal requirements compare equal.
    weight: how much of an agent's capacity the ticket takes.
    """

    queue: str
    channel: str
    needs: tuple[Need, ...]
    weight: float

    @property
    def skills(self) -> Iterator[str]:
        """Those that the ticket cannot do without when it begins to wait."""
        return (need.skill for need in self.needs if need.hard)


def meets(skills: Skills, need: Need) -> bool:
    """Whether the skill is there, at the level asked for or above."""
    return skills.get(need.skill, 0) >= need.level
