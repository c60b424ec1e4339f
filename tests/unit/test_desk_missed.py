"""An agent who lets offers pass is not there, whatever they said."""

from dataclasses import replace

from services.router.domain.agent import AgentState
from services.router.domain.effects import AgentShown, AgentStepped, Effect
from services.router.domain.events import SetState
from tests.unit.desk_driver import RULES, Driver, dealt, gone, steps

THREE = replace(RULES, missed_most=3, skip_seconds=0.0)


def changes(effects: list[Effect]) -> list[str]:
    return [effect.on for effect in effects if isinstance(effect, AgentStepped)]


def test_an_agent_who_misses_so_many_offers_in_a_row_is_set_to_a_break_and_told() -> None:
    desk = Driver(THREE)
    desk.staff(anna=1)
    desk.deal("t")
    for _ in range(2):
        assert changes(desk.wait(THREE.offer_seconds)) == ["offer_missed"]
        assert desk.get("t").agent == "anna"

    effects = desk.wait(THREE.offer_seconds)

    assert changes(effects) == ["set_away"]
    anna = desk.agent("anna")
    assert (anna.state, anna.reason) == (AgentState.BREAK, "missed offers")
    [told] = [effect for effect in effects if isinstance(effect, AgentShown)]
    assert (told.agent, told.state, told.reason) == ("anna", "break", "missed offers")
    assert dealt(effects) == []
    assert dealt(desk.wait(3600)) == []


def test_what_else_was_offered_to_them_goes_back_at_once() -> None:
    desk = Driver(replace(THREE, missed_most=1))
    desk.staff(anna=2)
    desk.deal("t")
    desk.wait(THREE.offer_seconds / 2)
    desk.deal("u")

    effects = desk.wait(THREE.offer_seconds / 2)

    assert gone(effects) == [("anna", "offer_expired"), ("anna", "agent_away")]


def test_what_they_had_accepted_stays_with_them() -> None:
    desk = Driver(replace(THREE, missed_most=1))
    desk.staff(anna=2)
    desk.deal("t")
    desk.accept("t")
    desk.deal("u")

    desk.wait(THREE.offer_seconds)

    assert desk.holders("t", "u") == ["anna", None]


def test_who_accepts_an_offer_begins_anew() -> None:
    desk = Driver(replace(THREE, missed_most=2))
    desk.staff(anna=2)
    desk.deal("t")
    desk.wait(THREE.offer_seconds)
    assert changes(desk.accept("t")) == ["offer_answered"]
    desk.deal("u")

    assert changes(desk.wait(THREE.offer_seconds)) == ["offer_missed"]


def test_a_decline_is_an_answer_too() -> None:
    desk = Driver(replace(THREE, missed_most=2))
    desk.staff(anna=1)
    desk.deal("t")
    desk.wait(THREE.offer_seconds)
    assert changes(desk.decline("t")) == ["offer_answered"]
    desk.settle()

    assert changes(desk.wait(THREE.offer_seconds)) == ["offer_missed"]


def test_who_says_that_they_are_ready_again_is_dealt_to_and_may_miss_as_many_again() -> None:
    desk = Driver(replace(THREE, missed_most=2))
    desk.staff(anna=1)
    desk.deal("t")
    desk.wait(THREE.offer_seconds)
    desk.wait(THREE.offer_seconds)

    desk.tell(SetState(desk.id(), "anna", AgentState.READY, None, None))

    assert dealt(desk.settle()) == [("t", "anna")]
    assert changes(desk.wait(THREE.offer_seconds)) == ["offer_missed"]


def test_without_a_limit_nobody_is_set_away() -> None:
    desk = Driver(replace(THREE, missed_most=0))
    desk.staff(anna=1)
    desk.deal("t")
    for _ in range(20):
        effects = desk.wait(THREE.offer_seconds)
        assert steps(effects) == ["offer_expired", "dealt"]
        assert changes(effects) == []
