"""`croupier simulate` and `croupier staff`, as people call them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from tests.unit.simulator_days import POLICY_FILE, SCENARIO


@pytest.fixture
def scenario_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SCENARIO.replace("lasts: 2h", "lasts: 30m"), encoding="utf-8")
    return path


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments), "--policy", str(POLICY_FILE)])


def test_a_day_is_told_as_a_table(scenario_file: Path) -> None:
    result = call("simulate", scenario_file)

    assert result.exit_code == 0, result.output
    for word in ("small", "policy version 3", "payments", "by language", "lt"):
        assert word in result.output


def test_another_seed_is_another_day(scenario_file: Path) -> None:
    days = [
        json.loads(call("simulate", scenario_file, "--json", "--seed", seed).output)
        for seed in ("1", "1", "2")
    ]

    assert days[0] == days[1] != days[2]
    assert days[2]["seed"] == 2


def test_the_page_is_written_where_asked(scenario_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "made" / "day.html"

    assert call("simulate", scenario_file, "--html", target).exit_code == 0
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_wrong_scenario_is_told_plainly(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(SCENARIO.replace("lang: ru", "lang: tr"), encoding="utf-8")

    for command in ("simulate", "staff"):
        result = call(command, wrong)
        assert result.exit_code == 1
        assert "wrong.yaml, line 8: arrivals.chat-ru.lang" in result.output


def test_a_scenario_without_customers_is_told_plainly(tmp_path: Path) -> None:
    empty = tmp_path / "empty.yaml"
    text = SCENARIO.replace("per_hour: 120", "per_hour: 0").replace("per_hour: 10", "per_hour: 0")
    empty.write_text(text.replace("waiting: 3", "waiting: 0"), encoding="utf-8")

    for command in ("simulate", "staff"):
        result = call(command, empty)
        assert result.exit_code == 1
        assert "nobody come" in result.output.replace("came", "come")


def test_staff_says_how_many_and_what_erlang_says(scenario_file: Path) -> None:
    result = call(
        "staff", scenario_file, "--days", "1", "--target", "0.8", "--shrinkage", "0.25", "--json"
    )

    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert set(told["groups"]) == {"ru", "lt"}
    assert all(share >= 0.8 for share in told["on_time"].values())
    for group in told["groups"].values():
        assert group["present"] <= group["rostered"] * 0.75 < group["present"] + 0.75


@pytest.mark.parametrize("command", ["simulate", "staff"])
def test_help_shows_an_example(command: str) -> None:
    assert "Example: croupier" in CliRunner().invoke(app, [command, "--help"]).output
