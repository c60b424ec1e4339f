"""Records that nobody can read hold no card numbers either, whatever their bytes are."""

import json

import pytest

from cli.mask_score import Case, digits_left, read_attacks
from shared.privacy.raw import mask_raw
from tests.unit.test_mask_corpus import CORPORA

ATTACKS = [case for case in read_attacks(CORPORA / "attack.txt") if len(case.texts) == 1]
MAX_LEFT = 6


def leaking(case: Case, *, ascii_only: bool, torn: bool) -> bool:
    """Whether a card of the case is still in a record that has it in its text."""
    written = json.dumps({"data": {"text": case.texts[0], "n": 7}}, ensure_ascii=ascii_only)
    masked = mask_raw(written[:-2].encode() if torn else written.encode()).decode()
    left = digits_left(masked if torn else json.loads(masked)["data"]["text"])
    size = MAX_LEFT + 1
    parts = [number[at : at + size] for number in case.hidden for at in range(len(number) - 6)]
    return any(part in left for part in parts)


@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_that_is_no_event_of_ours_holds_no_card_and_stays_json(ascii_only: bool) -> None:
    assert [each for each in ATTACKS if leaking(each, ascii_only=ascii_only, torn=False)] == []


@pytest.mark.parametrize("ascii_only", [True, False])
def test_torn_json_holds_hardly_a_card(ascii_only: bool) -> None:
    missed = [each for each in ATTACKS if leaking(each, ascii_only=ascii_only, torn=True)]

    assert len(missed) <= len(ATTACKS) // 100


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hello",
        b"\xff\xfe4 1",
        b'{"id":123456789012345678,"at":1.50,"text":"\\u043a 12"}',
        b'"\\ud835"',
        b"[" * 100_000,
        b"[" * 900 + b"]" * 900,
        b'{"a":' * 1_020 + b'"\\u0434"' + b"}" * 1_020,
    ],
)
def test_what_has_no_card_stays_byte_for_byte(raw: bytes) -> None:
    assert mask_raw(raw) == raw


def test_bytes_that_are_no_text_lose_their_card_and_nothing_else() -> None:
    assert mask_raw(b"\xff 4111 1111 1111 1111 \xfe") == "\udcff [card …1111] \udcfe".encode(
        "utf-8", "surrogateescape"
    )


def test_a_card_escaped_in_deeply_nested_json_is_found() -> None:
    escaped = "".join(f"\\u{0x660 + int(digit):04x}" for digit in "5555555555554444")
    raw = b"[" * 1_000 + f'"\\u043a{escaped}"'.encode() + b"]" * 1_000

    assert b"4444]" in mask_raw(raw)
