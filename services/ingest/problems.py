"""The problem documents of the doors."""

from http import HTTPStatus

from starlette.responses import Response

from services.ingest.errors import RETRY_AFTER_SECONDS, BadInput, Refused, Unauthenticated
from shared.runtime.problems import problem


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
