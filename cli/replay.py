"""`croupier replay`: a recorded day on the same core, as it was or under another policy."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cli import contrast, past
from cli.past import Past
from cli.processes import POLICY
from cli.running import KafkaOption, kafka_of, load
from cli.told_plainly import told_plainly
from services.router.policy import Policy, load_policy
from services.router.replay.comparing import Difference, Verdict
from services.router.replay.recorded import Deal, Unplayable
from services.router.replay.whole import contrast_all, verify_all
from shared.runtime.clock import utc

DIFFERENT, UNPLAYABLE = 1, 2
"""Exit codes."""

PrefixOption = Annotated[str, typer.Option(envvar="CROUPIER_TOPIC_PREFIX", hidden=True)]
StartedOption = Annotated[
    Path | None,
    typer.Option(
        "--started-with",
        help="The policy file that routers start with; without it, that of the running"
        " `croupier up`.",
        exists=True,
        dir_okay=False,
    ),
]


def replay(
    *,
    from_file: Annotated[
        Path | None,
        typer.Option("--from", help="A dump, instead of the topics.", exists=True, dir_okay=False),
    ] = None,
    dump: Annotated[
        Path | None,
        typer.Option(help="Keep what was read in this file; compressed where it ends in .gz."),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            help="Play the same under this policy, and compare.", exists=True, dir_okay=False
        ),
    ] = None,
    kafka: KafkaOption = None,
    started_with: StartedOption = None,
    topic_prefix: PrefixOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Do every recorded turn of the dealers again, and check that the same was decided.

    Exit code 0: all the same. 1: something was decided otherwise. 2: a part could not be replayed,
    since it is not in the topics any more. With --policy: 0, or 2.

    Example: croupier replay --dump monday.jsonl.gz

    Example: croupier replay --from monday.jsonl.gz --policy candidate.yaml
    """
    with told_plainly():
        read = _read(from_file, kafka, started_with, topic_prefix)
        if dump is not None:
            past.dump(read, dump)
        candidate = None if policy is None else load_policy(policy)
    try:
        code = (
            _verify(read, as_json=as_json)
            if candidate is None
            else _contrast(read, candidate, as_json=as_json)
        )
    except Unplayable as why:
        typer.secho(str(why), fg="red", err=True)
        code = UNPLAYABLE
    if code:
        raise typer.Exit(code)


def _verify(read: Past, *, as_json: bool) -> int:
    log = read.log()
    verdicts = verify_all(
        log, partitions=read.partitions, rulings=past.rulings_of(log), read_at=read.read_at
    )
    if as_json:
        typer.echo(json.dumps([_row(each) for each in verdicts]))
    else:
        _show(verdicts)
    if any(each.different for each in verdicts):
        return DIFFERENT
    return UNPLAYABLE if any(each.unplayable for each in verdicts) else 0


def _contrast(read: Past, candidate: Policy, *, as_json: bool) -> int:
    log = read.log()
    found = contrast_all(
        log,
        partitions=read.partitions,
        live=past.rulings_of(log),
        candidate=past.always(candidate),
        read_at=read.read_at,
    )
    contrast.show(found, candidate, as_json=as_json)
    return UNPLAYABLE if found.unplayable else 0


def _read(file: Path | None, kafka: str | None, started_with: Path | None, prefix: str) -> Past:
    if file is not None:
        return past.load(file)
    start = started_with or file_of_routers()
    return asyncio.run(past.read_past(kafka_of(kafka), started_with=start, topic_prefix=prefix))


def file_of_routers() -> Path:
    """The policy file of the running `up`, else the one that comes with Croupier."""
    up = load()
    return POLICY if up is None else up.policy


def _row(verdict: Verdict) -> dict[str, Any]:
    first = verdict.first
    return {
        "shard": verdict.shard,
        "turns": verdict.turns,
        "decisions": verdict.decisions,
        "same": verdict.same,
        "different": verdict.different,
        "first": None if first is None else _first(first),
        "unplayable": verdict.unplayable,
    }


def _first(first: Difference) -> dict[str, Any]:
    return {
        "shard": first.shard,
        "seq": first.seq,
        "at": utc(first.at).isoformat(),
        "recorded": None if first.recorded is None else first.recorded._asdict(),
        "again": None if first.again is None else first.again._asdict(),
    }


def _show(verdicts: list[Verdict]) -> None:
    console = Console(soft_wrap=True)
    if not verdicts:
        console.print("no turn was recorded")
        return
    table = Table("shard", "turns", "decisions", "same", "different")
    for each in verdicts:
        cells = (each.shard, each.turns, each.decisions, each.same, each.different)
        table.add_row(*map(str, cells))
    console.print(table)
    for each in verdicts:
        if each.first is not None:
            console.print(f"[red]{_told(each.first)}")
        if each.unplayable is not None:
            console.print(f"[yellow]not replayed from there on: {each.unplayable}")


def _told(first: Difference) -> str:
    return (
        f"shard {first.shard}, turn {first.seq}, {utc(first.at):%Y-%m-%d %H:%M:%S} UTC: recorded"
        f" {_deal(first.recorded)}; again {_deal(first.again)}"
    )


def _deal(deal: Deal | None) -> str:
    return "no deal" if deal is None else f"{deal.ticket} to {deal.agent}"
