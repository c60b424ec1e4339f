"""`croupier mask` as a person or a script uses it."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from cli.mask import mask

app = typer.Typer()
app.command()(mask)


def run(*lines: str | bytes) -> Result:
    raw = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    return CliRunner().invoke(app, input=raw)


def test_cards_are_masked_and_counted_line_by_line() -> None:
    result = run(
        '{"texts": ["моя карта 4111 1111 1111 1111"], "id": 12345678901234567890}',
        '{"texts": ["4111 1111", "1111 1111"]}',
    )

    assert result.exit_code == 0
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"texts": ["моя карта [card …1111]"], "id": 12345678901234567890, "found": 1},
        {"texts": ["[card …]", "[card …1111]"], "found": 1},
    ]


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ("{texts", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"texts": "4111"}', '"texts" must be a list of strings'),
        ('{"texts": [1]}', '"texts" must be a list of strings'),
        ('{"text": []}', '"texts" must be a list of strings'),
        ('{"texts": ["\\ud83d"]}', "half a surrogate pair"),
        ('{"texts": [], "n": NaN}', "NaN is no JSON number"),
        (b'{"texts": ["\xff"]}', "not UTF-8"),
        ("[" * 100_000, "not usable JSON"),
    ],
)
def test_a_bad_line_is_named_with_its_remedy_and_the_rest_is_done(
    bad: str | bytes, problem: str
) -> None:
    result = run('{"texts": ["a"]}', "", bad, '{"texts": ["b"]}')

    assert result.exit_code == 1
    assert [json.loads(line)["texts"] for line in result.stdout.splitlines()] == [["a"], ["b"]]
    assert result.stderr.startswith("line 3: ")
    assert problem in result.stderr
    assert 'write it as {"texts": [' in result.stderr


def test_a_complaint_about_a_line_does_not_repeat_the_card_in_it() -> None:
    assert "4111" not in run('{"texts": ["4222222222222"}').stderr.split("write it as")[0]


def test_lines_are_read_from_a_file_too(tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_text('{"texts": ["4111-1111-1111-1111"]}\n')

    result = CliRunner().invoke(app, [str(file)])

    assert json.loads(result.stdout)["found"] == 1


def test_help_has_an_example() -> None:
    assert "Example: echo" in CliRunner().invoke(app, ["--help"]).stdout
