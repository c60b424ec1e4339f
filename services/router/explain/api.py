"""`GET /v1/tickets/{id}/explain?agent=ID`: a ticket's story as JSON, for operators.

Closed unless a token is set; then it asks for `Authorization: Bearer <token>`. One token is that of
the role `confidential`; with the other there are no confidential tickets. Every answer that is no
explanation is a problem document (RFC 9457).
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.router.explain.handler import Explainer, UnknownTicket
from services.router.explain.readers import Role, Tokens
from shared.runtime.logging import get_logger
from shared.runtime.problems import problem
from shared.store.errors import StoreError

PATH: Final = "/v1/tickets/{ticket:path}/explain"
_LONGEST_ID: Final = 512


def explain_route(explainer: Explainer, tokens: Tokens, *, ready: Callable[[], bool]) -> Route:
    """tokens: what callers must show; without any nobody is answered. ready: whether the policy in
    force is known, which says what is confidential."""

    async def answer(request: Request) -> Response:
        if not tokens:
            return problem(HTTPStatus.FORBIDDEN, "closed: CROUPIER_ROUTER_EXPLAIN_TOKEN is not set")
        role = tokens.role_of(request.headers.get("authorization", ""))
        if role is None:
            headers = {"WWW-Authenticate": "Bearer"}
            return problem(HTTPStatus.UNAUTHORIZED, "a bearer token is needed", headers=headers)
        if not ready():
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, "the router is starting")
        return await _explained(explainer, request, role)

    return Route(PATH, answer, include_in_schema=False)


async def _explained(explainer: Explainer, request: Request, role: Role) -> Response:
    ticket, agent = request.path_params["ticket"], request.query_params.get("agent")
    if len(ticket) > _LONGEST_ID or len(agent or "") > _LONGEST_ID:
        return problem(HTTPStatus.BAD_REQUEST, f"ids have at most {_LONGEST_ID} characters")
    cleared = role is Role.CONFIDENTIAL
    try:
        told = await explainer.explain(ticket, agent=agent, cleared=cleared)
    except UnknownTicket as error:
        return problem(HTTPStatus.NOT_FOUND, str(error))
    except StoreError:
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, "the store does not answer now")
    if cleared:
        # a warning: it is to stay where somebody wants few lines
        get_logger().warning("explain.read", ticket=told.ticket, role=role.value)
    return Response(told.model_dump_json(), media_type="application/json")
