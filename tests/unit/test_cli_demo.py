"""The demo's small parts: its policy, its look for card numbers, its figures."""

from pathlib import Path

import pytest

from cli.demo.facts import latency_of
from cli.demo.leaks import card_numbers, leaked, leaking_logs
from cli.demo.pressed_policy import write_pressed
from cli.demo.script import load_script
from cli.processes import POLICY, ROSTER
from services.router.policy import load_policy
from services.router.policy.roster import load_roster
from services.router.understanding.rules import RuleUnderstanding
from shared.privacy.mask import mask


def test_the_pressed_policy_is_the_betting_policy_with_less_patience(tmp_path: Path) -> None:
    pressed = load_policy(write_pressed(POLICY, to=tmp_path / "policy.yaml"))
    usual = load_policy(POLICY)
    assert pressed.desks() == usual.desks()
    for desk in pressed.desks():
        assert pressed.rules_for(desk).offer_seconds == 3
        assert pressed.rules_for(desk).weights == usual.rules_for(desk).weights


def test_somebody_can_answer_every_message_of_the_script() -> None:
    policy, understanding = load_policy(POLICY), RuleUnderstanding()
    roster = [each for each in load_roster(ROSTER, policy=policy) if each.desk == "main"]
    for message in load_script().messages:
        understood = understanding.understand(message.text, lang_hint=None)
        requirement = policy.route(
            desk="main",
            topic=understood.topic,
            lang=understood.lang,
            channel=message.door,
            tier="standard",
            urgent=understood.urgent,
            waiting_since=0.0,
        ).requirement
        hard = [need for need in requirement.needs if need.hard]
        able = [
            each.agent
            for each in roster
            if message.door in each.channels
            and all(each.skills.get(need.skill, 0) >= need.level for need in hard)
        ]
        assert able, f"nobody for message {message.number}: {understood.topic} in {understood.lang}"


def test_the_script_gives_card_numbers_away() -> None:
    assert len(card_numbers(load_script())) >= 5


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111",
        "4111 1111-1111.1111",
        "٤١١١١١١١١١١١١١١١",
        '{"text": "card 4111 1111 1111 1111, thanks"}',
    ],
)
def test_a_card_number_is_found_however_it_is_written(text: str) -> None:
    assert leaked({"4111111111111111"}, text)


def test_a_masked_number_is_no_leak() -> None:
    assert not leaked({"4111111111111111"}, mask("card 4111 1111 1111 1111").text)


def test_a_log_with_a_card_number_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("fine")
    (tmp_path / "b.log").write_text("oops 4111111111111111")
    assert leaking_logs(frozenset({"4111111111111111"}), tmp_path) == ["b.log"]


def test_percentiles_are_of_what_was_seen() -> None:
    latency = latency_of(float(n) for n in range(1, 102))
    assert (latency.p50, latency.p99) == (51.0, 100.0)


def test_without_a_card_there_is_no_latency() -> None:
    assert latency_of([]).p50 is None
