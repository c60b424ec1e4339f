"""The OpenAPI document tried against the doors by Schemathesis: whatever it lets a caller send, and
much that it does not, is answered as it says, and never with a 5xx."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import requests
import schemathesis
from hypothesis import settings
from schemathesis import Case
from schemathesis.checks import CHECKS, load_all_checks

from tests.fakes.ingest_doors import MAILGUN_KEY, VK_SECRETS, IngestDoors
from tests.fakes.knocks import KNOCKS
from tests.fakes.mail_posts import Posted, signed_by_mailgun
from tests.fakes.meta import VERIFY_TOKEN
from tests.fakes.twilio import sign

load_all_checks()
CONFORMS: Any = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)
GENUINE = {knock.path.split("/")[2]: knock for knock in KNOCKS}
"""By the second part of the path."""
EXAMPLES = 25

DOORS = IngestDoors()
STRANGERS = count()
schema = schemathesis.openapi.from_dict(DOORS.app.openapi())


@dataclass
class Sent:
    """A request as it goes on the wire."""

    method: str
    path: str
    body: bytes
    headers: Mapping[str, str]


def wire(case: Case[Any]) -> Sent:
    """As Schemathesis means it."""
    kwargs: dict[str, Any] = case.as_transport_kwargs(base_url="http://localhost")
    prepared = requests.Request(**{**kwargs, "cookies": None}).prepare()
    parts = urlsplit(prepared.url or "")
    body: Any = prepared.body or b""
    return Sent(
        method=case.method,
        path=f"{parts.path}{'?' if parts.query else ''}{parts.query}",
        body=body if isinstance(body, bytes) else body.encode(),
        headers={name: value for name, value in prepared.headers.items() if isinstance(value, str)},
    )


def to_an_account_of_ours(case: Case[Any]) -> str:
    """Aim it at an account that there is; the door's name."""
    door = str(case.operation.path).split("/")[2]
    knock = GENUINE["messages" if door == "messages" else door]
    if case.path_parameters:
        case.path_parameters["account"] = knock.path.split("/")[3]
    if isinstance(case.body, dict):
        if door == "vk":
            case.body = {**case.body, "secret": VK_SECRETS[0], "group_id": 203071234}
        if door == "mailgun":
            proof = signed_by_mailgun(Posted([]), token="a" * 50, key=MAILGUN_KEY)
            case.body = {**case.body, **{name: value.decode() for name, value in proof.fields}}
    if case.method == "GET" and door != "x":
        asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "42"}
        case.query = {**(case.query or {}), **asked}
    return door


def proven(sent: Sent, door: str) -> Sent:
    """The same under a genuine proof."""
    knock = GENUINE[door]
    if door == "twilio":
        params = dict(parse_qsl(sent.body.decode("utf-8", "replace"), keep_blank_values=True))
        proof: Mapping[str, str] = {
            "X-Twilio-Signature": sign(f"http://localhost{sent.path}", params)
        }
    else:
        proof = knock.prove(sent.body, knock.secret)
    added = {name.lower(): value for name, value in proof.items() if name != "Content-Type"}
    kept = {name: value for name, value in sent.headers.items() if name.lower() not in added}
    return Sent(sent.method, sent.path, sent.body, {**kept, **added})


async def answered(sent: Sent) -> httpx.Response:
    """By a stranger each time: who fails often is answered 429 for a while."""
    transport = httpx.ASGITransport(DOORS.app, client=(f"client-{next(STRANGERS)}", 1))
    async with httpx.AsyncClient(transport=transport) as client:
        return await client.request(
            sent.method,
            f"http://localhost{sent.path}",
            content=sent.body,
            headers={name.encode(): value.encode() for name, value in sent.headers.items()},
        )


def check(case: Case[Any], sent: Sent) -> int:
    answer = asyncio.run(answered(sent))
    assert answer.status_code < 500
    assert "Traceback" not in answer.text
    case.validate_response(answer, checks=CONFORMS)
    return answer.status_code


SEEN: dict[str, set[int]] = {}


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None)
def test_every_answer_is_one_that_the_document_declares(case: Case[Any]) -> None:
    status = check(case, wire(case))
    if case.method != case.operation.method.upper():
        return  # a method that the door does not have
    statuses = SEEN.setdefault(case.operation.label, set())
    statuses.add(status)
    door = to_an_account_of_ours(case)
    statuses.add(check(case, proven(wire(case), door)))


def test_the_proofs_were_taken() -> None:
    """Else the above would have tried nothing but a wrong key."""
    if len(SEEN) < len(list(schema.get_all_operations())):  # with -k, say
        pytest.skip("only after all of the above")
    for operation, statuses in SEEN.items():
        assert {200, 202, 400, 422} & statuses, operation
    assert 202 in SEEN["POST /v1/messages"]
