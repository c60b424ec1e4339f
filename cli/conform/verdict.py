"""What was found out, for people and for programs."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from rich.console import Console
from rich.table import Table

Outcome = Literal["passed", "failed", "skipped"]
_COLOURS = {"passed": "green", "failed": "red", "skipped": "yellow"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one check. says: what was seen; of a failure, what is wrong and what to look at."""

    check: str
    outcome: Outcome
    says: str = ""


@dataclass(slots=True)
class Verdicts:
    """In the order in which they were reached. tell: hears each at once."""

    tell: Callable[[Verdict], None]
    all: list[Verdict] = field(default_factory=list)

    def passed(self, check: str, says: str = "") -> None:
        self._add(Verdict(check, "passed", says))

    def failed(self, check: str, says: str) -> None:
        self._add(Verdict(check, "failed", says))

    def skipped(self, check: str, says: str) -> None:
        self._add(Verdict(check, "skipped", says))

    def of(self, check: str, wrong: str | None, says: str = "") -> None:
        """wrong: what is; None: nothing."""
        if wrong is None:
            self.passed(check, says)
        else:
            self.failed(check, wrong)

    @property
    def ok(self) -> bool:
        return not any(each.outcome == "failed" for each in self.all)

    def _add(self, verdict: Verdict) -> None:
        self.all.append(verdict)
        self.tell(verdict)


def as_json(verdicts: Sequence[Verdict], *, ok: bool) -> str:
    told = {"ok": ok, "checks": [asdict(each) for each in verdicts]}
    return json.dumps(told, ensure_ascii=False, indent=2)


def show(verdicts: Sequence[Verdict]) -> None:
    table = Table("check", "outcome", "")
    for each in verdicts:
        table.add_row(each.check, f"[{_COLOURS[each.outcome]}]{each.outcome}[/]", each.says)
    Console().print(table)
