"""The table of planted bugs of the core: filled by the tests, printed when they are done."""

from typing import Any, Final

import pytest

from tests.tables import lines

_NOTICED: Final = pytest.StashKey[list[dict[str, Any]]]()


@pytest.fixture
def noticed(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """A row for each bug that was noticed."""
    return request.config.stash.setdefault(_NOTICED, [])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    rows = config.stash.get(_NOTICED, [])
    if rows:
        terminalreporter.section("planted bugs of the core")
        for line in lines("Each a rule broken on purpose", rows, width=120):
            terminalreporter.write_line(line)
