"""What a turn writes and says: order, numbers, stamps."""

import pytest

from services.router.adapters.documents import ticket_from
from services.router.dealer.doings import Doings
from services.router.dealer.outbox import Outbox
from services.router.domain.agent import Agent
from services.router.domain.bond import Bond
from services.router.domain.effects import (
    AgentStepped,
    CardGone,
    CardShown,
    Handing,
    Joining,
    Paged,
    Rejected,
    ReplySent,
    TicketsMerged,
    TicketsSplit,
    TicketStepped,
)
from services.router.domain.ticket import Ticket, TicketState
from services.router.ports import Stamp
from shared.contracts import Contract, Envelope, decode, encode
from shared.contracts.agent_changed_v1 import AgentChanged
from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.card import AgentBound
from shared.contracts.on_call_paged_v1 import OnCallPaged
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.contracts.ticket_merged_v1 import TicketMerged
from shared.contracts.ticket_split_v1 import TicketSplit
from shared.privacy.status_link import NO_LINKS, StatusLinks
from shared.runtime.clock import utc
from tests.unit.dealer_driver import ticket_doc
from tests.unit.desk_driver import NOON

ANNA = Agent(id="anna", skills={}, channels=frozenset({"web"}), capacity=1.0, version=4)


class QuietDesk:
    def hand_of(self, agent_id: str) -> tuple[str, ...]:
        return (f"main's ticket of {agent_id}",)

    def is_discreet(self, ticket: Ticket) -> bool:
        return ticket.id == "secret"


class QuietDesks:
    def desk(self, name: str) -> QuietDesk:
        return QuietDesk()


def outbox(links: StatusLinks = NO_LINKS) -> Outbox:
    return Outbox(
        shard=2,
        epoch=3,
        seq=9,
        now=NOON,
        policy=7,
        desks=QuietDesks(),
        links=links,
    )


def ticket(name: str) -> Ticket:
    return ticket_from(ticket_doc(name, version=5))  # type: ignore[arg-type]


def step(of: Ticket, on: str) -> TicketStepped:
    return TicketStepped(ticket=of, on=on, before=TicketState.QUEUED, after=of.state, at=NOON)


def shown(of: Ticket, *, entries: int = 1) -> CardShown:
    return CardShown(
        agent="anna",
        ticket=of,
        state=TicketState.OFFERED,
        assignment=1,
        respond_by=NOON + 20,
        last_message=of.last_message,
        entries=entries,
        cause="c1",
    )


def said(box: Outbox) -> list[Envelope[Contract]]:
    box.close((), Doings())
    return [decode(record.value) for record in box.records()]


def test_how_a_ticket_was_handed_on_stands_in_its_event_and_nowhere_else() -> None:
    box, one = outbox(), ticket("t1")
    parked = Handing(note="payments look", until=NOON + 60)
    given = Handing(note="she knows", to_agent="boris")
    box.take("main", [step(one, "parked")._replace(handing=parked), CardGone("anna", one, 1, "x")])
    box.take("main", [step(one, "transferred")._replace(handing=given)])
    card, changed, turn = said(box)

    assert isinstance(changed.data, TicketChanged)
    first, second = changed.data.steps
    assert (first.note, first.until, first.to_agent) == ("payments look", utc(NOON + 60), None)
    assert (second.note, second.until, second.to_agent) == ("she knows", None, "boris")
    for other in (encode(card), encode(turn)):
        assert b"payments look" not in other


def test_a_merge_and_a_split_are_told_by_events_of_their_own_and_in_both_stories() -> None:
    box, part, whole = outbox(), ticket("t1"), ticket("t2")
    whole.due_at = NOON + 30
    joining = Joining("t1", NOON + 90, NOON + 30)
    box.take("main", [step(part, "merged")._replace(joining=Joining("t2"))])
    box.take("main", [step(whole, "merged_in")._replace(joining=joining)])
    box.take("main", [TicketsMerged(part, whole, "anna", "c1")])
    box.take("main", [TicketsSplit(part, whole, "anna", "c2")])
    events = said(box)
    merged, split = events[:2]
    stories = [each.data for each in events if isinstance(each.data, TicketChanged)]
    told = {story.ticket: story.steps[0] for story in stories}

    assert isinstance(merged.data, TicketMerged)
    assert (merged.data.ticket, merged.data.into, merged.cause) == ("t1", "t2", "c1")
    assert merged.data.due_at == utc(NOON + 30)
    assert isinstance(split.data, TicketSplit)
    assert (split.data.ticket, split.data.split_from, split.cause) == ("t1", "t2", "c2")
    assert (told["t1"].other, told["t1"].due_at) == ("t2", None)
    assert told["t2"].other == "t1"
    assert (told["t2"].from_due_at, told["t2"].due_at) == (utc(NOON + 90), utc(NOON + 30))


