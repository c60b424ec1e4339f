"""`croupier staff`: how many agents a scenario needs."""

import json
from collections.abc import Mapping
from math import ceil
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from cli.processes import POLICY
from cli.simulate import JsonOption, PolicyOption, ScenarioArgument
from cli.told_plainly import Trouble, told_plainly
from services.router.policy import load_policy
from services.router.simulator.formula import Formula, formulas
from services.router.simulator.load import load_scenario
from services.router.simulator.scenario import ScenarioFile
from services.router.simulator.staffing import Goal, OutOfReach, Trial, Trials, fewest

_SHARE = {"min": 0.0, "max": 0.99}


def staff(
    scenario: ScenarioArgument,
    *,
    policy: PolicyOption = POLICY,
    target: Annotated[
        float, typer.Option(help="Share on time that every kind must have.", **_SHARE)
    ] = 0.9,
    shrinkage: Annotated[
        float, typer.Option(help="Share of paid time away: leave, illness, training.", **_SHARE)
    ] = 0.0,
    occupancy: Annotated[
        float, typer.Option(help="No group may be busier than this.", min=0.01, max=1.0)
    ] = 0.9,
    days: Annotated[int, typer.Option(help="Days each staff is tried on.", min=1)] = 3,
    seed: Annotated[int | None, typer.Option(help="Of the first day.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Find the fewest agents of each group that keep the promise, by simulation.

    The groups and their mix come from the scenario. Beside each number stand what Erlang C and A
    would say of the group's busiest hour, had it its own customers and no others.

    Example: croupier staff deploy/policy/derby-night.yaml --target 0.9 --shrinkage 0.3
    """
    goal = Goal(target=target, occupancy=occupancy)
    console = Console(stderr=True)
    with told_plainly():
        rules = load_policy(policy)
        file = load_scenario(scenario, policy=rules)
        first = file.seed if seed is None else seed
        with console.status("drawing the days") as status:
            trials = Trials(
                file,
                rules,
                seeds=range(first, first + days),
                on_trial=lambda tried: status.update(f"trying {_told(tried)}"),
            )
            try:
                found = fewest(file, trials, goal)
            except (OutOfReach, ValueError) as error:
                raise Trouble(str(error)) from error
    beside = formulas(file, rules, goal)
    rostered = {name: ceil(round(n / (1 - shrinkage), 6)) for name, n in found.staff.items()}
    if as_json:
        typer.echo(json.dumps(_as_json(found, rostered, beside)))
    else:
        _show(file, found, rostered, beside)


def _told(staff: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in staff.items())


def _as_json(
    found: Trial, rostered: Mapping[str, int], beside: Mapping[str, Formula]
) -> dict[str, object]:
    return {
        "on_time": dict(found.on_time),
        "groups": {
            name: {
                "present": count,
                "rostered": rostered[name],
                "occupancy": found.occupancy[name],
                "erlang_c": beside[name].erlang_c,
                "erlang_a": beside[name].erlang_a,
            }
            for name, count in found.staff.items()
        },
    }


def _show(
    file: ScenarioFile, found: Trial, rostered: Mapping[str, int], beside: Mapping[str, Formula]
) -> None:
    console = Console()
    heads = ("file", "present", "rostered", "occupied", "Erlang C", "A")
    table = Table(Column("group", no_wrap=True), *(Column(head, justify="right") for head in heads))
    for name, count in found.staff.items():
        table.add_row(
            name,
            str(file.agents[name].count),
            str(count),
            str(rostered[name]),
            f"{found.occupancy[name]:.1%}",
            str(beside[name].erlang_c),
            str(beside[name].erlang_a),
        )
    console.print(table)
    worst = min(found.on_time, key=lambda kind: (found.on_time[kind], kind))
    console.print(
        f"{sum(found.staff.values())} agents present, {sum(rostered.values())} rostered; "
        f"the kind served worst: {worst}, {found.on_time[worst]:.1%} on time"
    )
