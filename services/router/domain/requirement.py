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


Needs = tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """Who else may take a ticket that has waited for a while.

    after: seconds since it began to wait. ways: what an agent may have for it, all of the needs of
    one way; the most wanted first.
    """

    after: float
    ways: tuple[Needs, ...]


@dataclass(frozen=True, slots=True)
class Requirement:
    """All that decides who may take a ticket. Tickets with equal requirements form a class.

    needs: what holds however long the ticket waits; sorted, so that equal requirements compare
        equal.
    weight: how much of an agent's capacity the ticket takes.
    stages: by time; the first is after 0 seconds. Beside the needs an agent must meet a way of a
        stage that has begun: whoever could take the ticket before still can.
    """

    queue: str
    channel: str
    needs: Needs
    weight: float
    stages: tuple[Stage, ...] = ()

    @property
    def skills(self) -> Iterator[str]:
        """Those that a ticket calls for when it begins to wait."""
        yield from (need.skill for need in self.needs if need.hard)
        for stage in self.stages[:1]:
            yield from (need.skill for way in stage.ways for need in way)


def meets(skills: Skills, need: Need) -> bool:
    """Whether the skill is there, at the level asked for or above."""
    return skills.get(need.skill, 0) >= need.level
