"""Taking over a desk from the store."""

from dataclasses import replace

from services.router.domain.agent import Agent, AgentState
from services.router.domain.ticket import TicketState
from tests.unit.desk_driver import CHANNELS, NOON, RU, RULES, Driver, dealt, gone, steps


def stored(name: str = "anna", *, notifiers: frozenset[str] = frozenset({"n1"})) -> Agent:
    return Agent(
        id=name,
        skills=RU,
        channels=CHANNELS,
        capacity=1.0,
        state=AgentState.READY,
        notifiers=notifiers,
        gone_at=0.0 if notifiers else NOON - 5,
        version=4,
    )


def test_a_stored_offer_still_ends_and_its_clock_is_cut_to_one_period() -> None:
    desk = Driver()
    offered = desk.ticket("t", version=2, state=TicketState.OFFERED, agent="anna")
    offered.until = NOON + 86_400  # written by a clock that was ahead
    desk.desk.adopt_agent(stored(), now=NOON)
    desk.desk.adopt_ticket(offered, now=NOON)
    assert desk.settle() == []
    assert desk.desk.next_wakeup() == NOON + desk.rules.offer_seconds
    assert steps(desk.wait(desk.rules.offer_seconds)) == ["offer_expired"]


def test_stored_wrap_up_reopening_skips_and_grace_are_cut_too() -> None:
    desk = Driver()
    far = NOON + 1e7
    wrap_up = desk.ticket("w", version=2, state=TicketState.WRAP_UP, agent="anna")
    resolved = desk.ticket("r", version=2, state=TicketState.RESOLVED, agent="anna")
    lost = desk.ticket("l", version=2, state=TicketState.ACCEPTED, agent="boris")
    skipping = desk.ticket("s", version=2)
    wrap_up.until = resolved.until = lost.gone_at = far
    skipping.skipped = (("anna", far), ("boris", NOON - 1))
    desk.desk.adopt_agent(stored("boris", notifiers=frozenset()), now=NOON)
    for ticket in (wrap_up, resolved, lost, skipping):
        desk.desk.adopt_ticket(ticket, now=NOON)
    assert wrap_up.until == NOON + desk.rules.wrap_up_seconds
    assert resolved.until == NOON + desk.rules.reopen_seconds
    assert lost.gone_at == NOON
    assert dict(skipping.skipped) == {"anna": NOON + desk.rules.skip_seconds}


def test_load_in_hand_counts_whichever_is_adopted_first() -> None:
    for first in ("agent", "ticket"):
        desk = Driver()
        held = desk.ticket("held", version=3, state=TicketState.ACCEPTED, agent="anna")
        if first == "agent":
            desk.desk.adopt_agent(stored(), now=NOON)
        desk.desk.adopt_ticket(held, now=NOON)
        if first == "ticket":
            desk.desk.adopt_agent(stored(), now=NOON)
        desk.open("next")
        assert dealt(desk.settle()) == []
        assert desk.desk.load_of("anna") == 1.0


def test_stored_presence_is_believed_and_silence_counts_from_the_take_over() -> None:
    desk = Driver(rules=replace(RULES, silence_seconds=15.0))
    desk.desk.adopt_agent(stored(), now=NOON)
    assert desk.deal("t") == "anna"
    assert gone(desk.wait(15.0)) == [("anna", "agent_gone")]


def test_an_offer_stored_with_an_agent_who_is_gone_returns() -> None:
    desk = Driver()
    offered = desk.ticket("t", version=2, state=TicketState.OFFERED, agent="anna")
    offered.until = NOON + 10
    desk.desk.adopt_agent(stored(notifiers=frozenset()), now=NOON)
    desk.desk.adopt_ticket(offered, now=NOON)
    assert gone(desk.settle()) == [("anna", "agent_gone")]


def test_work_stored_with_an_agent_nobody_knows_returns_after_the_grace() -> None:
    desk = Driver()
    desk.desk.adopt_ticket(
        desk.ticket("t", version=2, state=TicketState.ACCEPTED, agent="ghost"), now=NOON
    )
    assert steps(desk.settle()) == ["agent_lost"]
    assert steps(desk.wait(desk.rules.grace_seconds)) == ["agent_gone"]
    desk.staff(anna=1)
    assert desk.get("t").agent == "anna"


def test_tickets_of_one_class_share_their_requirement() -> None:
    desk = Driver()
    desk.open("a")
    desk.open("b")
    assert desk.get("a").requirement is desk.get("b").requirement
