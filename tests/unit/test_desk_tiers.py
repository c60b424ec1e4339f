"""A tier's factor reaches the tickets that wait."""

import pytest

from services.router.policy import Policy, parse_policy
from tests.unit.desk_driver import Driver

PLAIN = """
version: 1
channels: [web]
tiers: [standard, vip]
priorities: {1: 1.0}
priority: 1
urgent: 1
accounts: [{brand: b, desk: main}]
desks:
  main:
    languages: {ru: 3}
    default_language: ru
    otherwise: general
    queues:
      general: {targets: {"*": 10m}}
"""


@pytest.fixture
def factored() -> Policy:
    return parse_policy(PLAIN.replace("[standard, vip]", "{standard: {}, vip: {factor: 0.25}}"))


def test_a_vip_mark_gives_a_waiting_ticket_the_factor_of_its_tier(factored: Policy) -> None:
    desk = Driver(factored.rules_for("main"))
    desk.open("first")
    desk.wait(60)
    desk.open("second")
    desk.settle()

    desk.profile("second", "vip")
    desk.staff(anna=1)

    assert desk.get("second").due_at == desk.get("second").queued_at + 150
    assert desk.holders("first", "second") == [None, "anna"]


def test_another_factor_reaches_those_who_wait(factored: Policy) -> None:
    desk = Driver(parse_policy(PLAIN).rules_for("main"))
    desk.open("first")
    desk.wait(60)
    desk.open("second")
    desk.profile("second", "vip")
    desk.settle()
    assert desk.get("second").due_at == desk.get("second").queued_at + 600

    desk.desk.change_rules(factored.rules_for("main"))
    desk.staff(anna=1)

    assert desk.get("second").due_at == desk.get("second").queued_at + 150
    assert desk.holders("first", "second") == [None, "anna"]
