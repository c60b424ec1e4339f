"""The table of what every door answers to what: filled by its tests, printed when they are done and
kept in `build/outcomes.json`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.tables import lines

RESULTS: Final = Path(__file__).parents[1] / "build" / "outcomes.json"

Seen = Callable[[str, str, str], None]
"""`seen(door, treatment, outcome)`."""

_TABLE: Final = pytest.StashKey[dict[str, dict[str, str]]]()


@pytest.fixture
def seen(request: pytest.FixtureRequest) -> Seen:
    """Tell what a door answered."""
    table = request.config.stash.setdefault(_TABLE, {})

    def note(door: str, treatment: str, outcome: str) -> None:
        table.setdefault(door, {})[treatment] = outcome

    return note


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    table = config.stash.get(_TABLE, {})
    if not table:
        return
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(table, indent=1) + "\n")
    treatments = list(dict.fromkeys(each for row in table.values() for each in row))
    rows = [
        {"door": door, **{each: row.get(each) for each in treatments}}
        for door, row in table.items()
    ]
    terminalreporter.section("doors")
    for line in lines("What every door answers, and what becomes of it", rows, width=150):
        terminalreporter.write_line(line)
