"""The tables of planted bugs: each is the program with one safeguard taken out. Filled by the tests
marked `planted`, printed when they are done and kept in `build/planted.json`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.tables import lines

RESULTS: Final = Path(__file__).parents[1] / "build" / "planted.json"

Noticed = Callable[..., None]
"""`noticed(where, bug=…, noticed_by=…)`: where it was planted, then a row of that table."""

_TABLES: Final = pytest.StashKey[dict[str, list[dict[str, Any]]]]()


@pytest.fixture
def noticed(request: pytest.FixtureRequest) -> Noticed:
    """Tell of a bug that was noticed."""
    tables = request.config.stash.setdefault(_TABLES, {})

    def note(where: str, **row: Any) -> None:
        tables.setdefault(where, []).append(row)

    return note


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    tables = config.stash.get(_TABLES, {})
    if not tables:
        return
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(tables, indent=1) + "\n")
    terminalreporter.section("planted bugs")
    for where, rows in tables.items():
        for line in lines(f"Planted in {where}, each noticed", rows, width=120):
            terminalreporter.write_line(line)
