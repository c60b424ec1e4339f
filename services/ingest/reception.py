"""What stands in front of the doors' app: it takes a webhook straight to its door, and turns away
what is too much at once, before any work is done for it.

A webhook's work is done in one go, up to waiting for the broker. So when more come than can be done,
those in hand pile up behind the processor, and every one of them is answered too late. Above
`max_in_hand` the rest are answered 503 with Retry-After at once: that costs a fraction of taking
them, and those that are taken are still answered in time.

FastAPI has the document, the handshakes and everything else; its routing of the same paths would
cost a webhook as much as verifying it.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from services.ingest import problems
from services.ingest.channels.adapter import ChannelAdapter
from shared.runtime.metrics import MESSAGES, Metrics

_ACCOUNT: Final = "{account}"
_Segments = tuple[str, ...]


class Reception:
    """An ASGI app. rest: what answers all but webhooks. answer: `Doors.answer`.

    max_in_hand: webhooks that are being answered at once.
    """

    def __init__(
        self,
        rest: ASGIApp,
        *,
        channels: Sequence[ChannelAdapter],
        answer: Callable[[ChannelAdapter, Request], Awaitable[Response]],
        metrics: Metrics,
        max_in_hand: int,
    ) -> None:
        self._rest: Final = rest
        self._answer: Final = answer
        self._metrics: Final = metrics
        self._max_in_hand: Final = max_in_hand
        self._doors: Final = {_segments(each.door.path): each for each in channels}
        self._where: Final = {
            path.index(_ACCOUNT) for path in self._doors if _ACCOUNT in path
        }
        self._in_hand = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            return await self._rest(scope, receive, send)
        adapter, account = self._door(scope["path"])
        if adapter is None:
            return await self._rest(scope, receive, send)
        if self._in_hand >= self._max_in_hand:
            self._metrics[MESSAGES].labels(channel=adapter.channel, outcome="unavailable").inc()
            return await problems.unavailable()(scope, receive, send)
        scope["path_params"] = {"account": account}
        self._in_hand += 1
        try:
            response = await self._answer(adapter, Request(scope, receive))
        finally:
            self._in_hand -= 1
        return await response(scope, receive, send)

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


def _segments(path: str) -> _Segments:
    return tuple(path.split("/"))
