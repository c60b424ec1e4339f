"""What a desk tells its customers without asking."""

import math
from datetime import datetime

from services.router.domain.notices import Notice, Notices
from services.router.policy.opening import opening_hours
from services.router.policy.schema import DeskSection, NoticeSection, NoticesSection


def desk_notices(desk: DeskSection) -> Notices:
    given = {kind: getattr(desk.notices, kind) for kind in NoticesSection.model_fields}
    by_kind = {
        kind: tuple(_notice(each, desk) for each in notices)
        for kind, notices in given.items()
        if notices
    }
    return Notices(by_kind, opening_hours(desk) if by_kind else {})


def _notice(notice: NoticeSection, desk: DeskSection) -> Notice:
    return Notice(
        dict(notice.tell),
        desk.default_language,
        frozenset(notice.channels),
        frozenset(notice.queues),
        _epoch(notice.since, -math.inf),
        _epoch(notice.until, math.inf),
    )


def _epoch(at: datetime | None, otherwise: float) -> float:
    return otherwise if at is None else at.timestamp()
