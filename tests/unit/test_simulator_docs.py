"""What docs/simulator.md says is so."""

import re
from pathlib import Path

from typer.testing import CliRunner

from cli.main import app
from services.router.policy import load_policy
from services.router.simulator.habits import Habits
from services.router.simulator.load import parse_scenario
from services.router.simulator.workload import draw

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/simulator.md").read_text(encoding="utf-8")


def test_the_scenario_on_the_page_fits_the_policy_that_comes_with_croupier() -> None:
    (text,) = re.findall(r"```yaml scenario\n(.*?)```", PAGE, re.DOTALL)
    policy = load_policy(ROOT / "deploy/policy/betting.yaml")

    trace = draw(parse_scenario(text, policy=policy), policy)

    assert {arrival.kind for arrival in trace.arrivals} == {"chat-ru", "mail-en"}


def test_every_option_on_the_page_exists() -> None:
    calls = re.findall(r"^croupier (\w+) (.*)$", PAGE, re.MULTILINE)
    assert {command for command, _ in calls} == {"simulate", "staff"}
    for command, arguments in calls:
        offered = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output
        for option in re.findall(r"--[a-z]+", arguments):
            assert option in offered
        for file in re.findall(r"deploy/\S+", arguments):
            assert (ROOT / file).exists()


def test_pace_is_as_the_page_says() -> None:
    assert "1 / (1 + s (n − 1))" in PAGE
    assert Habits(slowdown=0.5).pace(3) == 1 / (1 + 0.5 * (3 - 1))
