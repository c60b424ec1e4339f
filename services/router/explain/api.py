"""`GET /v1/tickets/{id}/explain?agent=ID`: a ticket's story as JSON, for operators.

Closed unless a token is set; then it asks for `Authorization: Bearer <token>`. Every answer that is
no explanation is a problem document (RFC 9457).
"""

from hmac import compare_digest
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.router.explain.handler import Explainer, UnknownTicket
from shared.store.errors import StoreError

PATH: Final = "/v1/tickets/{ticket:path}/explain"
MEDIA_TYPE: Final = "application/problem+json"
_LONGEST_ID: Final = 512


def explain_route(explainer: Explainer, token: str | None) -> Route:
    """token: what callers must show; None or empty: nobody is answered."""

    async def answer(request: Request) -> Response:
        if not token:
            return problem(HTTPStatus.FORBIDDEN, "closed: CROUPIER_ROUTER_EXPLAIN_TOKEN is not set")
        if not _shows(request, token):
            return problem(HTTPStatus.UNAUTHORIZED, "a bearer token is needed")
        return await _explained(explainer, request)

    return Route(PATH, answer, include_in_schema=False)


async def _explained(explainer: Explainer, request: Request) -> Response:
    ticket, agent = request.path_params["ticket"], request.query_params.get("agent")
    if len(ticket) > _LONGEST_ID or len(agent or "") > _LONGEST_ID:
        return problem(HTTPStatus.BAD_REQUEST, f"ids have at most {_LONGEST_ID} characters")
    try:
        told = await explainer.explain(ticket, agent=agent)
    except UnknownTicket as error:
        return problem(HTTPStatus.NOT_FOUND, str(error))
    except StoreError:
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, "the store does not answer now")
    return Response(told.model_dump_json(), media_type="application/json")


def problem(status: HTTPStatus, detail: str) -> Response:
    """A problem document."""
    headers = {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else None
    body = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    return JSONResponse(body, status_code=status, headers=headers, media_type=MEDIA_TYPE)


def _shows(request: Request, token: str) -> bool:
    """Compared as bytes, in a time that tells nothing of the token; a header is Latin-1."""
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    same = compare_digest(shown.strip().encode("latin-1"), token.encode())
    return same and scheme.lower() == "bearer"
