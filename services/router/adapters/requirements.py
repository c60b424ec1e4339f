"""A requirement as one short string, as tickets carry it in the store.

`payments@telegram*0.5 lang.ru:3 payments:2 vip:1?` reads: queue payments, channel telegram, half a
slot; Russian at 3 and payments at 2 are needed, vip at 1 is welcome.
"""

from functools import lru_cache

from services.router.domain.requirement import Need, Requirement


@lru_cache(maxsize=65_536)
def pack(requirement: Requirement) -> str:
    """The string. None of its separators may stand in a name (a slug)."""
    needs = (f" {need.skill}:{need.level}{'' if need.hard else '?'}" for need in requirement.needs)
    head = f"{requirement.queue}@{requirement.channel}*{requirement.weight!r}"
    return head + "".join(needs)


@lru_cache(maxsize=65_536)  # a take-over decodes a million tickets of a few hundred classes
def unpack(packed: str) -> Requirement:
    """The requirement; equal strings give the same object. Raises ValueError."""
    head, *needs = packed.split(" ")
    queue, _, rest = head.partition("@")
    channel, _, weight = rest.rpartition("*")
    if not (queue and channel):
        raise ValueError(f"not a packed requirement: {packed!r}")
    return Requirement(queue, channel, tuple(map(_need, needs)), float(weight))


def _need(packed: str) -> Need:
    skill, _, level = packed.rpartition(":")
    return Need(skill, int(level.removesuffix("?")), hard=not level.endswith("?"))
