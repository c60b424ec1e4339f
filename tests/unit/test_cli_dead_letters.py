"""A dead letter played again is the record it was."""

from cli.dead_letters import REPLAY_OF, DeadLetter, again
from shared.messaging.deadletter import dead_letter
from shared.messaging.records import Record


def letter_of(record: Record) -> DeadLetter:
    """As `sorter` would set it aside, and as it would be read."""
    out = dead_letter(record, group="sorter", reason="invalid: data.text: Field required")
    stored = Record(out.topic, 4, 17, out.key, out.value, 1_790_000_000_000, out.headers)
    return DeadLetter(stored, replayed=False)


RECORD = Record(
    "support.inbound.v1", 3, 99, b"form:web:me", b"{}", 0, (("producer", b"kiosk"), ("hop", b"1"))
)


def test_a_dead_letter_says_why_it_is_here_and_where_it_was() -> None:
    letter = letter_of(RECORD)
    assert letter.id == "support.inbound.v1.sorter.dlq/4/17"
    assert letter.reason == "invalid: data.text: Field required"
    assert letter.origin == "support.inbound.v1/3/99"


def test_it_is_published_as_it_was_and_names_the_letter() -> None:
    out = again(letter_of(RECORD))
    assert (out.topic, out.key, out.value) == (RECORD.topic, RECORD.key, RECORD.value)
    assert dict(out.headers) == {
        "producer": b"kiosk",
        REPLAY_OF: b"support.inbound.v1.sorter.dlq/4/17",
    }
