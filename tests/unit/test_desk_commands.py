"""What agents may do with a ticket, and why a command is rejected."""

from dataclasses import replace

import pytest

from services.router.domain.agent import AgentState
from services.router.domain.effects import (
    AgentShown,
    AgentStepped,
    CardShown,
    ReplySent,
    TicketStepped,
)
from services.router.domain.events import (
    Accept,
    Decline,
    FinishWrapUp,
    Reply,
    Resolve,
    SetState,
    TicketAct,
)
from services.router.domain.ticket import TicketState
from tests.unit.desk_driver import RULES, Driver, gone, rejections, shown, steps


def test_an_accepted_offer_has_no_end_and_answers_its_command() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    effects = desk.tell(Accept("c1", "anna", "t", 1))
    assert steps(effects) == ["accepted"]
    assert shown(effects) == [("anna", TicketState.ACCEPTED, "c1")]
    assert desk.wait(10_000) == []


def test_a_repeated_accept_is_answered_by_the_card_again_without_a_step() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    desk.accept("t")
    effects = desk.tell(Accept("again", "anna", "t", 1))
    assert steps(effects) == []
    assert shown(effects) == [("anna", TicketState.ACCEPTED, "again")]


def test_resolving_leads_through_wrap_up_which_holds_the_slot() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    desk.accept("t")
    effects = desk.tell(Resolve("c1", "anna", "t", 1, "t-m0"))
    assert [(e.on, e.after) for e in effects if isinstance(e, TicketStepped)] == [
        ("resolved", TicketState.WRAP_UP)
    ]
    [card] = [e for e in effects if isinstance(e, CardShown)]
    assert (card.state, card.cause) == (TicketState.WRAP_UP, "c1")
    assert card.respond_by == desk.now + desk.rules.wrap_up_seconds
    assert desk.desk.load_of("anna") == 1.0


def test_wrap_up_ends_by_itself() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    desk.accept("t")
    desk.resolve("t")
    effects = desk.wait(desk.rules.wrap_up_seconds)
    assert steps(effects) == ["wrap_up_ended"]
    assert gone(effects) == [("anna", "resolved")]
    assert (desk.get("t").state, desk.desk.load_of("anna")) == (TicketState.RESOLVED, 0.0)


def test_wrap_up_ends_when_the_agent_says_so() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    desk.accept("t")
    desk.resolve("t")
    assert steps(desk.finish("t")) == ["wrap_up_ended"]
    assert desk.get("t").agent == "anna"  # remembered, for the customer may come back


def test_without_wrap_up_a_ticket_is_resolved_at_once() -> None:
    desk = Driver(rules=replace(RULES, wrap_up_seconds=0.0))
    desk.staff(anna=1)
    desk.deal("t")
    desk.accept("t")
    effects = desk.resolve("t")
    assert [(e.on, e.after) for e in effects if isinstance(e, TicketStepped)] == [
        ("resolved", TicketState.RESOLVED)
    ]
    assert gone(effects) == [("anna", "resolved")]


def test_a_reply_goes_out_where_the_customer_last_wrote() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    desk.accept("t")
    desk.entry("t")
    effects = desk.tell(Reply("c1", "anna", "t", 1, "Здравствуйте"))
    [reply] = [e for e in effects if isinstance(e, ReplySent)]
    assert (reply.identity, reply.text, reply.cause) == ("telegram:main:t", "Здравствуйте", "c1")
    assert steps(effects) == ["replied"]
    assert shown(effects) == [("anna", TicketState.ACCEPTED, "c1")]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (Accept("c", "nobody", "t", 1), "unknown_agent"),
        (Accept("c", "anna", "none", 1), "unknown_ticket"),
        (Accept("c", "boris", "t", 1), "not_yours"),
        (Accept("c", "anna", "t", 2), "wrong_assignment"),
        (Decline("c", "anna", "t", 0, None), "wrong_assignment"),
        (Reply("c", "anna", "t", 1, "hello"), "wrong_state"),
        (Resolve("c", "anna", "t", 1, "t-m0"), "wrong_state"),
        (FinishWrapUp("c", "anna", "t", 1), "wrong_state"),
    ],
)
def test_a_command_about_an_offer_is_rejected_with_its_reason(
    command: TicketAct, reason: str
) -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.hire("boris")
    desk.deal("t")
    assert rejections(desk.tell(command)) == [reason]
    assert desk.get("t").state is TicketState.OFFERED


def test_a_decline_after_accepting_is_in_the_wrong_state() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    desk.accept("t")
    assert rejections(desk.decline("t")) == ["wrong_state"]


def test_an_accept_of_an_offer_that_ended_is_not_yours() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    desk.wait(desk.rules.offer_seconds)
    assert rejections(desk.tell(Accept("late", "anna", "t", 1))) == ["not_yours"]


def test_a_repeated_decline_does_not_hit_the_next_offer() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    desk.decline("t")
    desk.wait(desk.rules.skip_seconds)
    assert desk.get("t").assignment == 2
    assert rejections(desk.tell(Decline("again", "anna", "t", 1, None))) == ["wrong_assignment"]
    assert desk.get("t").state is TicketState.OFFERED


def test_a_resolve_that_crosses_a_message_is_rejected() -> None:
    desk = Driver()
    desk.staff(anna=1)
    desk.deal("t")
    desk.accept("t")
    desk.entry("t")
    assert rejections(desk.tell(Resolve("c", "anna", "t", 1, "t-m0"))) == ["unseen_message"]
    assert steps(desk.resolve("t")) == ["resolved"]


def test_a_change_of_state_is_written_and_shown_to_the_agent() -> None:
    desk = Driver()
    desk.staff(anna=2)
    channels = frozenset({"email"})
    effects = desk.tell(SetState("c1", "anna", AgentState.READY, channels, "back"))
    assert effects == [
        AgentStepped(agent=desk.agent("anna"), on="state_set", at=desk.now),
        AgentShown(
            agent="anna",
            state="ready",
            channels=("email",),
            reason="back",
            load=0.0,
            capacity=2.0,
            cause="c1",
        ),
    ]


def test_a_state_of_an_unknown_agent_is_rejected() -> None:
    desk = Driver()
    assert rejections(desk.state("nobody")) == ["unknown_agent"]


def test_a_channel_outside_the_profile_is_not_allowed() -> None:
    desk = Driver()
    desk.staff(anna=1)
    assert rejections(desk.state("anna", channels=frozenset({"voice"}))) == ["not_allowed"]
    assert desk.agent("anna").ready_channels is None
