"""How well an agent's skills suit a requirement."""

from services.router.domain.requirement import Requirement, Skills, meets


def surplus(skills: Skills, requirement: Requirement) -> int | None:
    """Skill levels the agent would leave unused on such a ticket; None: a hard need is not met.

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
