"""`GET /v1/status/{token}`: a small page for people, JSON for programs; the conversation as a text;
and how it was."""

from hashlib import blake2b
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import BaseRoute, Route

from services.ingest import problems
from services.ingest.body import read_bytes
from services.ingest.channels.adapter import FORM, JSON
from services.ingest.errors import BadInput, NotAForm, Refused, Unavailable
from services.ingest.intake import Intake
from services.ingest.json_body import load_object
from services.ingest.lobby.status.page import page, transcript
from services.ingest.lobby.status.ports import StatusStore
from services.ingest.lobby.status.standing import Standing, Standings
from shared.contracts.announcement import Rating
from shared.contracts.base import Text
from shared.contracts.customer_rated_v1 import CustomerRated
from shared.contracts.identity import Identity
from shared.privacy.status_link import PATH, StatusLinks
from shared.runtime.clock import Clock, utc
from shared.runtime.problems import problem
from shared.store.errors import StoreError

_BODY_BYTES: Final = 64 * 1024
_BODY_SECONDS: Final = 10.0
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


class Said(BaseModel):
    """What a customer says of how it was."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    score: Rating
    comment: Text = Field("", repr=False)


class NotAsked(Refused):
    """There is nothing to be rated."""

    status = 409


class StatusDoor:
    """links: which addresses are ours."""

    def __init__(
        self,
        *,
        links: StatusLinks,
        standings: Standings,
        store: StatusStore,
        intake: Intake,
        clock: Clock,
    ) -> None:
        self._links: Final = links
        self._standings: Final = standings
        self._store: Final = store
        self._intake: Final = intake
        self._clock: Final = clock

    def routes(self) -> tuple[BaseRoute, ...]:
        return (
            Route(f"{PATH}/{{token}}", self._status),
            Route(f"{PATH}/{{token}}/transcript", self._transcript),
            Route(f"{PATH}/{{token}}/rating", self._rate, methods=["POST"]),
        )

    async def _status(self, request: Request) -> Response:
        standing = await self._standing(request)
        if not isinstance(standing, Standing):
            return standing
        if _wants_page(request):
            html = page(standing, address=request.url.path, rated="rated" in request.query_params)
            return HTMLResponse(html, headers=_HEADERS)
        return JSONResponse(_as_json(standing), headers=_HEADERS)

    async def _transcript(self, request: Request) -> Response:
        standing = await self._standing(request)
        if not isinstance(standing, Standing):
            return standing
        try:
            said = await self._store.conversation(self._ticket_of(request) or "")
        except StoreError:
            return problems.unavailable()
        return PlainTextResponse(transcript(standing.ticket.lang, said), headers=_HEADERS)

    async def _rate(self, request: Request) -> Response:
        standing = await self._standing(request)
        if not isinstance(standing, Standing):
            return standing
        try:
            rated = _rated(standing, await _read(request), at=self._clock.now())
            await self._intake.accept([rated])
        except Refused as error:
            return problems.refusal(error)
        except Unavailable:
            return problems.unavailable()
        if _wants_page(request):
            back = request.url.path.removesuffix("/rating")
            return RedirectResponse(f"{back}?rated", HTTPStatus.SEE_OTHER, headers=_HEADERS)
        return JSONResponse({"accepted": [rated.entry_id]}, HTTPStatus.ACCEPTED, headers=_HEADERS)

    async def _standing(self, request: Request) -> Standing | Response:
        """Of the ticket that the address is for, or the answer that there is none."""
        ticket = self._ticket_of(request)
        try:
            standing = None if ticket is None else await self._standings.of(ticket)
        except StoreError:
            return problems.unavailable()
        return standing or problem(HTTPStatus.NOT_FOUND, "there is no such request")

    def _ticket_of(self, request: Request) -> str | None:
        return self._links.ticket_of(request.path_params["token"])


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


async def _read(request: Request) -> Said:
    """Raises Refused."""
    body = await read_bytes(request, media=(JSON, FORM), limit=_BODY_BYTES, seconds=_BODY_SECONDS)
    is_json = request.headers.get("content-type", "").startswith(JSON)
    try:
        return Said.model_validate(load_object(body) if is_json else _form(body))
    except ValidationError as error:
        raise BadInput.of(error) from None


def _form(body: bytes) -> dict[str, Any]:
    try:
        form = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:
        raise NotAForm("too many fields") from None
    fields: dict[str, Any] = {name: values[0] for name, values in form.items()}
    score = fields.get("score", "")
    return fields | ({"score": int(score)} if score in {"1", "2", "3", "4", "5"} else {})


def _rated(standing: Standing, said: Said, *, at: float) -> CustomerRated:
    """The same said again is the same event, by its id. Raises NotAsked."""
    if not standing.may_rate:
        raise NotAsked("nobody asked how it was, or it is not over")
    ticket = standing.ticket
    identity = Identity.parse(ticket.identity)
    what = blake2b(f"{said.score}:{said.comment}".encode(), digest_size=6).hexdigest()
    return CustomerRated(
        channel=identity.channel,
        account=identity.account,
        sender=identity.sender,
        message_id=f"rating:{ticket.id}:{ticket.assignment}:{what}",
        sent_at=utc(at),
        score=said.score,
        comment=said.comment,
    )


def _as_json(standing: Standing) -> dict[str, Any]:
    """Docs/status.md has it. What is not known, or not to be told, is not there."""
    prospect, told = standing.prospect, standing.notices
    shown: dict[str, Any] = {
        "state": standing.state,
        "opened_at": _iso(standing.ticket.opened_at),
        "notices": [
            {"at": _iso(each.at), "notice": each.notice, "text": each.text} for each in told
        ],
        "may_rate": standing.may_rate,
    }
    if prospect.position is not None:
        shown["position"] = prospect.position
    if prospect.wait is not None:
        shown["wait_seconds"] = {
            name: round(value) for name, value in prospect.wait._asdict().items()
        }
    return shown


def _iso(at: float) -> str:
    return utc(at).isoformat().replace("+00:00", "Z")
