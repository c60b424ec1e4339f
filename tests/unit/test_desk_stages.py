"""Who may take a ticket widens with the time it waits, in stages."""

from dataclasses import replace

import pytest

from services.router.domain.effects import TicketStepped
from services.router.domain.events import AgentProfiled
from services.router.domain.requirement import Need, Requirement, Stage
from tests.unit.desk_driver import NOON, RU, Driver, dealt, requirement

RU_NEED, LT_NEED, EN_NEED = (Need(f"lang.{name}") for name in ("ru", "lt", "en"))
LICENCE = Need("licence")
CHAIN = (Stage(0, ((LT_NEED,),)), Stage(60, ((RU_NEED,),)), Stage(180, ((EN_NEED,),)))


def lithuanian(*always: Need, stages: tuple[Stage, ...] = CHAIN) -> Requirement:
    """For Lithuanian speakers; after a minute for Russian, after three for English ones."""
    return Requirement("q", "web", always, 1.0, stages)


def staffed(**skills: dict[str, int]) -> Driver:
    """Agents with a slot each, ready."""
    desk = Driver()
    for name, levels in skills.items():
        desk.hire(name, levels)
    desk.connect(*skills)
    for name in skills:
        desk.state(name)
    return desk


def test_a_ticket_waits_for_its_language_then_goes_down_the_chain() -> None:
    desk = staffed(anna=RU)
    desk.open("t", lithuanian())
    assert dealt(desk.settle()) == []
    assert dealt(desk.wait(59.9)) == []
    assert dealt(desk.wait(0.1)) == [("t", "anna")]


def test_the_desk_wakes_for_the_next_stage_by_itself() -> None:
    desk = staffed(mary={"lang.en": 3})
    desk.open("t", lithuanian())
    desk.settle()
    assert desk.desk.next_wakeup() == desk.now + 60
    desk.wait(60)
    assert desk.desk.next_wakeup() == NOON + 180
    assert dealt(desk.wait(120)) == [("t", "mary")]


def test_whoever_could_take_it_at_first_still_can_and_comes_first() -> None:
    desk = staffed(anna=RU, jonas={"lang.lt": 5, "betting": 5}, mary={"lang.en": 1})
    for name in ("a", "b", "c"):
        desk.deal(name, requirement(Need(f"lang.{ {'a': 'ru', 'b': 'lt', 'c': 'en'}[name] }")))
        desk.accept(name)
    desk.open("t", lithuanian())
    desk.wait(180)
    for name in ("a", "b", "c"):
        desk.resolve(name)
        desk.finish(name)
    [step] = [each for each in desk.settle() if isinstance(each, TicketStepped)]
    assert step.decision is not None
    best = [(each.agent, each.stage) for each in step.decision.best]
    assert best == [("jonas", 0), ("anna", 1), ("mary", 2)]
    assert step.decision.stage == 2
    assert step.decision.as_dict()["stage"] == 2


def test_what_always_holds_never_falls() -> None:
    desk = staffed(anna=RU, boris={"lang.ru": 1, "licence": 1})
    desk.open("t", lithuanian(LICENCE))
    assert dealt(desk.wait(10_000)) == [("t", "boris")]


def test_a_level_may_fall_and_the_queue_s_own_people_are_asked_first() -> None:
    stages = (
        Stage(0, ((Need("payments", 3),),)),
        Stage(120, ((Need("payments", 2),),)),
        Stage(240, ((),)),
    )
    desk = staffed(junior={"payments": 2}, other={"betting": 1})
    desk.open("a", lithuanian(stages=stages))
    desk.open("b", lithuanian(stages=stages))
    assert dealt(desk.wait(119)) == []
    assert dealt(desk.wait(1)) == [("a", "junior")]
    desk.accept("a")
    assert dealt(desk.wait(119)) == []
    assert dealt(desk.wait(1)) == [("b", "other")]


def test_any_of_several_ways_will_do_the_first_listed_is_the_best() -> None:
    stages = (Stage(0, ((LT_NEED,), (RU_NEED,))),)
    desk = staffed(anna=RU, jonas={"lang.lt": 5})
    assert desk.deal("a", lithuanian(stages=stages)) == "jonas"
    assert desk.deal("b", lithuanian(stages=stages)) == "anna"


@pytest.mark.parametrize(("waited", "stage"), [(0, 0), (59, 0), (60, 1), (179, 1), (180, 2)])
def test_a_new_owner_finds_a_ticket_at_the_stage_its_wait_has_come_to(
    waited: float, stage: int
) -> None:
    desk = Driver()
    ticket = desk.ticket("t", lithuanian(), version=2)
    ticket.queued_at -= waited
    desk.desk.adopt_ticket(ticket, now=desk.now)
    assert desk.get("t").reach.stage == stage


def test_a_ticket_of_a_later_stage_competes_by_its_deadline() -> None:
    desk = staffed(anna=RU)
    desk.deal("held")
    desk.accept("held")
    desk.open("lithuanian", lithuanian(), due=100.0)
    desk.open("russian", due=200.0)
    desk.wait(60)
    desk.resolve("held")
    desk.finish("held")
    assert dealt(desk.settle()) == [("lithuanian", "anna")]


def test_an_offer_that_comes_back_keeps_the_stage_of_its_age() -> None:
    desk = staffed(anna=RU, boris=RU)
    desk.open("t", lithuanian())
    desk.wait(60)
    desk.decline("t")
    assert dealt(desk.settle()) == [("t", "boris")]


def test_a_reopened_ticket_begins_with_the_first_stage_again() -> None:
    desk = staffed(anna=RU)
    desk.open("t", lithuanian())
    desk.wait(60)
    desk.accept("t")
    desk.resolve("t")
    desk.finish("t")
    desk.entry("t")
    assert dealt(desk.settle()) == []
    assert dealt(desk.wait(60)) == [("t", "anna")]


def test_a_ticket_in_hand_has_no_stage_to_wake_for() -> None:
    desk = staffed(anna=RU, jonas={"lang.lt": 1})
    desk.deal("t", lithuanian())
    desk.accept("t")
    assert desk.wait(60) == []
    assert desk.desk.next_wakeup() == NOON + desk.rules.silence_seconds


def test_no_timer_of_a_stage_goes_off_while_records_are_on_their_way() -> None:
    desk = staffed(anna=RU)
    desk.open("t", lithuanian())
    desk.settle()
    desk.now += 60
    assert desk.desk.tick(now=desk.now, limit=100, expire=False) == []
    assert dealt(desk.settle()) == [("t", "anna")]


def test_thousands_move_on_in_steps_of_the_limit() -> None:
    desk = Driver()
    for i in range(1_000):
        desk.open(f"t{i:03d}", lithuanian())
    desk.settle()
    desk.now += 60
    desk.desk.tick(now=desk.now, limit=100)
    assert sum(ticket.reach.stage for ticket in desk.desk.tickets()) == 100
    desk.settle()
    assert sum(ticket.reach.stage for ticket in desk.desk.tickets()) == 1_000


def test_a_changed_skill_counts_at_every_stage() -> None:
    desk = staffed(anna=RU)
    desk.open("t", lithuanian(stages=(replace(CHAIN[0]), Stage(60, ((Need("lang.ru", 2),),)))))
    desk.tell(AgentProfiled("e", "anna", "anna", {"lang.ru": 1}, frozenset({"web"}), 1.0, True))
    assert dealt(desk.wait(60)) == []
    desk.hire("anna", {"lang.ru": 2})
    assert dealt(desk.settle()) == [("t", "anna")]
