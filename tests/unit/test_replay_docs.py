"""What docs/replay.md says is so: its commands run, its options exist."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.past import Past, dump, policy_record
from services.router.policy import load_policy
from shared.messaging.records import Record
from tests.unit.dealer_driver import World, ticket_doc
from tests.unit.desk_driver import NOON
from tests.unit.replay_policies import FALLBACK, LIVE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/replay.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line)[1:]
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]
FROM_A_FILE = [command for command in COMMANDS if "--from" in command]


@pytest.fixture
async def day(tmp_path: Path) -> Path:
    """A folder with what the commands name."""
    (tmp_path / "candidate.yaml").write_text(FALLBACK)
    live = tmp_path / "live.yaml"
    live.write_text(LIVE)
    world = World(rules=(load_policy(live).rules_for("main"),))
    async with world.worker() as running:
        world.staff("anna")
        world.store.insert([ticket_doc("t1", topic="general")])
        world.wrote("t1")
        await running.settle()
        world.accept("t1", "anna")
        await running.settle()
    told = [
        Record(each.topic, 0, offset, each.key, each.value, 0)
        for offset, each in enumerate(world.publisher.confirmed)
    ]
    records = (*world.feed.records(), *told, policy_record(live))
    dump(Past(1, NOON + 60, records), tmp_path / "monday.jsonl.gz")
    return tmp_path


@pytest.mark.parametrize("command", FROM_A_FILE, ids=" ".join)
def test_a_command_on_the_page_runs(
    command: list[str], day: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(day)

    ran = CliRunner().invoke(app, command)

    assert ran.exit_code == 0, ran.output


def test_a_difference_is_shown_and_is_the_exit_code(
    day: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(day)
    CliRunner().invoke(app, ["replay", "--from", "monday.jsonl.gz", "--dump", "plain.jsonl"])
    plain = Path("plain.jsonl")
    dealt = '"on": "dealt", "from_state": "queued", "to_state": "offered"'
    assert plain.read_text().count(dealt) == 1
    lines = [
        line.replace('"agent": "anna"', '"agent": "zoe"') if dealt in line else line
        for line in plain.read_text().splitlines()
    ]
    plain.write_text("\n".join(lines))

    ran = CliRunner().invoke(app, ["replay", "--from", "plain.jsonl"])

    assert ran.exit_code == 1
    assert "recorded t1 to zoe; again t1 to anna" in ran.stdout


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_option_on_the_page_exists(command: list[str]) -> None:
    name = command[: 2 if command[0] == "policy" else 1]
    offered = CliRunner().invoke(app, [*name, "--help"], env={"COLUMNS": "200"}).output

    assert [each for each in command if each.startswith("--") and each not in offered] == []


def test_the_commands_of_the_page_are_these() -> None:
    assert len(FROM_A_FILE) == 4
    assert {tuple(command[:1]) for command in COMMANDS} == {("replay",), ("policy",)}
