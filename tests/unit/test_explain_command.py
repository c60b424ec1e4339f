"""What `croupier explain` prints, and the page that teaches it."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.explain import page
from cli.main import app
from tests.unit.desk_driver import RULES
from tests.unit.explain_recording import Recording

PAGE = Path(__file__).parents[2] / "docs/explain.md"


def example() -> Recording:
    """The ticket of docs/explain.md."""
    desk = Recording()
    desk.hire("anna", {"lang.ru": 3, "payments": 3})
    desk.hire("boris", {"lang.ru": 4, "payments": 3})
    desk.hire("daria", {"lang.ru": 4, "payments": 2, "lang.en": 3})
    desk.hire("egle", {"lang.lt": 5})
    desk.connect("anna", "boris", "daria", "egle", period=1e6)
    for name in ("anna", "boris", "daria"):
        desk.state(name)
    desk.deal("t1", due=300)
    desk.now += 7
    desk.decline("t1")
    desk.settle()
    desk.now += 4
    desk.accept("t1")
    desk.now += 95
    desk.reply("t1", "…")
    desk.resolve("t1")
    desk.wait(RULES.wrap_up_seconds)
    return desk


async def test_the_page_shows_what_the_command_prints() -> None:
    told = await example().explain("t1", agent="anna")
    [shown] = re.findall(r"```text explained\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert page(told).plain + "\n" == shown


async def test_what_waits_is_told_last() -> None:
    desk = Recording()
    desk.hire("egle", {"lang.lt": 5})
    desk.open("t1", due=60)
    desk.settle()

    text = page(await desk.explain("t1", agent="egle")).plain.splitlines()

    assert text[0] == "t1 is queued; desk main, 2026-09-21, UTC"
    waits = "due 14:14:20 (in 1 min); nobody could take it now; 1 lacked a skill it needs"
    assert text[-2:] == [f"now it waits: {waits}", "egle: no lang.ru"]


def test_every_option_on_the_page_exists() -> None:
    calls = re.findall(r"^croupier explain (.*)$", PAGE.read_text("utf-8"), re.MULTILINE)
    offered = CliRunner().invoke(app, ["explain", "--help"], env={"COLUMNS": "200"}).output
    assert calls
    for option in {option for call in calls for option in re.findall(r"--[a-z]+", call)}:
        assert option in offered


def test_without_anything_up_the_command_says_what_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(app, ["explain", "t1"])
    assert ended.exit_code == 1
    assert "croupier up" in ended.output


def test_a_router_that_does_not_answer_is_a_sentence() -> None:
    ended = CliRunner().invoke(app, ["explain", "t1", "--url", "http://127.0.0.1:1"])
    assert ended.exit_code == 1
    assert "http://127.0.0.1:1 does not answer" in ended.output
