"""`croupier status`: what is up, what waits, what is behind."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli import running, status_report
from cli.status_model import PartStatus, QueueStatus, Report, ShardStatus
from cli.told_plainly import told_plainly

_LISTED = 10
_COLOURS = {"ready": "green", "not ready": "yellow", "dead": "red"}


def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Show what `croupier up` runs: parts, queues, agents, shards, lag, dead letters.

    Exit code 1 when a part is dead or not ready. Whatever does not answer, the rest is shown.

    Example: croupier status --json
    """
    with told_plainly():
        report = asyncio.run(status_report.draw_up(running.require()))
    if as_json:
        typer.echo(report.model_dump_json(indent=2))
    else:
        _show(report)
    if not report.healthy:
        raise typer.Exit(1)


def _show(report: Report) -> None:
    console = Console()
    if not report.up:
        console.print("[red]croupier up is gone: nothing restarts what dies[/]")
    console.print(_parts([*report.stack, *report.services]))
    if report.queues is None:
        console.print("queues, agents, shards: the store does not answer")
    else:
        console.print(_queues(report.queues) if report.queues else "no ticket waits or is in hand")
    if report.agents is not None:
        counts = ", ".join(f"{count} {state}" for state, count in report.agents.items())
        console.print(f"agents: {counts or 'none'}")
    if report.overloaded:
        console.print(
            f"overloaded, with more in hand than they may have: {_ids(report.overloaded)}"
        )
    if report.shards is not None:
        console.print(_shards(report.shards))
    console.print(f"sorter: {_records(report.sorter_lag)} to sort")
    console.print(f"dead letters: {_dead(report.dead_letters)}")


def _parts(parts: Iterable[PartStatus]) -> Table:
    table = Table("part", "state", "waits for", "address", "pid", "restarts")
    for part in parts:
        colour = _COLOURS[part.state]
        table.add_row(
            part.name,
            f"[{colour}]{part.state}[/]",
            ", ".join(part.waiting_for),
            part.address,
            str(part.pid or ""),
            str(part.restarts or ""),
        )
    return table


def _queues(queues: Iterable[QueueStatus]) -> Table:
    table = Table("desk", "queue", "state", "tickets", "oldest, s")
    for row in queues:
        table.add_row(row.desk, row.queue, row.state, str(row.tickets), f"{row.oldest_seconds:.0f}")
    return table


def _shards(shards: Iterable[ShardStatus]) -> Table:
    table = Table("shard", "owner's epoch", "commits", "lag", "unpublished", "trouble")
    for shard in shards:
        table.add_row(
            str(shard.shard),
            str(shard.epoch),
            str(shard.seq),
            "?" if shard.lag is None else str(shard.lag),
            str(shard.outbox),
            "yes" if shard.trouble else "",
        )
    return table


def _ids(agents: Sequence[str]) -> str:
    more = len(agents) - _LISTED
    return ", ".join(agents[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def _records(lag: int | None) -> str:
    return "an unknown number of records" if lag is None else f"{lag} records"


def _dead(letters: dict[str, int] | None) -> str:
    if letters is None:
        return "the broker does not answer"
    return ", ".join(f"{count} in {topic}" for topic, count in letters.items()) or "none"
