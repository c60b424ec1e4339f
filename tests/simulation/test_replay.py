"""What faulty runs recorded is done again, and the same comes of it."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from services.router.replay.comparing import Verdict, verify
from services.router.replay.recorded import Unplayable
from services.router.replay.redacting import Redactor
from shared.contracts import decode
from shared.contracts.desk_input import DeskInput
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.messaging.records import Record
from tests.simulation.past import log_of, records_of, rehearsal_of, replay_of

CALM = 0
"""A seed without a fault that loses a topic."""

EVENTS = TicketChanged.TOPIC


def verdicts(records: tuple[Record, ...]) -> list[Verdict]:
    log = log_of(records)
    return [verify(shard, log.turns(shard), replay_of(shard)) for shard in log.shards()]


def test_runs_under_faults_are_decided_the_same_again() -> None:
    found = [verdict for seed in range(12) for verdict in verdicts(records_of(seed))]

    assert [each.first for each in found if each.different] == []
    assert sum(each.same for each in found) > 100
    assert sum(each.turns for each in found) > 700


def test_re_reviews_are_among_them() -> None:
    told = [each for seed in range(12) for each in changes(records_of(seed))]
    assert any(step.on == "escalated" for change in told for step in change.steps)


def test_tickets_moved_and_opened_by_a_matter_are_among_them() -> None:
    told = [each for seed in range(12) for each in changes(records_of(seed))]
    steps = [step for change in told for step in change.steps]
    assert any(step.on == "matter_opened" for step in steps)
    assert any(step.on == "opened" and step.to_queue == "care" for step in steps)


def test_moves_between_desks_are_among_them() -> None:
    told = [each for seed in range(12) for each in changes(records_of(seed))]
    assert any(step.on == "arrived" for change in told for step in change.steps)


def changes(records: tuple[Record, ...]) -> list[TicketChanged]:
    told = (decode(record.value).data for record in records if record.topic == EVENTS)
    return [each for each in told if isinstance(each, TicketChanged)]


def test_shards_that_several_owners_had_are_among_them() -> None:
    had = [
        len({turn.told.epoch for turn in log.turns(shard)})
        for log in map(log_of, map(records_of, range(12)))
        for shard in log.shards()
        if verify(shard, log.turns(shard), replay_of(shard)).unplayable is None
    ]
    assert max(had) > 1


def test_without_words_and_customers_the_same_is_decided() -> None:
    redactor = Redactor(b"a secret")
    kept = tuple(filter(None, map(redactor.redact, records_of(CALM))))

    assert verdicts(kept) == verdicts(records_of(CALM))
    assert len(kept) < len(records_of(CALM))


def test_a_planted_difference_is_found_where_it_is() -> None:
    planted: list[str] = []

    def other_agent(event: dict[str, Any]) -> None:
        for step in event["data"].get("steps", ()):
            if step["on"] == "dealt" and not planted:
                planted.append(event["data"]["ticket"])
                step["agent"] = "nobody"

    bad = [each for each in verdicts(edited(records_of(CALM), EVENTS, other_agent)) if each.first]

    assert [each.different for each in bad] == [1]
    first = bad[0].first
    assert first is not None
    assert first.recorded is not None
    assert first.again is not None
    assert (first.recorded.ticket, first.recorded.agent) == (planted[0], "nobody")
    assert first.again.agent != "nobody"


def test_a_log_whose_beginning_has_aged_out_says_so() -> None:
    kept = [
        record
        for record in records_of(CALM)
        if not (record.topic == EVENTS and b'"seq":1,' in (record.value or b""))
    ]

    assert all("aged out" in (each.unplayable or "") for each in verdicts(tuple(kept)))


def test_an_input_that_has_aged_out_is_missed() -> None:
    kept = [
        record
        for record in records_of(CALM)
        if not (record.topic == DeskInput.TOPIC and record.offset == 0)
    ]

    says = [each.unplayable or "" for each in verdicts(tuple(kept))]

    assert any("record 0 of support.agents.v1 is not there any more" in each for each in says)


def test_turns_recorded_before_openings_were_are_not_guessed_at() -> None:
    def forget(event: dict[str, Any]) -> None:
        for step in event["data"].get("steps", ()):
            step.pop("opening", None)

    says = [each.unplayable or "" for each in verdicts(edited(records_of(CALM), EVENTS, forget))]

    assert any("recorded by a version of Croupier" in each for each in says)


def test_two_histories_of_a_shard_are_told_apart() -> None:
    def later(event: dict[str, Any]) -> None:
        if event["type"] == "TurnRecorded":
            event["data"]["now"] = "2031-01-01T00:00:00Z"

    records = records_of(CALM)

    with pytest.raises(Unplayable, match="two turns"):
        log_of((*records, *edited(records, EVENTS, later)))


def test_under_the_same_policy_a_rehearsal_deals_what_was_dealt() -> None:
    log = log_of(records_of(CALM))
    for shard in log.shards():
        rehearsal, turns = rehearsal_of(shard), list(log.turns(shard))

        assert [rehearsal.play(turn) for turn in turns] == [turn.deals() for turn in turns]


def edited(
    records: tuple[Record, ...], topic: str, edit: Callable[[dict[str, Any]], None]
) -> tuple[Record, ...]:
    """The records with the events of a topic changed."""

    def change(record: Record) -> Record:
        event = orjson.loads(record.value or b"")
        edit(event)
        return record._replace(value=orjson.dumps(event))

    return tuple(change(each) if each.topic == topic else each for each in records)
