"""Recall and false positives on the corpora in tests/samples/masking, for build/masking.json."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli.mask import MAX_FALSE_POSITIVES, mask, score_of
from cli.mask_score import Score, read_attacks, read_innocents, table

CORPORA = Path("tests/samples/masking")
REPORT = Path("build/masking.json")

app = typer.Typer()
app.command()(mask)


@pytest.fixture(scope="module")
def result() -> Score:
    scored = score_of(CORPORA)
    print(table(scored))  # noqa: T201 - the table is what one runs this for
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(scored.as_json(), indent=2, ensure_ascii=False) + "\n")
    return scored


def test_the_corpora_are_large_enough_to_say_something() -> None:
    assert len(read_attacks(CORPORA / "attack.txt")) >= 700
    assert len(read_innocents(CORPORA / "innocent.txt")) >= 900


def test_every_card_is_hidden(result: Score) -> None:
    assert [case for case in result.wrong if case.hidden] == []
    assert result.recall == 1.0


def test_hardly_another_number_is_hidden(result: Score) -> None:
    assert result.false_positives <= MAX_FALSE_POSITIVES


def test_the_command_shows_both() -> None:
    shown = CliRunner().invoke(app, ["--score", str(CORPORA)])

    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[-1].startswith("recall 100.0%, false positives 0.")


def test_the_command_fails_and_names_the_case_where_a_card_is_missed(tmp_path: Path) -> None:
    (tmp_path / "attack.txt").write_text("in words | 4111111111111111 | four one one one\n")
    (tmp_path / "innocent.txt").write_text("plain talk | hello\n")

    shown = CliRunner().invoke(app, ["--score", str(tmp_path)])

    assert shown.exit_code == 1
    assert "wrong: in words" in shown.stderr
