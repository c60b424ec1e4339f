"""What a dump keeps of each event, and what it does not."""

from pathlib import Path

import orjson
import pytest

from cli.past import Past, dump, load
from cli.told_plainly import Trouble
from services.router.replay.log import INPUTS
from services.router.replay.redacting import Redactor
from shared.contracts import decode
from shared.messaging.records import Record

GOLDEN = Path(__file__).parents[1] / "contract/golden"
EVENTS = "support.events.v1"
REDACTOR = Redactor(b"a secret")


def record(sample: str, topic: str, offset: int = 0) -> Record:
    value = (GOLDEN / f"{sample}.json").read_bytes()
    return Record(topic, 0, offset, b"key", value, 1, (("traceparent", b"00"),))


ANNOUNCED = [record(f"{name}.v1", INPUTS[0]) for name in ("TicketOpened", "MessageAdded")]
ASKED = [
    record(f"{name}.v1", INPUTS[1])
    for name in (
        *("ReplyToTicket", "ReplyToTicket", "ResolveTicket", "ParkTicket", "TransferTicket"),
        *("EscalateTicket", "OpenTask"),
        *("DeclineTicket", "AgentProfileChanged", "AcceptTicket", "NotifierHeartbeat"),
    )
] + [record("SetAgentState.v1.break", INPUTS[1])]
TOLD = [
    record(f"TicketChanged.v1{kind}", EVENTS) for kind in ("", ".handed_on", ".profiled", ".tasks")
]
HIDDEN = {
    *("text", "message", "identity", "customer", "seen", "note", "reason", "name", "cause"),
    "correlation",
}


@pytest.mark.parametrize("given", [*ANNOUNCED, *ASKED, *TOLD])
def test_no_word_and_no_customer_of_an_event_is_kept(given: Record) -> None:
    kept = REDACTOR.redact(given)

    assert kept is not None
    assert (kept.key, kept.headers) == (None, ())
    assert decode(kept.value).type == decode(given.value).type
    secrets = strings_at(orjson.loads(given.value or b""))
    assert [secret for secret in secrets if secret.encode() in (kept.value or b"")] == []


def strings_at(value: object, *, hidden: bool = False) -> list[str]:
    """Strings of a sample under a name that is not for a dump."""
    if isinstance(value, dict):
        return [
            found
            for name, held in value.items()
            for found in strings_at(held, hidden=hidden or name in HIDDEN)
        ]
    if isinstance(value, list):
        return [found for held in value for found in strings_at(held, hidden=hidden)]
    return [value] if hidden and isinstance(value, str) else []


def test_names_are_the_same_within_a_dump_and_others_in_the_next() -> None:
    one, other = Redactor(b"one"), Redactor(b"other")

    assert one.redact(ANNOUNCED[0]) == one.redact(ANNOUNCED[0])
    assert one.redact(ANNOUNCED[0]) != other.redact(ANNOUNCED[0])


def test_what_nobody_could_read_stays_a_record_without_its_bytes() -> None:
    kept = REDACTOR.redact(Record(INPUTS[0], 2, 7, None, b"+370 612 34567", 1))

    assert kept == Record(INPUTS[0], 2, 7, None, b"{}", 1)


@pytest.mark.parametrize("sample", ["AgentChanged.v1"])
def test_what_no_replay_needs_is_left_out(sample: str) -> None:
    assert REDACTOR.redact(record(sample, EVENTS)) is None


@pytest.mark.parametrize("name", ["day.jsonl", "day.jsonl.gz"])
def test_a_dump_is_read_back(tmp_path: Path, name: str) -> None:
    turn = record("TurnRecorded.v1", EVENTS, 4)
    past = Past(4, 1_790_000_000.0, (turn, record("AgentChanged.v1", EVENTS)))

    assert dump(past, tmp_path / name) == 1

    read = load(tmp_path / name)
    assert (read.partitions, read.read_at) == (4, 1_790_000_000.0)
    [back] = read.records
    assert (back.topic, back.offset) == (EVENTS, 4)
    assert decode(back.value).data == decode(turn.value).data


def test_a_dump_that_was_cut_off_is_told_plainly(tmp_path: Path) -> None:
    whole, half = tmp_path / "whole.gz", tmp_path / "half.gz"
    dump(Past(4, 0.0, tuple(TOLD)), whole)
    half.write_bytes(whole.read_bytes()[:-20])

    with pytest.raises(Trouble, match="cannot be read"):
        load(half)
