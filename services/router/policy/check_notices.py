"""Whether what customers are told reaches somebody, in their language."""

from collections.abc import Iterator, Sequence

from services.router.policy.faults import Fault, text_faults, unknown
from services.router.policy.opening import opening_hours
from services.router.policy.schema import (
    DeskSection,
    NoticeSection,
    NoticesSection,
    PolicyFile,
)
from services.router.policy.source import Path


def notice_faults(file: PolicyFile, desk: DeskSection, here: Path) -> Iterator[Fault]:
    for kind in NoticesSection.model_fields:
        notices: list[NoticeSection] = getattr(desk.notices, kind)
        for index, notice in enumerate(notices):
            path: Path = (*here, "notices", kind, index)
            yield from _notice(file, desk, notice, path)
            yield from _hidden(notices[:index], notice, path)
    yield from _closed(desk, (*here, "notices", "closed"))
    yield from _reminders(desk, (*here, "notices"))
    yield from _rating(desk, (*here, "notices", "rate"))


def _notice(
    file: PolicyFile, desk: DeskSection, notice: NoticeSection, here: Path
) -> Iterator[Fault]:
    for index, channel in enumerate(notice.channels):
        path: Path = (*here, "channels", index)
        yield from unknown(path, channel, file.channels, "channel", "channels")
    for index, name in enumerate(notice.queues):
        path = (*here, "queues", index)
        yield from unknown(path, name, desk.queues, "queue", "queues")
        if name in desk.queues and desk.queues[name].confidential:
            says = f"{name} is confidential: its customers are told nothing, remove it here"
            yield path, says
    if notice.since is not None and notice.until is not None and notice.since >= notice.until:
        yield (*here, "until"), "not after `since`: nobody would ever be told"
    yield from text_faults(desk, notice.tell, (*here, "tell"))


def _hidden(before: Sequence[NoticeSection], notice: NoticeSection, here: Path) -> Iterator[Fault]:
    """One that another before it always comes first of."""
    if any(_covers(each, notice) for each in before):
        yield here, "one before it is for all of these tickets: put this one first, or remove it"


def _covers(first: NoticeSection, other: NoticeSection) -> bool:
    always = first.since is None and first.until is None
    return always and all(
        not these or (those and {*those} <= {*these})
        for these, those in ((first.channels, other.channels), (first.queues, other.queues))
    )


def _closed(desk: DeskSection, here: Path) -> Iterator[Fault]:
    """hours that cannot be made are told of elsewhere."""
    if not desk.notices.closed:
        return
    closing = opening_hours(desk)
    if not closing:
        yield here, "this desk is open around the clock: give it `hours`, or remove this"
    for index, notice in enumerate(desk.notices.closed):
        for place, name in enumerate(notice.queues):
            if closing and name in desk.queues and name not in closing:
                path: Path = (*here, index, "queues", place)
                yield path, f"{name} is open around the clock: give it `hours`, or remove it here"


def _reminders(desk: DeskSection, here: Path) -> Iterator[Fault]:
    for kind, field in (("reminded", "nudge"), ("lapsed", "resolve")):
        if getattr(desk.notices, kind) and getattr(desk.waiting, field) is None:
            says = f"this never comes: give `waiting.{field}` a time, or remove this"
            yield (*here, kind), says


def _rating(desk: DeskSection, here: Path) -> Iterator[Fault]:
    """Nobody in trouble is asked how they liked it."""
    for index, notice in enumerate(desk.notices.rate):
        for place, name in enumerate(notice.queues):
            if name in desk.queues and desk.queues[name].protected:
                path: Path = (*here, index, "queues", place)
                yield path, f"{name} is protected: its customers are not asked, remove it here"
