"""The fault table: filled by the tests, printed when they are done."""

import os
from typing import Final

import pytest

from tests.fault.table import FaultTable
from tests.tables import lines

DEFAULT_SEED: Final = 20261122
_TABLE: Final = pytest.StashKey[FaultTable]()


@pytest.fixture
def fault_table(request: pytest.FixtureRequest) -> FaultTable:
    """Where a test writes what its run came to."""
    return request.config.stash.setdefault(_TABLE, FaultTable())


@pytest.fixture
def seed() -> int:
    """Of the customers' words, the agents' moods and the faults' moments: `CROUPIER_FAULT_SEED`."""
    return int(os.environ.get("CROUPIER_FAULT_SEED", DEFAULT_SEED))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    table = config.stash.get(_TABLE, FaultTable())
    if not (rows := table.rows()):
        return
    table.save(stack=os.environ.get("CROUPIER_STACK", "chosen by itself"))
    terminalreporter.section("faults")
    for line in lines("Faults on real processes", rows, width=120):
        terminalreporter.write_line(line)
