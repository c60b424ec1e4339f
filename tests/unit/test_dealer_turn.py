"""One turn: what becomes of records that cannot be applied, and of those that do not fit."""

from dataclasses import replace

import pytest

from services.router.adapters.documents import ticket_from
from services.router.dealer.book import Book
from services.router.dealer.turn import Turn, understand
from services.router.domain.events import EntryAdded
from services.router.domain.rules import Elsewhere
from services.router.ports import ShardState, StoredTicket, Trouble
from shared.contracts import Contract, decode
from shared.contracts.ticket_moved_v1 import TicketMoved
from shared.contracts.transfer_ticket_v1 import TransferTicket
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


def leaving(*, desk: str) -> Turn:
    """Anna, who has room for one, has accepted t1, and the desk may be given tickets."""
    world, rules = World(), replace(RULES, elsewhere={desk: Elsewhere(frozenset(), {})})
    made = replace(turn(stored("t1")), book=Book([rules], policy=7))
    world.staff("anna")
    made.apply(understand([*world.feed.records(), world.wrote("t1")]))
    made.tick(expire=True)
    made.apply(understand([world.accept("t1", "anna")]))
    about = {"desk": "main", "agent": "anna", "ticket": "t1", "assignment": 1}
    made.apply(understand([world.tell(TransferTicket(**about, to_desk=desk))]))
    return made


def of_tickets(made: Turn) -> list[tuple[bytes, Contract]]:
    """What goes to desks: under which key."""
    said = [each for each in made.write().state.outbox if each.topic == TICKETS]
    return [(each.key, decode(each.value).data) for each in said]


def test_a_ticket_that_goes_to_another_desk_is_written_once_and_hinted_at() -> None:
    there = _elsewhere()
    made = leaving(desk=there)

    assert of_tickets(made) == [
        (there.encode(), TicketMoved(ticket="t1", desk=there, from_desk="main"))
    ]
    [write] = made.write().tickets
    assert (write.desk, write.to_desk, write.expected) == ("main", there, 1)
    assert write.ticket.came_from == "main"


@pytest.mark.parametrize("here", [False, True], ids=["another shard", "the same shard"])
def test_what_is_said_to_it_in_the_turn_in_which_it_leaves_follows_it(here: bool) -> None:
    there = _here() if here else _elsewhere()
    made = leaving(desk=there)
    made.apply(understand([World().wrote("t1", offset=3)]))

    _, (key, said) = of_tickets(made)
    assert (key, said.desk) == (there.encode(), there)  # type: ignore[attr-defined]
    [write] = made.write().tickets
    assert write.ticket.entries == 2


def hint(ticket: str = "t1") -> Record:
    return World().tell(TicketMoved(ticket=ticket, desk="main", from_desk="casino"))


def came(desk: str = "main") -> StoredTicket:
    doc = ticket_doc("t1", moves=1, came_from="casino", version=5, assignment=2)
    return StoredTicket(desk, ticket_from(doc))  # type: ignore[arg-type]


def test_a_hint_brings_the_ticket_in_once() -> None:
    made = turn(came())
    made.apply(understand([hint(), hint()]))

    assert [step.on for _, step in made.outbox.steps()] == ["arrived"]
    [write] = made.write().tickets
    assert (write.desk, write.to_desk, write.expected, write.ticket.came_from) == (
        "main",
        None,
        5,
        "",
    )


def test_any_announcement_brings_it_in_as_a_hint_does() -> None:
    made = turn(came())
    made.apply(understand([World().wrote("t1"), hint()]))

    assert [step.on for _, step in made.outbox.steps()] == ["arrived", "entry_added"]


def test_a_hint_that_is_out_of_date_does_nothing() -> None:
    made = turn(came(_elsewhere()))
    made.apply(understand([hint()]))

    assert (of_tickets(made), made.write().tickets) == ([], ())


def entry(offset: int, *, partition: int = 0) -> EntryAdded:
    name = f"web:main:t1-m{offset}"
    return EntryAdded(name, "t1", name, "message", partition, offset, NOON, "web:main:t1", True)


def test_what_a_message_overtook_is_applied_before_it_and_recorded() -> None:
    made = replace(turn(came()), stored={"t1": [entry(2), entry(4), entry(5), entry(9)]})
    world = World()
    made.apply(understand([world.wrote("t1", offset=5), world.wrote("t1", offset=2)]))

    [write] = made.write().tickets
    assert [step.on for _, step in made.outbox.steps()] == ["arrived", *["entry_added"] * 3]
    assert (write.ticket.entries, write.ticket.last_message) == (4, "web:main:t1-m5")
    told = decode(made.write().state.outbox[-1].value).data
    assert isinstance(told, TurnRecorded)
    assert [each.offset for each in told.overtaken or ()] == [2, 4]


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


def _here() -> str:
    """Another desk of the same shard."""
    return next(
        f"d{number}" for number in range(999) if partition_of(b"d%d" % number, SHARDS) == HOME
    )
