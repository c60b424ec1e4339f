"""`croupier policy`: is the file right, what does it mean, what would another one change."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from cli.policy_versions import publish
from cli.processes import POLICY
from cli.running import KafkaOption, kafka_of
from cli.shadow import shadow
from cli.told_plainly import Trouble, told_plainly
from services.router.domain.treatment import Kind
from services.router.policy import FileInvalid, Policy, load_policy, parse_policy
from services.router.policy.compare import OTHER, Change, described, differences, kinds
from services.router.policy.hours import in_words
from shared.contracts.policy_published_v1 import PolicyPublished

app = typer.Typer(no_args_is_help=True, help=__doc__)

FileArgument = Annotated[Path, typer.Argument(help="The policy file.", exists=True, dir_okay=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command()
def check(file: FileArgument = POLICY, as_json: JsonOption = False) -> None:
    """Read a policy file and tell everything that is wrong with it: line, field, remedy.

    Exit code 0: it can be used. 1: it cannot.

    Example: croupier policy check deploy/policy/betting.yaml
    """
    try:
        policy = load_policy(file)
    except FileInvalid as error:
        if not as_json:
            typer.secho(str(error), fg="red", err=True)
        else:
            typer.echo(json.dumps({"problems": [each._asdict() for each in error.problems]}))
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps({"version": policy.version, "desks": policy.desks(), "problems": []}))
    else:
        desks = ", ".join(policy.desks())
        typer.echo(f"{file.name} is right: version {policy.version}, desks {desks}")


@app.command()
def show(
    file: FileArgument = POLICY,
    desk: Annotated[str | None, typer.Option(help="This desk only.")] = None,
    as_json: JsonOption = False,
) -> None:
    """What the policy does with each kind of ticket: queue, priority, needs, time allowed.

    Example: croupier policy show deploy/policy/betting.yaml --desk main
    """
    with told_plainly():
        policy = load_policy(file)
        if desk is not None and desk not in policy.by_desk:
            raise Trouble(f"no desk {desk!r} in {file.name}: there are {', '.join(policy.desks())}")
    desks = (desk,) if desk is not None else policy.desks()
    if as_json:
        rows = [row for each in desks for row in _rows(policy, each)]
        typer.echo(json.dumps(rows))
        return
    for each in desks:
        Console().print(_table(policy, each))


@app.command()
def apply(
    file: FileArgument = POLICY, kafka: KafkaOption = None, as_json: JsonOption = False
) -> None:
    """Put a policy file in force: every router takes it at once. Its `version` must be above the
    one in force.

    Example: croupier policy apply deploy/policy/betting.yaml --kafka broker:9092
    """
    with told_plainly():
        text = file.read_text("utf-8")
        policy = parse_policy(text, name=file.name)
        broker = kafka_of(kafka)
        before = asyncio.run(publish(policy, file=file.name, text=text, kafka=broker))
        changes = [] if before is None else _changes_since(before, policy)
    if as_json:
        was = None if before is None else before.policy
        changed = [each._asdict() for each in changes]
        typer.echo(json.dumps({"version": policy.version, "before": was, "changes": changed}))
        return
    typer.echo(f"version {policy.version} of {file.name} is in force")
    if changes:
        Console().print(_differences(changes))


def _changes_since(before: PolicyPublished, policy: Policy) -> list[Change]:
    try:
        return differences(parse_policy(before.text, name=before.file), policy)
    except FileInvalid:
        return []  # an older program wrote it by other rules


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="The file in force.", exists=True, dir_okay=False)],
    new: Annotated[Path, typer.Argument(help="The other file.", exists=True, dir_okay=False)],
    as_json: JsonOption = False,
) -> None:
    """What would change for whom. Kinds of tickets are written as topic, language, channel, tier;
    `*` is all of them.

    Example: croupier policy diff deploy/policy/betting.yaml candidate.yaml
    """
    with told_plainly():
        changes = differences(load_policy(old), load_policy(new))
    if as_json:
        typer.echo(json.dumps([each._asdict() for each in changes]))
    elif not changes:
        typer.echo("no difference to any ticket")
    else:
        Console().print(_differences(changes))


def _differences(changes: Sequence[Change]) -> Table:
    table = Table("of", "what", "before", "after")
    for each in changes:
        table.add_row(each.of, each.what, each.before or "-", each.after or "-")
    return table


def _rows(policy: Policy, desk: str) -> list[dict[str, Any]]:
    """A row for each kind of ticket."""
    treat = policy.by_desk[desk].treat
    return [
        {"desk": desk, **kind._asdict(), **described(treat(kind))} for kind in kinds(policy, desk)
    ]


def _table(policy: Policy, desk: str) -> Table:
    """A row for each topic, and for each tier that differs, of messages that are not urgent;
    languages stand above, opening hours below."""
    section = policy.by_desk[desk].section
    languages = ", ".join(f"{lang} {level}" for lang, level in section.languages.items())
    table = Table(
        *(Column(name, overflow="fold") for name in ("topic", "tier", "queue", "priority")),
        *("needs", "within"),
        title=f"{desk}: languages {languages}",
        title_justify="left",
        caption="\n".join(_opening(policy, desk)),
        caption_justify="left",
    )
    for topic in (*section.topics, OTHER):
        alike: dict[tuple[str, ...], list[str]] = {}
        for tier in policy.tiers:
            alike.setdefault(_row(policy, desk, topic, tier), []).append(tier)
        for row, tiers in alike.items():
            table.add_row(topic, "*" if len(alike) == 1 else ", ".join(tiers), *row)
    return table


def _row(policy: Policy, desk: str, topic: str, tier: str) -> tuple[str, ...]:
    """Queue, priority, needs, and the time allowed by channel."""
    lang = next(iter(policy.by_desk[desk].section.languages))
    channels: dict[str, list[str]] = {}
    for channel in policy.channels:
        told = described(policy.by_desk[desk].treat(Kind(topic, lang, channel, tier, False)))
        channels.setdefault(told["target"], []).append(channel)
    needs = (told["needs"], f"better {told['prefers']}" if told["prefers"] else "")
    within = (f"{target} {', '.join(names)}" for target, names in channels.items())
    return (
        *(told["queue"], told["priority"], "; ".join(filter(None, needs))),
        "\n".join(within) if len(channels) > 1 else told["target"],
    )


def _opening(policy: Policy, desk: str) -> Iterator[str]:
    """`payments, general: Europe/Vilnius mon-fri 09:00-18:00`"""
    queues: dict[str, list[str]] = {}
    for name, hours in policy.by_desk[desk].hours.items():
        queues.setdefault(in_words(hours), []).append(name)
    return (f"{', '.join(names)}: {words}" for words, names in queues.items())


app.command()(shadow)
