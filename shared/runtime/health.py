"""`/health/live`, `/health/ready` and `/metrics` for any service.

Live: the event loop turns. Ready: each named check says yes; else 503 with the names that do not,
such as `{"ready": false, "waiting_for": ["store"]}`. A service with an app of its own adds the
routes to it; one without serves `app_of(routes)`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from inspect import isawaitable
from typing import Final, TypeAlias

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from shared.runtime.logging import get_logger
from shared.runtime.metrics import Metrics

Check: TypeAlias = Callable[[], bool | Awaitable[bool]]

CHECK_SECONDS: Final = 2.0
"""A check that takes longer counts as a no."""


def health_routes(checks: Mapping[str, Check], metrics: Metrics) -> list[Route]:
    """The three routes. `checks` is read at each request, so names may be added later."""

    async def live(_request: Request) -> Response:
        return JSONResponse({"live": True})

    async def ready(_request: Request) -> Response:
        waiting_for = await not_ready(checks)
        body = {"ready": not waiting_for, "waiting_for": waiting_for}
        return JSONResponse(body, status_code=503 if waiting_for else 200)

    async def expose(_request: Request) -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/health/live", live, include_in_schema=False),
        Route("/health/ready", ready, include_in_schema=False),
        Route("/metrics", expose, include_in_schema=False),
    ]


def app_of(routes: Sequence[BaseRoute]) -> Starlette:
    """An app of nothing but these routes."""
    return Starlette(routes=routes)


async def not_ready(checks: Mapping[str, Check]) -> list[str]:
    """Names of the checks that say no, fail or take too long, in the order given."""
    names = list(checks)
    answers = await asyncio.gather(*(_passes(name, checks[name]) for name in names))
    return [name for name, passes in zip(names, answers, strict=True) if not passes]


async def _passes(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            answer = check()
            return await answer if isawaitable(answer) else answer
    except Exception as error:  # noqa: BLE001 - whatever a check raises, it did not say yes
        get_logger().warning("health.check_failed", check=name, error=type(error).__name__)
        return False
