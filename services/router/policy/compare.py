"""What a policy means for each kind of ticket, and what another one would change."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import product
from typing import Final, NamedTuple

from services.router.domain.clocks import ClockRule
from services.router.domain.ladder import Rung
from services.router.domain.notices import Notice, Notices
from services.router.domain.picks import PickLimit
from services.router.domain.protection import Protection
from services.router.domain.requirement import Need, Needs, Stage
from services.router.domain.reserve import Reserve
from services.router.domain.shifts import Guards
from services.router.domain.treatment import Kind, Treatment
from services.router.policy.duration import as_written
from services.router.policy.hours import in_words
from services.router.policy.policy import Policy
from shared.runtime.clock import utc

OTHER: Final = "(other)"
"""Stands for every topic a desk does not list."""

_ANY: Final = "*"


class Change(NamedTuple):
    """A difference. of: desk, or desk and kinds of tickets. what: the field. "" where absent."""

    of: str
    what: str
    before: str
    after: str


def kinds(policy: Policy, desk: str) -> Iterator[Kind]:
    """Every kind of ticket the desk tells apart."""
    section = policy.by_desk[desk].section
    for topic, lang, channel, tier, urgent in product(
        (*section.topics, OTHER), section.languages, policy.channels, policy.tiers, (False, True)
    ):
        yield Kind(topic, lang, channel, tier, urgent)


def differences(old: Policy, new: Policy) -> list[Change]:
    """All of them, the old policy's order first."""
    changes: list[Change] = []
    for desk in dict.fromkeys((*old.desks(), *new.desks())):
        if desk not in old.by_desk or desk not in new.by_desk:
            there = "there" if desk in old.by_desk else ""
            changes.append(Change(desk, "desk", there, "" if there else "there"))
            continue
        changes += _rules(old, new, desk)
        changes += _treatments(old, new, desk)
    return changes


def described(treatment: Treatment) -> dict[str, str]:
    """A treatment in words, by field."""
    requirement = treatment.requirement
    stages, following = requirement.stages, treatment.next_seconds
    at_first = (*requirement.needs, *(stages[0].ways[0] if stages else ()))
    return {
        "queue": treatment.queue,
        "priority": str(treatment.priority),
        "target": as_written(treatment.target_seconds),
        "next target": "" if following is None else as_written(following),
        "clocks": "; ".join(map(_clock, treatment.clocks)),
        "hours": in_words(treatment.hours),
        "language": _needs(at_first, _is_language),
        "needs": _needs(at_first, lambda need: need.hard and not _is_language(need)),
        "prefers": _needs(at_first, lambda need: not need.hard and not _is_language(need)),
        "later": "; ".join(map(_stage, stages[1:])),
        "weight": f"{requirement.weight:g}",
    }


def _clock(rule: ClockRule) -> str:
    """`card_dispute 15d, warned 2d before`"""
    warned = f", warned {as_written(rule.warn_seconds)} before" if rule.warn_seconds else ""
    return f"{rule.name} {as_written(rule.seconds)}{warned}"


def _stage(stage: Stage) -> str:
    """`after 2m lang.en 3, payments 2 or lang.ru 3, payments 2`"""
    ways = (_needs(way, lambda need: need.hard) or "nothing more" for way in stage.ways)
    return f"after {as_written(stage.after)} {' or '.join(ways)}"


def _needs(needs: Needs, which: Callable[[Need], bool]) -> str:
    return ", ".join(f"{need.skill} {need.level}" for need in needs if which(need))


def _is_language(need: Need) -> bool:
    return need.skill.startswith("lang.")


def _rules(old: Policy, new: Policy, desk: str) -> Iterator[Change]:
    before, after = old.rules_for(desk), new.rules_for(desk)
    for each in fields(before):
        was, is_now = getattr(before, each.name), getattr(after, each.name)
        if each.name not in {"version", "treat", "elsewhere"} and was != is_now:
            yield Change(desk, each.name, _said(was), _said(is_now))


