"""How a soak goes and how it went, for people and for programs."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.table import Table

from tests.bench.soak.samples import KIB_PER_MIB, Sample, Trend

PATH: Final = Path("build/soak.json")
_LINE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """open_tickets: not yet resolved when the last message had been accepted."""

    stack: str
    minutes: float
    rate: float
    counts: Mapping[str, int]
    open_tickets: int
    services: Mapping[str, Trend]

    @property
    def flat(self) -> bool:
        return all(trend.flat for trend in self.services.values())

    @property
    def kept_up(self) -> bool:
        """Whether the services did the work: one that falls behind grows for another reason. Ten
        seconds' worth of tickets may be on their way."""
        return self.open_tickets <= 10 * self.rate


class Screen:
    """A table that stays where it is on a terminal, lines elsewhere. A context manager."""

    def __init__(self, console: Console) -> None:
        self._console: Final = console
        self._told = -_LINE_SECONDS
        self._live: Final = Live(console=console, auto_refresh=False)

    def show(self, latest: Mapping[str, Sample], counts: Mapping[str, int]) -> None:
        seconds = max(sample.seconds for sample in latest.values())
        done = ", ".join(f"{count:,} {name}" for name, count in counts.items())
        if self._console.is_terminal:
            self._live.update(_now(latest, title=f"{seconds:.0f} s: {done}"), refresh=True)
        elif seconds >= self._told + _LINE_SECONDS:
            self._told = seconds
            memory = "  ".join(f"{name} {_mib(sample)}" for name, sample in latest.items())
            self._console.print(f"{seconds:4.0f} s  {memory}  {done}", soft_wrap=True)

    def __enter__(self) -> "Screen":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()


def show(outcome: Outcome, *, console: Console) -> None:
    """A row a service, and whether the run counts."""
    done = ", ".join(f"{count:,} {name}" for name, count in outcome.counts.items())
    table = Table(
        title=f"{outcome.minutes:g} minutes at {outcome.rate:g} messages/s ({outcome.stack} stack)",
        caption=f"{done}; {outcome.open_tickets} tickets open at the end",
    )
    for column in ("service", "RSS at 20 %", "at 100 %", "slope", "files", "threads", "verdict"):
        table.add_column(column, justify="left" if column == "service" else "right")
    for name, trend in outcome.services.items():
        table.add_row(
            name,
            f"{trend.rss_settled:.1f} MiB",
            f"{trend.rss_end:.1f} MiB",
            f"{trend.slope_kib_per_min:+.1f} KiB/min",
            f"{trend.fds_end:.0f} ({trend.fds_growth:+.1f})",
            f"{trend.threads_end:.0f} ({trend.threads_growth:+.1f})",
            "flat" if trend.flat else "grows",
        )
    console.print(table)
    if not outcome.kept_up:
        console.print(
            "The services did not keep up with the load: give them less, or a free machine."
        )


def write(outcome: Outcome, path: Path = PATH) -> None:
    """As JSON, with the verdicts."""
    services = {
        name: {**asdict(trend), "flat": trend.flat} for name, trend in outcome.services.items()
    }
    verdict = {"flat": outcome.flat, "kept_up": outcome.kept_up}
    path.parent.mkdir(parents=True, exist_ok=True)
    figures = {**asdict(outcome), "counts": dict(outcome.counts), "services": services, **verdict}
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _now(latest: Mapping[str, Sample], *, title: str) -> Table:
    table = Table("service", "RSS", "files", "threads", title=title)
    for name, sample in latest.items():
        table.add_row(name, _mib(sample), f"{sample.fds:.0f}", f"{sample.threads:.0f}")
    return table


def _mib(sample: Sample) -> str:
    return f"{sample.rss / KIB_PER_MIB:.1f} MiB"
