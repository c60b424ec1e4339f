"""What a ticket asks for, in words."""

from collections.abc import Iterable

from services.router.domain.requirement import Need, Needs, Requirement, Skills, meets


def needed(requirement: Requirement, stage: int = 0) -> str:
    """`lang.ru 3, payments 2; and lang.lt 3, or by now lang.en 3`; `no skill in particular`."""
    hard = _all(need for need in requirement.needs if need.hard)
    begun = [way for each in requirement.stages[: stage + 1] for way in each.ways]
    ways = " or ".join(dict.fromkeys(filter(None, map(_all, begun))))
    return "; and ".join(filter(None, (hard, ways))) or "no skill in particular"


def lacking(skills: Skills, requirement: Requirement, stage: int) -> str:
    """What keeps an agent of these skills from the ticket: `payments 2 < 3, no lang.lt`."""
    unmet = [need for need in requirement.needs if need.hard and not meets(skills, need)]
    if unmet:
        return _unmet(skills, unmet)
    ways = [way for each in requirement.stages[: stage + 1] for way in each.ways]
    return " and ".join(
        _unmet(skills, [need for need in way if not meets(skills, need)]) for way in ways
    )


def _unmet(skills: Skills, needs: Iterable[Need]) -> str:
    return ", ".join(
        f"{need.skill} {skills[need.skill]} < {need.level}"
        if need.skill in skills
        else f"no {need.skill}"
        for need in needs
    )


def _all(needs: Iterable[Need] | Needs) -> str:
    return ", ".join(f"{need.skill} {need.level}" for need in needs)