def _said(value: object) -> str:
    match value:
        case frozenset() | set():
            said = ", ".join(sorted(map(str, value)))
        case PickLimit():
            said = f"{value.most} per {as_written(value.seconds)}"
        case tuple():
            said = ", ".join(map(_said, value))
        case Protection():
            said = _protection(value)
        case Rung():
            said = _rung(value)
        case Notices():
            said = _notices(value)
        case Reserve():
            said = f"{value.name} {value.slots}"
        case Guards():
            own = (f"{queue} {as_written(each)}" for queue, each in value.by_queue.items())
            said = ", ".join((as_written(value.seconds), *own))
        case Mapping():
            said = ", ".join(f"{key} {_said(each)}" for key, each in value.items())
        case float():
            said = f"{value:g}"
        case _:
            said = str(value)
    return said


def _protection(value: Protection) -> str:
    kept = "confidential, " if value.confidential else ""
    told = f", {_texts(value.replies)}" if value.replies else ""
    return f"{kept}paged after {as_written(value.page_seconds)}{told}"


def _notices(value: Notices) -> str:
    """`received of form, mail: en: We have it.`; not the hours, which are told of each kind."""
    return "; ".join(
        f"{kind}{_whose(notice)}: {_texts(notice.texts)}"
        for kind, notices in value.by_kind.items()
        for notice in notices
    )


def _whose(notice: Notice) -> str:
    times = (("since", notice.since), ("until", notice.until))
    told = [f" {word} {utc(at):%Y-%m-%d %H:%M}Z" for word, at in times if math.isfinite(at)]
    these = sorted(notice.channels) + sorted(notice.queues)
    return (f" of {', '.join(these)}" if these else "") + "".join(told)


def _rung(value: Rung) -> str:
    done = (
        (value.page and f"page {value.page}")
        or (value.desk and f"move on to {value.queue or 'its queue'} at {value.desk}")
        or (value.queue and f"move on to {value.queue}")
        or f"tell {_texts(value.texts)}"
    )
    return f"after {as_written(value.after)} {done}"


def _texts(texts: Mapping[str, str]) -> str:
    return ", ".join(f"{lang}: {text}" for lang, text in texts.items())


def _treatments(old: Policy, new: Policy, desk: str) -> Iterator[Change]:
    """Equal changes of many kinds are told once."""
    found: dict[tuple[str, str, str], list[Kind]] = defaultdict(list)
    mine = dict.fromkeys((*kinds(old, desk), *kinds(new, desk)))
    for kind in mine:
        before = described(old.by_desk[desk].treat(kind))
        after = described(new.by_desk[desk].treat(kind))
        for field, was in before.items():
            if was != after[field]:
                found[field, was, after[field]].append(kind)
    for (field, was, is_now), these in found.items():
        for words in _in_words(these, tuple(mine)):
            yield Change(f"{desk}: {words}", field, was, is_now)


def _in_words(some: Sequence[Kind], every: Sequence[Kind]) -> Iterator[str]:
    """`withdrawal * telegram vip`: sets of kinds as products, `*` where all values are meant."""
    if len(some) == len(set(some)) == _size_of_product(some):
        yield " ".join(
            _values(some, every, part) for part in range(Kind._fields.index("urgent"))
        ) + _urgency(some)
        return
    part = next(number for number in range(len(Kind._fields)) if len(_column(some, number)) > 1)
    for value in _column(some, part):
        yield from _in_words([kind for kind in some if kind[part] == value], every)


def _size_of_product(some: Sequence[Kind]) -> int:
    size = 1
    for part in range(len(Kind._fields)):
        size *= len(_column(some, part))
    return size


def _values(some: Sequence[Kind], every: Sequence[Kind], part: int) -> str:
    mine, all_of_them = _column(some, part), _column(every, part)
    return _ANY if len(mine) == len(all_of_them) else ",".join(map(str, mine))


def _urgency(some: Sequence[Kind]) -> str:
    urgent = _column(some, Kind._fields.index("urgent"))
    return "" if len(urgent) > 1 else " urgent" if urgent[0] else " not urgent"


def _column(some: Sequence[Kind], part: int) -> list[str | bool]:
    return list(dict.fromkeys(kind[part] for kind in some))
