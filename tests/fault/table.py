"""The fault table: one row a fault, all its runs together. Printed at the end of a session and kept
in `build/faults.json`."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from tests.fault.ledger import Verdict

BUILD: Final = Path(__file__).parents[2] / "build"
FAULTS: Final = BUILD / "faults.json"


@dataclass(slots=True)
class Row:
    """recovery_seconds: of the slowest run, from the fault to the first card of a message written
    after it; None where nothing had to recover."""

    fault: str
    runs: int = 0
    messages: int = 0
    lost: int = 0
    doubled: int = 0
    over_capacity: int = 0
    other: int = 0
    recovery_seconds: float | None = None

    def add(self, verdict: Verdict, recovery_seconds: float | None) -> None:
        """One more run."""
        self.runs += 1
        self.messages += verdict.messages
        self.lost += verdict.lost
        self.doubled += verdict.doubled
        self.over_capacity += verdict.over_capacity
        counted = verdict.lost + verdict.doubled + verdict.over_capacity
        self.other += max(0, len(verdict.complaints) - counted)
        if recovery_seconds is not None:
            slowest = max(self.recovery_seconds or 0.0, recovery_seconds)
            self.recovery_seconds = round(slowest, 1)


class FaultTable:
    """Collects rows, in the order in which faults first come."""

    def __init__(self) -> None:
        self._rows: Final[dict[str, Row]] = {}

    def add(self, fault: str, verdict: Verdict, *, recovery_seconds: float | None = None) -> None:
        """A run of `fault`."""
        self._rows.setdefault(fault, Row(fault)).add(verdict, recovery_seconds)

    def rows(self) -> list[dict[str, Any]]:
        return [asdict(row) for row in self._rows.values()]

    def save(self, *, stack: str) -> None:
        """Replaces what the last session kept."""
        BUILD.mkdir(exist_ok=True)
        FAULTS.write_text(json.dumps({"stack": stack, "faults": self.rows()}, indent=1) + "\n")
