"""What ingest publishes is what the public schemas promise."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from services.ingest.channels import channels_of
from tests.fakes.ingest_doors import ACCOUNTS, IngestDoors, message

FULL: list[dict[str, Any]] = [
    message(
        subject="Deposit",
        customer="p-1",
        sender_name="Jonas",
        lang_hint="lt",
        in_reply_to="m-0",
        sent_at="2026-11-22T10:00:00+02:00",
        attachments=[{"name": "a.pdf", "media_type": "application/pdf", "size_bytes": 3}],
    ),
    {"kind": "edit", "message_id": "e", "sender": "u", "of": "m", "text": "again"},
    {"kind": "delete", "message_id": "d", "sender": "u", "of": "m"},
    {"kind": "left", "message_id": "l", "sender": "u"},
    {
        "kind": "transcript",
        "message_id": "t",
        "sender": "u",
        "turns": [{"by": "bot", "text": "Hi", "at": "2026-11-22T10:00:00Z"}],
    },
]


def schema_of(event: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = orjson.loads(
        Path(f"docs/schemas/{event['type']}.v1.json").read_bytes()
    )
    return schema


@pytest.mark.parametrize("body", FULL, ids=lambda body: str(body["kind"]))
async def test_every_kind_is_published_as_its_schema_says(body: dict[str, Any]) -> None:
    doors = IngestDoors()
    assert (await doors.post(body)).status_code == 202
    event = orjson.loads(doors.publisher.confirmed[0].value)
    Draft202012Validator(schema_of(event)).validate(event)
    assert event["id"] == event["correlation"] == f"in:form:website:{body['message_id']}"


async def test_the_openapi_document_describes_every_door_with_references_that_lead_somewhere() -> (
    None
):
    async with IngestDoors().client() as client:
        document = (await client.get("/openapi.json")).json()
    assert set(document["paths"]) == {each.door.path for each in channels_of(ACCOUNTS)}
    there = {
        f"#/components/{kind}/{name}"
        for kind, named in document["components"].items()
        for name in named
    }
    used = set(references(document))
    forms = ("FormMessage", "FormEdit", "FormDelete", "FormLeft", "FormTranscript")
    assert {f"#/components/schemas/{each}" for each in forms} <= used <= there


def test_the_openapi_document_in_the_tree_is_that_of_the_doors() -> None:
    kept = orjson.loads(Path("docs/openapi.json").read_bytes())
    assert kept == IngestDoors().app.openapi(), "run croupier contracts export"


def references(value: Any) -> Iterator[str]:
    match value:
        case dict():
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for inner in value.values():
                yield from references(inner)
        case list():
            for inner in value:
                yield from references(inner)
