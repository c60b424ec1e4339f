"""A requirement as one short string, as tickets carry it in the store.

`payments@telegram*0.5 lang.ru:3 payments:2 vip:1?` reads: queue payments, channel telegram, half a
slot; Russian at 3 and payments at 2 are needed, vip at 1 is welcome.

Stages follow, each with the seconds after which it begins, and its ways: `vip:1 >0.0 lang.lt:3
>60.0 lang.ru:3 | lang.en:3` reads: vip always; Lithuanian at first, Russian or English, too, after
a minute.
"""

from functools import lru_cache

from services.router.domain.requirement import Need, Needs, Requirement, Stage


@lru_cache(maxsize=65_536)
def pack(requirement: Requirement) -> str:
    """The string. None of its separators may stand in a name (a slug)."""
    head = f"{requirement.queue}@{requirement.channel}*{requirement.weight!r}"
    stages = (
        f" >{stage.after!r}{' |'.join(map(_pack, stage.ways))}" for stage in requirement.stages
    )
    return head + _pack(requirement.needs) + "".join(stages)


@lru_cache(maxsize=65_536)  # a take-over decodes a million tickets of a few hundred classes
def unpack(packed: str) -> Requirement:
    """The requirement; equal strings give the same object. Raises ValueError."""
    always, *stages = packed.split(" >")
    head, *needs = always.split(" ")
    queue, _, rest = head.partition("@")
    channel, _, weight = rest.rpartition("*")
    if not (queue and channel):
        raise ValueError(f"not a packed requirement: {packed!r}")
    return Requirement(
        queue, channel, tuple(map(_need, needs)), float(weight), tuple(map(_stage, stages))
    )


def _pack(needs: Needs) -> str:
    return "".join(f" {need.skill}:{need.level}{'' if need.hard else '?'}" for need in needs)


def _stage(packed: str) -> Stage:
    begin, *others = packed.split(" |")
    after, *way = begin.split(" ")
    ways = [way, *(other.split(" ")[1:] for other in others)]
    return Stage(float(after), tuple(tuple(map(_need, needs)) for needs in ways))


def _need(packed: str) -> Need:
    skill, _, level = packed.rpartition(":")
    return Need(skill, int(level.removesuffix("?")), hard=not level.endswith("?"))