def test_a_card_names_the_tickets_that_were_merged_into_its_own() -> None:
    box, one = outbox(), ticket("t1")
    box.take("main", [shown(one)._replace(merged=("t2",)), shown(one)])
    with_part, without, *_ = [event.data for event in said(box)]

    assert isinstance(with_part, AssignmentCard)
    assert isinstance(without, AssignmentCard)
    assert (with_part.merged, without.merged) == (("t2",), None)


def test_a_card_says_that_its_ticket_is_reviewed_and_of_others_nothing() -> None:
    box, one = outbox(), ticket("t1")
    box.take("main", [shown(one)._replace(review=True), shown(one)])
    reviewed, other, *_ = [event.data for event in said(box)]

    assert isinstance(reviewed, AssignmentCard)
    assert isinstance(other, AssignmentCard)
    assert (reviewed.review, other.review) == (True, None)


def test_cards_and_answers_are_numbered_in_the_order_they_are_said() -> None:
    box, one, two = outbox(), ticket("t1"), ticket("t2")
    box.take("main", [shown(one), step(one, "dealt")])
    box.take("main", [Rejected("anna", "c2", "t9", "unknown_ticket", "No such ticket.")])
    box.take("main", [CardGone("anna", two, 1, "declined")])
    events = said(box)

    bound = [event.data for event in events if isinstance(event.data, AgentBound)]
    assert [(one.shard, one.seq, one.n) for one in bound] == [(2, 9, 0), (2, 9, 1), (2, 9, 2)]
    assert [event.id for event in events] == [f"2.9.{number}" for number in range(len(events))]


def test_all_steps_of_a_ticket_are_one_story_and_one_write() -> None:
    box, one = outbox(), ticket("t1")
    box.take("main", [step(one, "entry_added"), shown(one), step(one, "dealt")])
    box.take("main", [shown(one, entries=2), step(one, "accepted")])
    [write] = box.ticket_writes()
    stories = [event.data for event in said(box) if isinstance(event.data, TicketChanged)]

    assert (write.expected, write.stamp, write.policy) == (5, Stamp(2, 9, 1), 7)
    assert [(story.version, [one.on for one in story.steps]) for story in stories] == [
        (6, ["entry_added", "dealt", "accepted"])
    ]


def test_steps_are_numbered_over_all_tickets_of_a_turn_in_the_order_they_were_made() -> None:
    box, one, two = outbox(), ticket("t1"), ticket("t2")
    box.take("main", [step(one, "opened"), step(two, "dealt"), step(one, "dealt")])
    stories = [event.data for event in said(box) if isinstance(event.data, TicketChanged)]

    assert {story.ticket: [each.n for each in story.steps] for story in stories} == {
        "t1": [0, 2],
        "t2": [1],
    }


def test_a_change_of_an_agent_says_all_that_decides_what_they_are_dealt() -> None:
    box = outbox()
    anna = Agent(
        id="anna",
        skills={"lang.ru": 5},
        channels=frozenset({"web", "mail"}),
        capacity=2.0,
        ready_channels=frozenset({"web", "phone"}),
    )
    box.take("main", [AgentStepped(agent=anna, on="state_set", at=NOON)])
    [changed] = [event.data for event in said(box) if isinstance(event.data, AgentChanged)]

    assert (changed.skills, changed.channels) == ({"lang.ru": 5}, ("web",))
    assert (changed.capacity, changed.active) == (2.0, True)
    assert changed.hand == ("main's ticket of anna",)


def test_a_card_says_what_it_showed_then_not_what_the_ticket_is_now() -> None:
    box, one = outbox(), ticket("t1")
    box.take("main", [shown(one)])
    one.entries, one.last_message = 2, "web:main:t1-m9"
    [card, *_] = said(box)

    assert isinstance(card.data, AssignmentCard)
    assert (card.data.messages, card.data.last_message) == (1, "web:main:t1-m0")
    assert card.cause == "c1"


def test_an_agent_who_steps_twice_is_written_once_against_the_version_before() -> None:
    box = outbox()
    for on in ("profiled", "connected"):
        box.take("main", [AgentStepped(agent=ANNA, on=on, at=NOON)])

    [write] = box.agent_writes()
    assert (write.agent, write.expected) == (ANNA, 4)


