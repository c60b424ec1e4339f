"""Whatever arrives, decode() gives an event or InvalidEvent, whose message quotes nothing."""

import json
import re
import traceback
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from shared.contracts import CONTRACTS, Contract, InvalidEvent, decode
from shared.contracts.base import MAX_RECORD_BYTES
from shared.contracts.export.schemas import event_schema, stem
from tests.property.wire_strategies import texts

GOLDEN = Path(__file__).parents[1] / "contract" / "golden"
MESSAGE = json.loads((GOLDEN / "MessageReceived.v1.form.json").read_bytes())
PROFILE = json.loads((GOLDEN / "AgentProfileChanged.v1.json").read_bytes())
CANARY = "zq9canary"
CANARY_NUMBER = 4111111111111111

NAMES_A_PLACE = re.compile(
    r"not JSON: .+ at byte \d+"
    r"|a record has at most \d+ bytes, this one \d+"
    r"|an event is a JSON object with .+"
    r"|type and version name no event we know; .+"
    r"|[a-z_*][a-z_.*\d]*: .+",
    re.DOTALL,
)
VALIDATORS = {contract.TYPE: Draft202012Validator(event_schema(contract)) for contract in CONTRACTS}

any_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts.map(lambda text: CANARY + text)
    | st.just(CANARY_NUMBER),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(texts.map(lambda name: CANARY + name), inner, max_size=3)
    ),
    max_leaves=5,
)


def refusal(raw: bytes | None) -> str:
    """Why these bytes are no event; fails when they are one, or when anything else is raised."""
    with pytest.raises(InvalidEvent) as caught:
        decode(raw)
    why = str(caught.value)
    assert NAMES_A_PLACE.fullmatch(why), why
    assert len(why) < 4_000
    shown = "".join(traceback.format_exception(caught.value))
    assert CANARY not in shown
    assert str(CANARY_NUMBER) not in shown
    return why


def changed(sample: dict[str, Any], **data: Any) -> bytes:
    return json.dumps({**sample, "data": {**sample["data"], **data}}).encode()


