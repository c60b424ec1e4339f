"""Problem documents (RFC 9457): what was wrong with a request, and which fields."""

from http import HTTPStatus
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from services.ingest.errors import RETRY_AFTER_SECONDS, BadInput, Refused, Unauthenticated

MEDIA_TYPE: Final = "application/problem+json"


def refusal(error: Refused) -> Response:
    """The caller's mistake; sending the same again will not help."""
    fields = (
        [{"field": each.field, "message": each.message} for each in error.complaints]
        if isinstance(error, BadInput)
        else []
    )
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, Unauthenticated) else {}
    return problem(error.status, str(error), headers=headers, fields=fields)


def unavailable() -> Response:
    """Our doubt: nothing is promised, send it again."""
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "the message could not be made durable now; send it again",
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def too_many_attempts() -> Response:
    """Too many failed authentications from one address."""
    return problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "too many failed authentications",
        headers={"Retry-After": "1"},
    )


def problem(
    status: int,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    fields: list[dict[str, str]] | None = None,
) -> Response:
    """Any problem document. `fields` become the extension member `errors`."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
    }
    if fields:
        body["errors"] = fields
    return JSONResponse(body, status_code=status, headers=headers, media_type=MEDIA_TYPE)
