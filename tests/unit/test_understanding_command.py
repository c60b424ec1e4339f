"""`croupier understand` as a person or a script uses it."""

import json

import pytest
import typer
from typer.testing import CliRunner, Result

from cli.understand import understand

app = typer.Typer()
app.command()(understand)


def run(*lines: str) -> Result:
    return CliRunner().invoke(app, input="\n".join(lines))


def test_language_and_topic_are_added_to_each_line() -> None:
    result = run('{"text": "kak vyvesti dengi", "id": 7}', '{"text": "site not loading"}')

    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert result.exit_code == 0
    assert first.keys() == {"text", "id", "lang", "topic", "topic_p"}
    assert (first["id"], first["lang"], first["topic"]) == (7, "ru", "withdrawal")
    assert (second["lang"], second["topic"]) == ("en", "technical")
    assert 0.5 < first["topic_p"] <= 1


def test_a_hint_decides_what_the_text_leaves_open() -> None:
    result = run('{"text": "12345", "lang_hint": "tr"}', '{"text": "12345", "lang_hint": null}')

    assert [json.loads(line)["lang"] for line in result.stdout.splitlines()] == ["tr", "und"]


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ('{"text": 5}', '"text" must be a string'),
        ("{}", '"text" must be a string'),
        ('{"text": "a", "lang_hint": 1}', '"lang_hint" must be a string'),
        ("где деньги", "not JSON"),
    ],
)
def test_a_bad_line_is_named_with_its_remedy_and_the_rest_is_done(bad: str, problem: str) -> None:
    result = run(bad, '{"text": "where is my payout"}')

    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1
    assert result.stderr.startswith("line 1: ")
    assert problem in result.stderr
    assert 'write it as {"text": ' in result.stderr


def test_help_has_an_example() -> None:
    assert "Example: echo" in CliRunner().invoke(app, ["--help"]).stdout
