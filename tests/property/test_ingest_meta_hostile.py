"""Whatever comes under Meta's signature: an answer, never a 5xx of ours, no event that breaks its
contract, and no message lost for what stands beside it."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.message_received_v1 import MessageReceived
from tests.fakes.ingest_doors import IngestDoors
from tests.fakes.meta import HEADER, PATHS, deliver, loaded, names, signature

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    | st.sampled_from(["", "\0", "4111111111111111", "9" * 40, "1e400"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=8,
)


def outcome(path: str, body: bytes, **headers: str) -> tuple[int, IngestDoors]:
    async def ask() -> tuple[int, IngestDoors]:
        doors = IngestDoors()
        answer = await deliver(doors, body, path, **headers)
        return answer.status_code, doors

    return asyncio.run(ask())


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Of every value within."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, each in inner:
        found.append((*path, key))
        if isinstance(each, dict | list):
            found += places(each, (*path, key))
    return found


def replaced(value: Any, place: tuple[Any, ...], by: Any) -> Any:
    copy = json.loads(json.dumps(value))
    inner = copy
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = by
    return copy


@pytest.mark.parametrize("door", PATHS)
@given(body=st.binary(max_size=60) | json_values.map(lambda each: json.dumps(each).encode()))
def test_any_signed_bytes_are_answered_and_are_no_event(door: str, body: bytes) -> None:
    status, doors = outcome(PATHS[door], body)
    assert status in (200, 400)
    assert doors.publisher.confirmed == []


@pytest.mark.parametrize("door", PATHS)
@given(body=st.binary(max_size=60), claimed=st.text(st.characters(max_codepoint=255), max_size=80))
def test_any_other_signature_is_refused(door: str, body: bytes, claimed: str) -> None:
    if claimed.strip() == signature(body):
        return
    raw: Any = claimed.encode("latin-1").replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")
    status, doors = outcome(PATHS[door], body, **{HEADER: raw})
    assert status in (401, 429)
    assert doors.publisher.confirmed == []


@pytest.mark.parametrize("door", PATHS)
@given(data=st.data())
def test_one_part_of_a_sample_of_any_shape_is_answered(door: str, data: st.DataObject) -> None:
    body = loaded(data.draw(st.sampled_from(names(door)), label="sample"))
    place = data.draw(st.sampled_from(places(body)), label="place")
    value = data.draw(json_values, label="value")
    changed = replaced(body, place, value)
    status, doors = outcome(PATHS[door], json.dumps(changed).encode())
    assert status == 200
    for event in doors.publisher.events:  # decoding holds each against its contract
        assert event.data.key.startswith(f"{door}:lucky_")


@given(data=st.data())
def test_an_item_of_any_shape_loses_no_item_beside_it(data: st.DataObject) -> None:
    body = loaded("whatsapp_batch")
    messages = body["entry"][0]["changes"][0]["value"]["messages"]
    place = data.draw(st.sampled_from(places(messages[0])), label="place")
    messages[0] = replaced(messages[0], place, data.draw(json_values, label="value"))
    _, doors = outcome(PATHS["whatsapp"], json.dumps(body).encode())
    texts = [each.data.text for each in doors.publisher.events if _is_message(each.data)]  # type: ignore[attr-defined]
    assert texts[-2:] == ["second", "third"]


def _is_message(data: object) -> bool:
    return isinstance(data, MessageReceived)
