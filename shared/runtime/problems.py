"""Problem documents (RFC 9457): what was wrong with a request, and which fields."""

from http import HTTPStatus
from typing import Any, Final

from starlette.responses import JSONResponse, Response

MEDIA_TYPE: Final = "application/problem+json"


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
