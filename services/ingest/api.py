"""The HTTP doors: verify, parse, accept, answer.

2xx follows the broker's acknowledgement. 4xx is the caller's mistake, as a problem document that
names the field. 503 with Retry-After is every doubt of ours: a provider that reads 4xx drops the
message. Duplicates are answered 2xx; they meet again in the sorter, by their ids.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeAlias

import orjson
from fastapi import Request
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from services.ingest import problems
from services.ingest.body import read_bytes
from services.ingest.channels import CHANNELS
from services.ingest.channels.adapter import JSON, Answer, ChannelAdapter, RawRequest
from services.ingest.errors import BadInput, Refused, Unauthenticated, Unavailable
from services.ingest.happening import Happening
from services.ingest.intake import Intake
from services.ingest.limits import Buckets
from services.ingest.openapi import Api, greeting, receiving
from shared.contracts.provider_status_v1 import ProviderStatus
from shared.runtime.clock import Clock, utc
from shared.runtime.logging import get_logger
from shared.runtime.metrics import MESSAGES, Metrics
from shared.runtime.problems import problem

FAILED_AUTH_PER_SECOND: Final = 10.0
_READ_IN_THREAD_BYTES: Final = 256 * 1024

Answering: TypeAlias = Callable[[ChannelAdapter, Request], Awaitable[Response]]


class Doors:
    """Answers the requests of every channel."""

    def __init__(
        self,
        *,
        intake: Intake,
        clock: Clock,
        metrics: Metrics,
        body_seconds: float,
        public_url: str = "http://localhost",
    ) -> None:
        self._intake: Final = intake
        self._public_url: Final = public_url.rstrip("/")
        self._clock: Final = clock
        self._metrics: Final = metrics
        self._body_seconds: Final = body_seconds
        self._failed_auth: Final = Buckets(
            rate=FAILED_AUTH_PER_SECOND, burst=FAILED_AUTH_PER_SECOND
        )

    async def answer(self, adapter: ChannelAdapter, request: Request) -> Response:
        """The answer to one webhook request: never an error of ours other than 503."""
        try:
            outcome, response = await self._take(adapter, request)
        except ClientDisconnect:
            outcome, response = "refused", Response(status_code=499)  # nobody reads it
        except Unauthenticated as error:
            outcome, response = "unauthenticated", self._unauthenticated(error, request)
        except Refused as error:
            outcome, response = "refused", problems.refusal(error)
        except ValidationError as error:
            outcome, response = "refused", problems.refusal(BadInput.of(error))
        except Unavailable:
            outcome, response = "unavailable", problems.unavailable()
        except Exception:  # noqa: BLE001
            # Not a 500: it may be our bug, and a provider that reads 503 keeps the message.
            get_logger().exception("ingest.unexplained", channel=adapter.channel)
            outcome, response = "unavailable", problems.unavailable()
        self._metrics[MESSAGES].labels(channel=adapter.channel, outcome=outcome).inc()
        return response

    async def _take(self, adapter: ChannelAdapter, request: Request) -> tuple[str, Response]:
        door = adapter.door
        if request.method == "GET":
            return "greeted", _written(adapter.greet(self._raw(request, b"")))
        body = await read_bytes(
            request, media=door.media, limit=door.body_bytes, seconds=self._body_seconds
        )
        raw = self._raw(request, body)
        if len(body) <= _READ_IN_THREAD_BYTES:
            account, events = _understood(adapter, raw)
        else:
            # decoding megabytes would hold up every other door
            account, events = await asyncio.to_thread(_understood, adapter, raw)
        accepted = [event.entry_id for event in events]
        if events:
            await self._intake.accept(events)
        own = adapter.answer(raw, account)
        response = (
            Response(orjson.dumps({"accepted": accepted}), door.status, media_type=JSON)
            if own is None
            else _written(own)
        )
        return _outcome(events), response

    def _raw(self, request: Request, body: bytes) -> RawRequest:
        # as on the wire: signatures are made over it, and it may be no UTF-8
        scope = request.scope
        query = scope["query_string"].decode("latin-1")
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        return RawRequest(
            account=request.path_params.get("account", ""),
            headers=request.headers,
            body=body,
            received_at=utc(self._clock.now()),
            query=query,
            url=f"{self._public_url}{path}{'?' if query else ''}{query}",
        )

    def _unauthenticated(self, error: Unauthenticated, request: Request) -> Response:
        # Only failures take from the bucket, so a valid key is never turned away.
        address = request.client.host if request.client is not None else ""
        if self._failed_auth.take(address, now=self._clock.monotonic()):
            return problems.refusal(error)
        return problems.too_many_attempts()


def build_api(channels: Sequence[ChannelAdapter], answer: Answering) -> Api:
    """The app with one route per channel. answer: `Doors.answer`."""
    app = Api(title="Croupier ingest", version="1", docs_url=None, redoc_url=None)
    app.add_exception_handler(HTTPException, _http_problem)
    for adapter in channels:
        door = adapter.door
        app.add_door(door)
        app.add_api_route(
            door.path,
            _endpoint(answer, adapter, f"receive_{adapter.channel}"),
            methods=["POST"],
            summary=door.summary,
            status_code=door.status,
            response_class=Response,
            response_model=None,
            openapi_extra=receiving(door),
        )
        if door.greeting is not None:
            app.add_api_route(
                door.path,
                _endpoint(answer, adapter, f"greet_{adapter.channel}"),
                methods=["GET"],
                summary=f"{door.summary}: handshake",
                response_class=Response,
                response_model=None,
                openapi_extra=greeting(door),
            )
    return app


def api_document() -> dict[str, Any]:
    """The OpenAPI document, without accounts: it does not depend on them."""

    async def never(_adapter: ChannelAdapter, _request: Request) -> Response:
        raise NotImplementedError

    return build_api([each({}) for each in CHANNELS], never).openapi()


def _endpoint(
    answer: Answering, adapter: ChannelAdapter, name: str
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await answer(adapter, request)

    endpoint.__name__ = name  # the operation's id in OpenAPI
    return endpoint


def _understood(adapter: ChannelAdapter, raw: RawRequest) -> tuple[str, Sequence[Happening]]:
    """The account it is for, and what happened."""
    account = adapter.verify(raw)
    return account, adapter.parse(raw, account)


def _outcome(events: Sequence[Happening]) -> str:
    if not events:
        return "ignored"
    return "status" if all(isinstance(each, ProviderStatus) for each in events) else "accepted"


def _written(answer: Answer) -> Response:
    return Response(answer.body, status_code=answer.status, media_type=answer.media_type)


async def _http_problem(_request: Request, error: Exception) -> Response:
    """Unknown paths and methods, in the form of our other problems."""
    assert isinstance(error, HTTPException)
    return problem(error.status_code, error.detail, headers=dict(error.headers or {}))
