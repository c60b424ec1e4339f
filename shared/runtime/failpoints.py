"""Named places where a process can be made to die or freeze, for fault tests.

`CROUPIER_FAILPOINT="sorter.after_insert=kill:3"` kills the process (SIGKILL, no clean-up) at the
third hit of that point; `=stop` freezes it (SIGSTOP) at the first, until somebody sends SIGCONT.
Several are separated by commas. Unset, a hit is one look-up in an empty dict.
"""

import os
import signal
from dataclasses import dataclass
from typing import Final

POINTS: Final = frozenset(
    {
        "ingest.before_publish",  # verified and parsed, nothing sent
        "ingest.after_publish",  # the broker has it, the provider has no answer yet
        "courier.before_call",  # the store knows of the attempt, the provider does not
        "courier.after_call",  # the provider answered, the store does not know
        "sorter.before_insert",  # decided, nothing stored
        "sorter.inside_insert",  # ticket inserted, message not yet, transaction open
        "sorter.after_insert",  # stored, the desk does not know
        "sorter.after_announce",  # announced, offsets not committed
        "sorter.before_commit",  # done some time ago, the broker still does not know
        "dealer.after_bump",  # the shard is ours, nothing loaded
        "dealer.before_commit",  # a turn is applied in memory only
        "dealer.inside_commit",  # the transaction is open
        "dealer.after_commit",  # committed, outbox not published
        "dealer.after_publish",  # outbox published, the next turn has not begun
        "notifier.before_publish",  # a command came, the broker does not have it
        "notifier.after_publish",  # the broker has it, the agent has no ack
        "notifier.mid_push",  # some sockets have the card, others not
    }
)

_SIGNALS: Final = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


@dataclass(slots=True)
class Armed:
    """What a point does, and in how many hits."""

    signal: signal.Signals
    hits_left: int


_armed: dict[str, Armed] = {}


def arm(spec: str) -> None:
    """Arm the points of `spec` and disarm all others. Raises ValueError as `parse` does."""
    armed = parse(spec)
    _armed.clear()
    _armed.update(armed)


def hit(point: str) -> None:
    """Pass the point; at the armed hit the process is killed or stopped right here."""
    if point in _armed:
        _trip(_armed[point])


def parse(spec: str) -> dict[str, Armed]:
    """Read `point=action[:hit],…`. Raises ValueError naming what is wrong and what is known."""
    return dict(_parse_one(part.strip()) for part in spec.split(",") if part.strip())


def _parse_one(part: str) -> tuple[str, Armed]:
    point, _, rest = part.partition("=")
    action, _, hits = rest.partition(":")
    if point not in POINTS:
        raise ValueError(f"no failpoint {point!r}; there are {', '.join(sorted(POINTS))}")
    if action not in _SIGNALS:
        raise ValueError(f"failpoint {point}: the action is kill or stop, not {action!r}")
    if hits and not (hits.isdecimal() and int(hits) > 0):
        raise ValueError(f"failpoint {point}: which hit is a number from 1, not {hits!r}")
    return point, Armed(_SIGNALS[action], int(hits or 1))


def _trip(armed: Armed) -> None:
    armed.hits_left -= 1
    if armed.hits_left == 0:
        os.kill(os.getpid(), armed.signal)
