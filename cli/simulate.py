"""`croupier simulate`: a day of customers on the routing core, in virtual time."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Column, Table

from cli.processes import POLICY
from cli.told_plainly import Trouble, told_plainly
from services.router.policy import Policy, load_policy
from services.router.simulator.admission import by_policy
from services.router.simulator.load import load_scenario
from services.router.simulator.outcome import Outcome
from services.router.simulator.page import (
    CUTS,
    EFFORT_HEADS,
    SERVICE_HEADS,
    effort_cells,
    page,
    service_cells,
)
from services.router.simulator.report import Report, report
from services.router.simulator.run import run
from services.router.simulator.scenario import ScenarioFile
from services.router.simulator.trace import Trace
from services.router.simulator.workload import draw, habits_of

_LONG_RUN: Final = 20_000
"""Contacts from which on a run shows how far it is: some five seconds."""

ScenarioArgument = Annotated[Path, typer.Argument(help="The scenario file.", exists=True)]
PolicyOption = Annotated[Path, typer.Option(help="The policy that deals.", exists=True)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def simulate(
    scenario: ScenarioArgument,
    *,
    policy: PolicyOption = POLICY,
    seed: Annotated[
        int | None, typer.Option(help="Another day of the same kind; the file has the default.")
    ] = None,
    as_json: JsonOption = False,
    html: Annotated[
        Path | None, typer.Option(help="Write the figures and plots to this page.")
    ] = None,
) -> None:
    """Play a day and say how it went: waits, promises kept, customers lost, agents' load.

    Two policies with the same seed meet the very same day.

    Example: croupier simulate deploy/policy/derby-night.yaml --html build/derby.html
    """
    with told_plainly():
        rules = load_policy(policy)
        file = load_scenario(scenario, policy=rules)
        trace = draw(file, rules, seed=seed)
        if not trace.arrivals:
            raise Trouble(f"nobody comes on the day {trace.name!r}: give its arrivals a rate")
    outcomes = _play(trace, file, rules)
    found = report(trace, outcomes, policy=rules.version)
    if html is not None:
        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(page(found), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(found.as_json()))
    else:
        _show(found)


def _play(trace: Trace, file: ScenarioFile, policy: Policy) -> list[Outcome]:
    with _progress(len(trace.arrivals)) as on_over:
        return run(
            trace,
            policy.rules_for(file.desk),
            habits=habits_of(file),
            admit=by_policy(policy, desk=file.desk),
            start=file.starts.timestamp(),
            on_over=on_over,
        )


@contextmanager
def _progress(contacts: int) -> Iterator[Callable[[Outcome], None] | None]:
    """How far a long run is, on stderr; nothing for a short one."""
    if contacts < _LONG_RUN:
        yield None
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("playing the day", total=contacts)
        yield lambda outcome: bar.advance(task, outcome.contact == 1)


def _show(found: Report) -> None:
    console = Console()
    console.print(
        f"[bold]{found.scenario}[/bold], seed {found.seed}, policy version {found.policy}"
    )
    table = Table(
        Column("", no_wrap=True), *(Column(head, justify="right") for head in SERVICE_HEADS)
    )
    table.add_row("all", *service_cells(found.overall), end_section=True)
    for cut in CUTS:
        table.add_row(f"[dim]by {cut}")
        for name, met in sorted(found.by[cut].items()):
            table.add_row(f"  {name}", *service_cells(met))
        table.add_section()
    console.print(table)
    agents = Table("agents", *(Column(head, justify="right") for head in EFFORT_HEADS))
    for name, done in found.agents.items():
        agents.add_row(name, *effort_cells(done))
    console.print(agents)
    pairs = found.by["language and tier"]
    console.print(
        f"by value {found.overall.value:.1%} on time; "
        f"worst language and tier: {found.worst}, {pairs[found.worst].on_time:.1%}"
    )
