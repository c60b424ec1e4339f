"""How well an agent's skills suit a requirement."""

from typing import NamedTuple

from services.router.domain.requirement import Requirement, Skills, meets


class Fit(NamedTuple):
    """The smaller fits the better.

    stage, way: the first of the requirement that the agent meets. surplus: skill levels they would
    leave unused, see `surplus`.
    """

    stage: int
    way: int
    surplus: int


def fit(skills: Skills, requirement: Requirement, stage: int) -> Fit | None:
    """How an agent fits a ticket that is at a stage; None: not at all."""
    unused = surplus(skills, requirement)
    if unused is None or not requirement.stages:
        return unused if unused is None else Fit(0, 0, unused)
    for number, each in enumerate(requirement.stages[: stage + 1]):
        for way, needs in enumerate(each.ways):
            if all(meets(skills, need) for need in needs):
                return Fit(number, way, unused - sum(need.level for need in needs))
    return None


def surplus(skills: Skills, requirement: Requirement) -> int | None:
    """Skill levels that what always holds leaves unused; None: a hard need is not met.

    The smallest surplus fits best, so the only Lithuanian speaker is not spent on a ticket that
    any Russian speaker can take. A soft need that is met counts in the agent's favour, one that
    is not met costs nothing.
    """
    unused = sum(skills.values())
    for need in requirement.needs:
        if not meets(skills, need):
            if need.hard:
                return None
            continue
        unused -= need.level if need.hard else skills[need.skill] + need.level
    return unused