def test_a_reply_goes_to_where_the_customer_last_wrote_selectable_by_its_channel() -> None:
    box, one = outbox(), ticket("t1")
    one.identity = "matrix:home:@anna:example.org"
    box.take("main", [ReplySent(one, "anna", one.identity, "hello", "c" * 512, "c" * 512)])
    [record, *_] = box.records()
    reply = decode(record.value).data

    assert isinstance(reply, ReplyRequested)
    assert (record.topic, record.key) == ("support.replies.v1", one.identity.encode())
    assert dict(record.headers) == {"channel": b"matrix", "account": b"home"}
    assert (reply.sender, reply.reply) == ("@anna:example.org", "c" * 512)


def test_a_reply_names_a_message_of_the_channel_it_goes_to_though_a_part_came_last() -> None:
    box, one = outbox(), ticket("t1")
    one.bond = Bond(merged=(("t2", NOON),), last_message=one.last_message, identity=one.identity)
    one.last_message = "telegram:shop:77"
    box.take("main", [ReplySent(one, "anna", one.identity, "hello", "c1", "c1")])
    [reply, *_] = [event.data for event in said(box)]

    assert isinstance(reply, ReplyRequested)
    assert (reply.channel, reply.in_reply_to) == ("web", "web:main:t1-m0")


@pytest.mark.parametrize(("lang", "said"), [("lt", "lt"), ("", None)])
def test_a_reply_says_the_ticket_s_language(lang: str, said: str | None) -> None:
    box, one = outbox(), ticket("t1")
    one.lang = lang
    box.take("main", [ReplySent(one, "anna", one.identity, "labas", "c1", "c1")])
    reply = decode(box.records()[0].value).data
    assert isinstance(reply, ReplyRequested)
    assert reply.lang == said


def test_a_text_of_the_policy_has_no_agent_and_its_own_id() -> None:
    box, one = outbox(), ticket("t1")
    box.take("main", [ReplySent(one, None, one.identity, "Soon.", "t1:nobody_ready", None)])
    [record, *_] = box.records()
    event = decode(record.value)

    assert isinstance(event.data, ReplyRequested)
    assert (event.data.by, event.data.agent, event.data.reply) == (
        "system",
        None,
        "t1:nobody_ready",
    )
    assert event.cause is None


def test_a_page_is_said_of_its_ticket_under_its_id_with_whom_it_is_for() -> None:
    box, one = outbox(), ticket("t1")
    nobody = Paged(one, "nobody_ready", "t1:nobody_ready")
    late = Paged(one, "not_taken", "t1:a:1", "lead")
    box.take("main", [nobody, late])
    pages = [event.data for event in said(box) if isinstance(event.data, OnCallPaged)]

    assert [(page.page, page.who, page.key) for page in pages] == [
        ("t1:nobody_ready", None, "t1"),
        ("t1:a:1", "lead", "t1"),
    ]
    assert (pages[0].desk, pages[0].queue) == ("main", one.requirement.queue)
    assert pages[0].due_at == utc(one.due_at)


def test_bytes_and_effects_are_counted_as_they_come() -> None:
    box, one = outbox(), ticket("t1")
    assert (len(box), box.size_bytes) == (0, 0)
    box.take("main", [shown(one)])

    assert len(box) == 2  # the card, and a story that is told at the end
    [card] = box.records()
    assert box.size_bytes == len(card.value) + len(card.key)


@pytest.mark.parametrize(
    ("agent", "url", "said"),
    [
        (None, "https://help.example", "We have it.\nSee https://help.example/v1/status/t1."),
        (None, "", "We have it."),
        ("anna", "https://help.example", "We have it.\nSee {status}"),
    ],
)
def test_words_of_the_policy_say_where_the_customer_sees_the_ticket(
    agent: str | None, url: str, said: str
) -> None:
    one = ticket("t1")
    box = outbox(StatusLinks(url, (b"s" * 32,)))
    text = "We have it.\nSee {status}"
    box.take("main", [ReplySent(one, agent, one.identity, text, "r1", None)])

    [record] = box.records()
    event = decode(record.value).data
    assert isinstance(event, ReplyRequested)
    assert event.text.startswith(said)
    assert (event.text == said) is (agent is not None or not url)


def test_a_ticket_that_is_to_stay_unnoticed_is_marked_so_in_the_store() -> None:
    box = outbox()
    for name in ("t1", "secret"):
        box.take("main", [step(ticket(name), "opened")])

    assert {each.ticket.id: each.discreet for each in box.ticket_writes()} == {
        "t1": False,
        "secret": True,
    }
