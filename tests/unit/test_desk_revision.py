"""Another version of the rules takes hold: waiting tickets follow, the most urgent first."""

from dataclasses import replace

from services.router.domain.agent import AgentState
from services.router.domain.requirement import Need
from services.router.domain.revision import AT_ONCE
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import TicketState
from services.router.domain.treatment import Kind, Treatment
from tests.unit.desk_driver import RULES, Driver, requirement

LT = requirement(Need("lang.lt"))
RU = requirement(Need("lang.ru"))


def rules(version: int, needs: object = LT, *, target: float = 600.0) -> DeskRules:
    """One treatment for every kind but urgent ones, which are due at once."""
    assert needs in (LT, RU)
    calm = Treatment("payments", 3, LT if needs is LT else RU, target)

    def treat(kind: Kind) -> Treatment:
        return calm._replace(priority=1, target_seconds=0.0) if kind.urgent else calm

    return replace(RULES, version=version, treat=treat)


def waiting(count: int, driver: Driver) -> None:
    for number in range(count):
        ticket = driver.ticket(f"t{number}", version=2)
        ticket.queued_at = driver.now - number
        driver.desk.adopt_ticket(ticket, now=driver.now)


def test_a_waiting_ticket_goes_to_those_whom_the_new_rules_allow() -> None:
    driver = Driver(rules(1))
    driver.staff(anna=1)
    waiting(1, driver)
    driver.settle()
    assert driver.get("t0").state is TicketState.QUEUED

    driver.desk.change_rules(rules(2, RU))
    driver.settle()

    assert driver.get("t0").agent == "anna"


def test_a_decision_after_the_change_says_the_new_version() -> None:
    driver = Driver(rules(1))
    driver.staff(anna=1)
    waiting(1, driver)
    driver.desk.change_rules(rules(2, RU))
    [dealt] = [each for each in driver.settle() if getattr(each, "on", "") == "dealt"]

    assert dealt.decision.policy == 2  # type: ignore[union-attr]


def test_deadlines_and_priorities_follow() -> None:
    driver = Driver(rules(1))
    waiting(1, driver)
    urgent = driver.ticket("urgent", version=2)
    urgent.urgent = True
    driver.desk.adopt_ticket(urgent, now=driver.now)

    driver.desk.change_rules(rules(2, target=60.0))
    driver.settle()

    assert driver.get("t0").due_at == driver.now + 60
    assert (driver.get("urgent").due_at, driver.get("urgent").priority) == (driver.now, 1)


def test_the_most_urgent_are_dealt_while_the_others_still_change_over() -> None:
    driver = Driver(rules(1))
    driver.staff(anna=1)
    waiting(AT_ONCE + 10, driver)
    driver.desk.change_rules(rules(2, RU))
    driver.desk.tick(now=driver.now, limit=100)

    first = f"t{AT_ONCE + 9}"
    assert driver.get(first).agent == "anna"
    assert driver.desk.pending(now=driver.now)
    assert sum(1 for _ in driver.desk.tickets()) == AT_ONCE + 10
    driver.settle()
    assert driver.get("t0").requirement is RU


def test_a_ticket_that_something_happens_to_does_not_wait_for_its_turn() -> None:
    driver = Driver(rules(1))
    waiting(2, driver)
    driver.desk.change_rules(rules(2, RU))

    driver.entry("t0", "left")

    assert driver.get("t0").state is TicketState.ABANDONED


def test_two_changes_in_a_row_leave_no_ticket_behind() -> None:
    driver = Driver(rules(1))
    waiting(AT_ONCE + 1, driver)
    driver.desk.change_rules(rules(2))
    driver.desk.tick(now=driver.now, limit=100)
    driver.desk.change_rules(rules(3, RU))
    driver.settle()

    assert {ticket.requirement for ticket in driver.desk.tickets()} == {RU}


def test_what_agents_hold_stays_with_them_and_offers_are_cut_to_the_new_time() -> None:
    driver = Driver(replace(rules(1, RU), offer_seconds=100.0))
    driver.staff(anna=2)
    waiting(1, driver)
    driver.settle()
    assert driver.get("t0").until == driver.now + 100

    driver.desk.change_rules(replace(rules(2), offer_seconds=20.0))
    driver.settle()

    assert (driver.get("t0").state, driver.get("t0").agent) == (TicketState.OFFERED, "anna")
    assert driver.get("t0").until == driver.now + 20
    assert driver.desk.load_of("anna") == 1


def test_agents_stay_connected_and_ready() -> None:
    driver = Driver(rules(1, RU))
    driver.staff(anna=1)
    driver.desk.change_rules(rules(2, RU))
    driver.settle()
    anna = driver.desk.agent("anna")

    assert anna is not None
    assert (anna.state, anna.connected) == (AgentState.READY, True)
    assert driver.deal("t") == "anna"
