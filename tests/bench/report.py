"""What the bench found, for people and for programs."""

import json
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

Figures = dict[str, float | str | dict[str, float]]

PATH = Path("build/bench.json")

BARS: dict[str, tuple[str, float]] = {
    "ratio_to_floor": (">=", 0.5),
    "ratio_to_naive": (">=", 10),
    "latency_p50_ms": ("<=", 25),
    "latency_p99_ms": ("<=", 80),
    "policy_change_s_100k": ("<=", 1),
    "takeover_s_1m": ("<=", 20),
    "bytes_per_waiting": ("<=", 1_000),
}
"""What we hold ourselves to. `core_us_by_*`: the largest at most twice the smallest."""


def show(
    figures: Figures, *, console: Console, bars: Mapping[str, tuple[str, float]] = BARS
) -> None:
    """A table, each figure beside its bar."""
    table = Table(title=f"croupier bench ({figures['stack']} stack, one run, one machine)")
    table.add_column("figure")
    table.add_column("measured", justify="right")
    table.add_column("bar", justify="right")
    for name, value in figures.items():
        if isinstance(value, dict):
            shown = "  ".join(f"{size}: {cost:.1f}" for size, cost in value.items())
            spread = max(value.values()) / min(value.values())
            table.add_row(name, shown, f"spread {spread:.2f} <= 2")
        elif isinstance(value, float):
            sign, bar = bars.get(name, ("", 0.0))
            table.add_row(name, f"{value:,.2f}", f"{sign} {bar:g}" if sign else "")
    console.print(table)


def write(figures: Figures, path: Path = PATH) -> None:
    """As JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
