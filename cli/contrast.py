"""What another policy would have done, for people and for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import typer
from rich.console import Console
from rich.table import Column, Table

from services.router.policy import Policy
from services.router.replay.account import Cut, Fared
from services.router.replay.contrast import Otherwise
from services.router.replay.whole import Contrasted
from shared.runtime.clock import utc

_FIGURES = ("dealt", "on time", "wait, s", "waiting", "left", "failed")
"""wait: the 50th, 90th and 99th percentile. failed: offers that were declined, and that expired."""


def show(found: Contrasted, policy: Policy, *, as_json: bool) -> None:
    """policy: the candidate."""
    if as_json:
        typer.echo(json.dumps(_as_json(found, policy)))
    else:
        _print(found, policy, Console(soft_wrap=True))


def _as_json(found: Contrasted, policy: Policy) -> dict[str, Any]:
    count = asdict(found.count) | {"examples": [example(each) for each in found.count.examples]}
    return {
        "candidate": policy.version,
        **count,
        "overall": _both(found.live.overall(), found.candidate.overall()),
        "queues": [
            {**cut._asdict(), **_both(live, candidate)} for cut, live, candidate in _rows(found)
        ],
        "unplayable": found.unplayable,
    }


def example(found: Otherwise) -> dict[str, Any]:
    return found._asdict() | {"at": utc(found.at).isoformat()}


def in_words(found: Otherwise) -> str:
    """Nobody: not in this turn."""
    return (
        f"{utc(found.at):%Y-%m-%d %H:%M:%S} {found.ticket}: live {found.live or 'nobody'},"
        f" candidate {found.candidate or 'nobody'}"
    )


def _print(found: Contrasted, policy: Policy, console: Console) -> None:
    count = found.count
    console.print(
        f"{count.turns} turns, {count.recorded} recorded deals, {count.repeated} made again;"
        f" candidate version {policy.version}:"
        f" {count.same} the same, {count.otherwise} otherwise ({count.only_live} only live,"
        f" {count.only_candidate} only candidate)"
    )
    table = Table(
        "", Column("", no_wrap=True), *(Column(name, justify="right") for name in _FIGURES)
    )
    _add(table, "all", found.live.overall(), found.candidate.overall())
    for cut, live, candidate in _rows(found):
        _add(table, f"{cut.queue}, {cut.tier}", live, candidate)
    console.print(table)
    for each in count.examples:
        console.print(in_words(each))
    for why in found.unplayable:
        console.print(f"[yellow]not replayed from there on: {why}")


def _rows(found: Contrasted) -> Sequence[tuple[Cut, Fared | None, Fared | None]]:
    live, candidate = found.live.figures(), found.candidate.figures()
    return [(cut, live.get(cut), candidate.get(cut)) for cut in sorted({*live, *candidate})]


def _both(live: Fared | None, candidate: Fared | None) -> dict[str, Any]:
    return {
        "live": None if live is None else asdict(live),
        "candidate": None if candidate is None else asdict(candidate),
    }


def _add(table: Table, name: str, live: Fared | None, other: Fared | None) -> None:
    table.add_row(name, "live", *_cells(live))
    table.add_row("", "candidate", *_cells(other), end_section=True)


def _cells(fared: Fared | None) -> list[str]:
    if fared is None:
        return ["-"] * len(_FIGURES)
    waits = (fared.p50_s, fared.p90_s, fared.p99_s)
    return [
        str(fared.dealt),
        "-" if fared.on_time is None else f"{fared.on_time:.1%}",
        "/".join("-" if seconds is None else f"{seconds:.0f}" for seconds in waits),
        *(str(fared.waiting), str(fared.left), f"{fared.declined}+{fared.expired}"),
    ]
