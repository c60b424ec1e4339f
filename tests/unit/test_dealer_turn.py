"""One turn: what becomes of records that cannot be applied, and of those that do not fit."""

from dataclasses import replace

import pytest

from services.router.adapters.documents import ticket_from
from services.router.dealer.book import Book
from services.router.dealer.turn import Turn, understand
from services.router.ports import ShardState, StoredTicket, Trouble
from shared.contracts import decode
from shared.contracts.turn_recorded_v1 import TurnRecorded
from shared.messaging.partition import partition_of
from shared.messaging.records import Outgoing, Record, RecordTooLarge
from tests.fakes.feed import AGENTS, TICKETS
from tests.unit.dealer_driver import LIMITS, RULES, World, ticket_doc
from tests.unit.desk_driver import NOON

SHARDS = 12
HOME = partition_of(b"main", SHARDS)
STATE = ShardState(
    shard=HOME,
    epoch=3,
    seq=9,
    now=NOON,
    policy=7,
    partitions=SHARDS,
    offsets={TICKETS: 0, AGENTS: 0},
    marks={TICKETS: 1},
)


def turn(*stored: StoredTicket, state: ShardState = STATE, effects: int = 100) -> Turn:
    return Turn(
        state=state,
        now=NOON,
        book=Book([RULES], policy=7),
        policy=7,
        limits=replace(LIMITS, turn_effects=effects),
        fetched={each.ticket.id: each for each in stored},
    )


def stored(name: str, *, desk: str = "main") -> StoredTicket:
    return StoredTicket(desk, ticket_from(ticket_doc(name)))  # type: ignore[arg-type]


def apply(made: Turn, *records: Record) -> list[Outgoing]:
    made.apply(understand(records))
    return list(made.write().state.outbox)


def reason(letter: Outgoing) -> str:
    return dict(letter.headers)["reason"].decode()


def test_junk_becomes_a_dead_letter() -> None:
    letter, *_ = apply(turn(), World().junk())

    assert letter.topic == f"{AGENTS}.dealer.dlq"
    assert reason(letter).startswith("not JSON")


def test_a_channels_event_does_not_belong_here() -> None:
    world = World()
    record = world.hire("anna")
    channels = record.value.replace(b"AgentProfileChanged", b"CommandRejected")  # type: ignore[union-attr]

    letter, *_ = apply(turn(), record._replace(value=channels))
    assert letter.topic.endswith(".dlq")


def test_a_ticket_announced_and_not_stored_is_set_aside() -> None:
    letter, *_ = apply(turn(), World().wrote("t1"))

    assert reason(letter) == "ticket: announced, but not in the store"


def test_a_desk_of_no_policy_is_set_aside_not_passed_round_for_ever() -> None:
    nowhere = next(
        f"d{number}" for number in range(999) if partition_of(b"d%d" % number, SHARDS) == HOME
    )
    letter, *_ = apply(turn(), World().hire("anna", desk=nowhere))

    assert reason(letter) == f"desk: {nowhere} is in no policy"


def test_an_announcement_follows_its_ticket_to_the_desk_it_moved_to() -> None:
    there = _elsewhere()
    said, *_ = apply(turn(stored("t1", desk=there)), World().wrote("t1"))

    assert (said.topic, said.key) == (TICKETS, there.encode())
    event = decode(said.value)
    assert event.id == "e1"
    assert event.data.desk == there  # type: ignore[attr-defined]


def test_a_command_on_the_wrong_partition_is_passed_on_as_it_is() -> None:
    there = _elsewhere()
    record = World().hire("anna", desk=there)
    said, *_ = apply(turn(), record)

    assert (said.topic, said.key, said.value) == (AGENTS, there.encode(), record.value)


def test_a_repeated_announcement_has_no_effect() -> None:
    """Schedules 13 and 14."""
    world = World()
    made = turn(stored("t1"))
    records = [
        world.wrote("t1", offset=0),
        world.wrote("t1", offset=3),
        world.wrote("t1", offset=2),
    ]
    made.apply(understand(records))

    assert [step.on for _, step in made.outbox.steps()] == ["opened", "entry_added"]
    [write] = made.write().tickets
    assert (write.expected, write.ticket.entries) == (1, 2)


def test_a_full_turn_leaves_the_rest_and_says_how_far_it_came() -> None:
    world = World()
    records = [world.hire(name) for name in ("anna", "berta", "clara")]
    made = turn(effects=3)
    left = made.apply(understand(records))
    write = made.write()

    assert [each.record for each in left] == records[2:]
    assert made.applied == 2
    assert write.state.offsets == {TICKETS: 0, AGENTS: 2}
    assert write.state.marks == {TICKETS: 1, AGENTS: records[1].timestamp}
    assert (write.state.seq, write.state.epoch) == (10, 3)


def test_the_turns_record_names_what_was_applied_in_its_order() -> None:
    world = World()
    first, second, third = world.hire("anna"), world.wrote("t1"), world.hire("berta")
    *_, record = apply(turn(stored("t1")), first, second, third)
    told = decode(record.value).data

    assert isinstance(told, TurnRecorded)
    assert [(each.topic, each.first, each.last) for each in told.applied] == [
        (AGENTS, 0, 0),
        (TICKETS, 0, 0),
        (AGENTS, 1, 1),
    ]


def test_trouble_is_over_when_its_record_is_behind_us() -> None:
    pending = Trouble(TICKETS, 0, 2)
    state = replace(STATE, trouble=(pending, Trouble(AGENTS, 0, 1)))
    made = turn(state=state)
    made.apply(understand([World().hire("anna")]))

    assert made.write().state.trouble == (pending,)


def test_a_turn_of_nothing_changes_nothing() -> None:
    assert not turn().changed


def test_a_story_too_large_to_tell_is_refused_before_the_commit() -> None:
    world = World()
    made = turn(stored("t1"))
    entries = [world.wrote("t1", offset=offset) for offset in range(1, 4_000)]
    made.limits = replace(made.limits, turn_effects=10_000)
    made.apply(understand(entries))

    with pytest.raises(RecordTooLarge):
        made.write()


def _elsewhere() -> str:
    """A desk of another shard."""
    return next(
        f"d{number}" for number in range(999) if partition_of(b"d%d" % number, SHARDS) != HOME
    )
