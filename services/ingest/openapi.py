"""What the OpenAPI document says of each door: every answer it may give, and who may knock.

The document is served at /openapi.json and kept in docs/openapi.json; a test tries it against the
doors. It says no more of a provider's body than that it is an object: that is the provider's.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fastapi import FastAPI

from services.ingest.channels.adapter import BASIC, BEARER, JSON, Door
from shared.runtime.problems import MEDIA_TYPE as PROBLEM

_SECONDS: Final = {"type": "integer", "minimum": 1}
_RETRY_AFTER: Final = {
    "Retry-After": {"description": "seconds", "required": True, "schema": _SECONDS}
}
_CHALLENGE: Final = {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}
_HTTP_SCHEMES: Final = {BEARER: "bearer", BASIC: "basic"}

_PROBLEMS: Final[Mapping[int, tuple[str, Mapping[str, Any]]]] = {
    400: ("the body cannot be read, or is beyond a limit of depth, keys or sizes", {}),
    401: ("wrong key, secret or signature", _CHALLENGE),
    408: ("the body did not arrive in time", {}),
    413: ("the body, or the event that it makes, is too large", {}),
    415: ("a content type or encoding that is not taken", {}),
    422: ("fields are wrong: `errors` names them", {}),
    429: ("too many wrong keys, secrets or signatures from this address", _RETRY_AFTER),
    503: ("not durable: send it again after Retry-After seconds", _RETRY_AFTER),
}
_TO_A_GREETING: Final = (401, 422, 429, 503)

_SCHEMAS: Final[Mapping[str, Any]] = {
    "Accepted": {
        "type": "object",
        "description": "Ids of the events; empty for what is none to us.",
        "properties": {"accepted": {"type": "array", "items": {"type": "string"}}},
        "required": ["accepted"],
    },
    "Problem": {
        "type": "object",
        "description": "RFC 9457.",
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {"type": "array", "items": {"$ref": "#/components/schemas/WrongField"}},
        },
        "required": ["type", "title", "status", "detail"],
    },
    "WrongField": {
        "type": "object",
        "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
        "required": ["field", "message"],
    },
}


class Api(FastAPI):
    """`definitions` join the schemas of the OpenAPI document, `schemes` its security schemes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.definitions: dict[str, Any] = dict(_SCHEMAS)
        self.schemes: dict[str, Any] = {}

    def add_door(self, door: Door) -> None:
        """What its routes refer to."""
        self.definitions.update((door.schema or {}).get("$defs", {}))
        for scheme in _schemes(door):
            self.schemes[scheme] = _scheme(scheme)

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        components = document.setdefault("components", {})
        components.setdefault("schemas", {}).update(self.definitions)
        components["responses"] = {str(status): _problem(status) for status in _PROBLEMS}
        components["securitySchemes"] = self.schemes
        return document


def receiving(door: Door) -> dict[str, Any]:
    """The operation of a door's POST."""
    schema = {**(door.schema or {"type": "object"})}
    schema.pop("$defs", None)
    body = {"required": True, "content": {media: {"schema": schema} for media in door.media}}
    success = _success(door.answers, {"$ref": "#/components/schemas/Accepted"})
    operation: dict[str, Any] = {
        "parameters": _account(door),
        "requestBody": body,
        "responses": {str(door.status): success, **_problems(_PROBLEMS)},
    }
    if door.proofs:
        operation["security"] = [{scheme: [] for scheme in each} for each in door.proofs]
    return operation


def greeting(door: Door) -> dict[str, Any]:
    """The operation of a door's GET, where it greets."""
    assert door.greeting is not None
    asked = [
        {"name": name, "in": "query", "required": True, "schema": {"type": "string"}}
        for name in door.greeting.asks
    ]
    success = _success((door.greeting.answers,), {"type": "object"})
    return {
        "parameters": [*_account(door), *asked],
        "responses": {"200": success, **_problems(_TO_A_GREETING)},
    }


def _account(door: Door) -> list[dict[str, Any]]:
    if "{account}" not in door.path:
        return []
    described = "Its name in the accounts file."
    schema = {"type": "string", "description": described}
    return [{"name": "account", "in": "path", "required": True, "schema": schema}]


def _success(medias: Iterable[str], json: Mapping[str, Any]) -> dict[str, Any]:
    content = {media: {"schema": json if media == JSON else {"type": "string"}} for media in medias}
    return {"description": "durable, or none of ours", "content": content}


def _problems(statuses: Iterable[int]) -> dict[str, Any]:
    return {str(each): {"$ref": f"#/components/responses/{each}"} for each in statuses}


def _problem(status: int) -> dict[str, Any]:
    description, headers = _PROBLEMS[status]
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": description, "headers": headers, "content": content}


def _schemes(door: Door) -> Iterable[str]:
    return [scheme for each in door.proofs for scheme in each]


def _scheme(name: str) -> dict[str, str]:
    if name in _HTTP_SCHEMES:
        return {"type": "http", "scheme": _HTTP_SCHEMES[name]}
    return {"type": "apiKey", "in": "header", "name": name}
