"""A ticket's step, as its dealer says it on the wire: see shared/contracts/ticket_changed_v1.py."""

from services.router.domain.clocks import Clock
from services.router.domain.effects import (
    Brought,
    Handing,
    Joining,
    Opening,
    Profiling,
    TicketStepped,
    Timing,
)
from shared.runtime.clock import utc


def said(place: int, stepped: TicketStepped) -> dict[str, object]:
    """The fields of `Step`. place: its place among the steps of all tickets in the turn."""
    step: dict[str, object] = {
        "n": place,
        "on": stepped.on,
        "to_state": stepped.after.value,
        "at": utc(stepped.at),
    }
    if stepped.before is not None:
        step["from_state"] = stepped.before.value
    if stepped.agent is not None:
        step["agent"] = stepped.agent
    if stepped.assignment is not None:
        step["assignment"] = stepped.assignment
    if stepped.handing is not None:
        step |= _handing(stepped.handing)
    if stepped.who is not None:
        step["who"] = stepped.who
    if stepped.score is not None:
        step["score"] = stepped.score
    if stepped.profiling is not None:
        step |= _profiling(stepped.profiling)
    if stepped.joining is not None:
        step |= _joining(stepped.joining)
    if stepped.timing is not None:
        step |= _timing(stepped.timing)
    if stepped.opening is not None:
        step["opening"] = _opening(stepped.opening)
        if stepped.opening.brought is not None:
            step["from_desk"] = stepped.opening.brought.desk
    if stepped.decision is not None:
        step["decision"] = stepped.decision.as_dict()
    return step


def _handing(handing: Handing) -> dict[str, object]:
    given = handing._asdict() | {"until": None if handing.until is None else utc(handing.until)}
    return {name: value for name, value in given.items() if value is not None}


def _joining(joining: Joining) -> dict[str, object]:
    other, from_due_at, due_at = joining
    if from_due_at is None or due_at is None:
        return {"other": other}
    return {"other": other, "from_due_at": utc(from_due_at), "due_at": utc(due_at)}


def _timing(timing: Timing) -> dict[str, object]:
    told: dict[str, object] = {"due_at": utc(timing.due_at)}
    if timing.from_due_at is not None:
        told["from_due_at"] = utc(timing.from_due_at)
    if timing.clock:
        told["clock"] = timing.clock
    return told


def _opening(opening: Opening) -> dict[str, object]:
    told: dict[str, object] = opening._asdict()
    del told["queued_at"], told["brought"]
    if opening.brought is not None:
        told["brought"] = _brought(opening.brought)
    return told | {
        "opened_at": utc(opening.opened_at),
        "waits_from": utc(opening.queued_at),
        "seen": [{"partition": part, "offset": offset} for part, offset in opening.seen],
    }


def _brought(brought: Brought) -> dict[str, object]:
    told: dict[str, object] = brought._asdict()
    del told["desk"]
    if not brought.queue:
        del told["queue"]
    return told | {"clocks": [_clock(each) for each in brought.clocks]}


def _clock(clock: Clock) -> dict[str, object]:
    told: dict[str, object] = clock._asdict() | {
        "due_at": utc(clock.due_at),
        "warn_at": utc(clock.warn_at) if clock.warn_at else None,
        "held_from": utc(clock.held_from) if clock.held_from else None,
        "of": clock.of or None,
    }
    return {name: held for name, held in told.items() if held is not None}


def _profiling(profiling: Profiling) -> dict[str, object]:
    dates = {"from_due_at": utc(profiling.from_due_at), "due_at": utc(profiling.due_at)}
    return profiling._asdict() | dates
