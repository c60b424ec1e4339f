"""What stands in front of the doors' app: it takes a webhook straight to its door, and turns away
what is too much at once, before any work is done for it.

A webhook's work is done in one go, up to waiting for the broker, and the loop does in one pass
whatever has arrived. When more comes than can be done, pass follows on pass and each is long; the
rest queues in the kernel, unseen, until every answer is too late. So when the loop did hardly
anything but passes for `BUSY_SECONDS`, a pass takes webhooks for as long as a pass should last.
The others are answered 503 with Retry-After, for a fraction of the cost, until as long a time had
pauses again. One long pass, or a crowd that came at once, refuses nobody who came with it.

Why the share of time: in a burst short passes come between the long ones, so their row proves
nothing (measured: half of them short, the share 0.95 to 1; with 64 callers who wait for their
answers 0.5, at 500 a second 0.25).

How many may wait for the broker is another matter (`Intake`): they cost no processor.

FastAPI has the document, the handshakes and everything else. Its routing of the same paths would
cost a webhook as much as verifying it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from services.ingest import problems
from services.ingest.channels.adapter import ChannelAdapter
from shared.runtime.clock import Clock
from shared.runtime.metrics import MESSAGES, Metrics

LONG_PASS: Final = 0.02
BUSY_SECONDS: Final = 0.25
BUSY_SHARE: Final = 0.85
"""Of the time: more of it in passes is a queue."""
LEAST: Final = 32
"""Webhooks taken in any pass: on a busy machine a pass may be over before it began."""

_ACCOUNT: Final = "{account}"


class Reception:
    """An ASGI app. rest: what answers all but webhooks. answer: `Doors.answer`."""

    def __init__(
        self,
        rest: ASGIApp,
        *,
        channels: Sequence[ChannelAdapter],
        answer: Callable[[ChannelAdapter, Request], Awaitable[Response]],
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._rest: Final = rest
        self._answer: Final = answer
        self._clock: Final = clock
        self._metrics: Final = metrics
        self._doors: Final = {_segments(each.door.path): each for each in channels}
        self._where: Final = {path.index(_ACCOUNT) for path in self._doors if _ACCOUNT in path}
        self._refusal: Final = problems.unavailable()
        self._pass_began: float | None = None
        self._pass_ended = 0.0
        self._counting_since = 0.0
        self._passes = 0
        self._in_passes = 0.0
        self._has_a_queue = False
        self._taken = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            return await self._rest(scope, receive, send)
        adapter, account = self._door(scope["path"])
        if adapter is None:
            return await self._rest(scope, receive, send)
        if self._is_too_much():
            self._metrics[MESSAGES].labels(channel=adapter.channel, outcome="unavailable").inc()
            return await self._refusal(scope, receive, send)
        scope["path_params"] = {"account": account}
        response = await self._answer(adapter, Request(scope, receive))
        return await response(scope, receive, send)

    def _is_too_much(self) -> bool:
        """Whether this webhook is to be refused."""
        now = self._clock.monotonic()
        if self._pass_began is None:
            self._pass_began = now
            if now - self._pass_ended > BUSY_SECONDS:  # nobody came in between
                self._has_a_queue = False
                self._count_from(now)
            # runs in the next pass, after all that is ready now
            asyncio.get_running_loop().call_soon(self._end_pass)
        is_full = self._taken >= LEAST and now - self._pass_began > LONG_PASS
        if self._has_a_queue and is_full:
            return True
        self._taken += 1
        return False

    def _end_pass(self) -> None:
        began, now = self._pass_began, self._clock.monotonic()
        assert began is not None
        self._pass_began, self._pass_ended, self._taken = None, now, 0
        self._passes += 1
        self._in_passes += now - began
        counted = now - self._counting_since
        if counted > BUSY_SECONDS and self._passes > 1:
            self._has_a_queue = self._in_passes > BUSY_SHARE * counted
            self._count_from(now)

    def _count_from(self, now: float) -> None:
        self._counting_since, self._passes, self._in_passes = now, 0, 0.0

    def _door(self, path: str) -> tuple[ChannelAdapter | None, str]:
        """The door at this path, and the account in it."""
        segments = _segments(path)
        if segments in self._doors:
            return self._doors[segments], ""
        for at in self._where:
            if at < len(segments) and segments[at]:
                door = self._doors.get((*segments[:at], _ACCOUNT, *segments[at + 1 :]))
                if door is not None:
                    return door, segments[at]
        return None, ""


def _segments(path: str) -> tuple[str, ...]:
    return tuple(path.split("/"))