def nested(depth: int, *, opening: str = "[", closing: str = "]") -> bytes:
    return (opening * depth + "1" + closing * depth).encode()


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (None, "empty document at byte 0"),
        (b"", "empty document at byte 0"),
        (b"\x00", "at byte 0"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b"\xff\xfe{\x00}\x00", "not valid UTF-8"),
        (b'{"id": "\xc3\x28"}', "not valid UTF-8"),
        ('{"id": "привет"}'.encode("cp1251"), "not valid UTF-8"),
        (b'{"id": "\xed\xa0\x80"}', "not valid UTF-8"),
        (b'{"id": "\\ud83d"}', "at byte"),
        (b'{"id": "\\udc00\\ud83d"}', "at byte"),
        (b'{"id": "a\x00b"}', "control character in string at byte"),
        (b'{"id": NaN}', "at byte 7"),
        (b'{"id": -Infinity}', "at byte"),
        (b'{"id": 1e999}', "at byte"),
        (b'{"id": 01}', "at byte"),
        (b'{"id": 1,}', "at byte"),
        (b"{'id': 1}", "at byte 1"),
        (b'{"id": 1} {"id": 2}', "at byte"),
        (nested(10_000), "depth limit exceeded at byte"),
        (nested(10_000, opening='{"a":', closing="}"), "depth limit exceeded at byte"),
        (b"[" * 10_000, "depth limit exceeded at byte"),
        (b"1" * 100_000, "at byte"),
        (b"null", "an event is a JSON object"),
        (b'"MessageReceived"', "an event is a JSON object"),
        (b"[]", "an event is a JSON object"),
        (b"{}", "type and version"),
        (b'{"type": ["MessageReceived"], "version": 1}', "type and version"),
        (b'{"type": {"a": {}}, "version": {}}', "type and version"),
        (b'{"type": "MessageReceived", "version": 184467440737095516160}', "type and version"),
        (b'{"type": "MessageReceived", "version": 1}', "id: Field required; at: Field required"),
        (b" " * (MAX_RECORD_BYTES + 1), "a record has at most 262144 bytes, this one 262145"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_bytes_that_are_no_event_are_refused_with_their_place(raw: bytes | None, why: str) -> None:
    assert why in refusal(raw)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", None),
        ("text", [CANARY]),
        ("text", CANARY_NUMBER),
        ("text", CANARY * 8_000),
        ("channel", f"Tele gram {CANARY}"),
        ("account", f"a:{CANARY}"),
        ("account", f"a\x00{CANARY}"),
        ("sender", ""),
        ("sender", f"{CANARY}\r\nBcc: all"),
        ("message_id", f"{CANARY}\x00"),
        ("message_id", CANARY_NUMBER),
        ("sent_at", f"{CANARY}"),
        ("sent_at", CANARY_NUMBER),
        ("sent_at", str(CANARY_NUMBER)),
        ("sent_at", "2026-03-14T18:22:06"),
        ("sent_at", "2026-02-30T18:22:06Z"),
        ("sent_at", "0001-01-01T00:00:00+14:00"),
        ("sent_at", "9999-12-31T23:59:59-12:00"),
        ("lang_hint", CANARY),
        ("attachments", {CANARY: 1}),
        ("attachments", [{"size_bytes": -1}]),
        ("attachments", [{"size_bytes": 2**63}]),
        ("attachments", [{"size_bytes": 2**200}]),
        ("attachments", [{"size_bytes": 1.5}]),
        ("attachments", [{"size_bytes": True}]),
        ("attachments", [{"size_bytes": "12"}]),
        ("attachments", [{}] * 33),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_wrong_field_of_a_message_is_named(field: str, value: Any) -> None:
    assert refusal(changed(MESSAGE, **{field: value})).startswith(f"data.{field}")


def test_a_version_from_the_future_is_refused_as_unknown() -> None:
    assert "type and version" in refusal(json.dumps({**MESSAGE, "version": 2}).encode())


def test_true_is_not_version_one() -> None:
    assert refusal(json.dumps({**MESSAGE, "version": True}).encode()).startswith("version: ")


def test_a_key_of_a_mapping_is_a_value_and_is_not_quoted() -> None:
    assert "data.skills.*" in refusal(changed(PROFILE, skills={f"{CANARY} ": 9}))
    assert "data.skills.*" in refusal(changed(PROFILE, skills={str(CANARY_NUMBER): 9}))


def test_a_thousand_wrong_fields_make_a_short_message() -> None:
    why = refusal(changed(PROFILE, skills={f"skill-{number}": 0 for number in range(1_000)}))
    assert why.endswith("; and 992 more")


def test_nesting_that_orjson_reads_but_the_models_do_not_is_refused() -> None:
    extra = orjson.loads(nested(500))
    assert "recursion limit" in refusal(changed(MESSAGE, future=extra))


def test_a_repeated_field_counts_as_it_stood_last() -> None:
    raw = json.dumps(MESSAGE).encode()
    assert decode(b'{"type": "TicketOpened", "id": 7, ' + raw[1:]) == decode(raw)


def test_nul_and_unpaired_direction_marks_in_a_text_are_the_customers_words() -> None:
    text = "a\x00b\u202e\u2066"
    assert decode(changed(MESSAGE, text=text)).data.model_dump()["text"] == text


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.v1.json")), ids=lambda path: path.stem)
def test_every_event_cut_short_is_refused_with_the_byte(path: Path) -> None:
    raw = orjson.dumps(json.loads(path.read_bytes()))
    for end in range(len(raw)):
        assert refusal(raw[:end]).startswith("not JSON: ")


@given(raw=st.binary(max_size=200))
def test_any_bytes_are_refused(raw: bytes) -> None:
    refusal(raw)


@given(value=any_json)
def test_any_json_is_refused(value: Any) -> None:
    refusal(json.dumps(value).encode())


@given(data=st.data())
@settings(max_examples=300)
def test_a_flipped_byte_is_survived(data: st.DataObject) -> None:
    raw = bytearray(orjson.dumps(MESSAGE))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(raw))
    except InvalidEvent as error:
        assert NAMES_A_PLACE.fullmatch(str(error))  # noqa: PT017  (either outcome is right)


@pytest.mark.parametrize("contract", CONTRACTS, ids=stem)
@settings(max_examples=60)
@given(data=st.data())
def test_a_wrong_value_anywhere_is_refused_unless_the_schema_allows_it(
    contract: type[Contract], data: st.DataObject
) -> None:
    event = json.loads((GOLDEN / f"{stem(contract)}.json").read_bytes())
    part = data.draw(st.sampled_from([event, event["data"]]))
    part[data.draw(st.sampled_from(sorted(part)))] = data.draw(any_json)
    raw = json.dumps(event).encode()
    if event.get("type") != contract.TYPE or not VALIDATORS[contract.TYPE].is_valid(event):
        refusal(raw)
        return
    try:
        decode(raw)
    except InvalidEvent:
        refusal(raw)  # what a schema cannot say: that a time exists, that 1.0 is no integer
