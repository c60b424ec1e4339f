"""`croupier stack`: a broker and a store to work against."""

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.stack import Stack, StackError, detached, kinds
from deploy.stack.ports import Ports, free_ports
from deploy.stack.process import ProcessPart
from deploy.stack.progress import Say
from deploy.stack.provision import provision as provision_stack

app = typer.Typer(no_args_is_help=True, help=__doc__)

_KAFKA_PORT, _MONGO_PORT = 19092, 27117
_CONTROLLERS_ABOVE = 100  # a broker's controller listens that far above it

KindOption = Annotated[
    str, typer.Option("--kind", "-k", help="embedded, native, docker or external.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command()
def up(
    kind: KindOption = "embedded",
    brokers: Annotated[int, typer.Option(help="1, or 3 on the native stack.")] = 1,
    kafka_port: Annotated[int, typer.Option(help="First broker's port; 0 picks a free one.")] = (
        _KAFKA_PORT
    ),
    mongo_port: Annotated[int, typer.Option(help="Store's port; 0 picks a free one.")] = (
        _MONGO_PORT
    ),
    as_json: JsonOption = False,
) -> None:
    """Start the stack, or what is dead of it, and leave it running.

    Example: croupier stack up --kind native --brokers 3
    """
    with _told_plainly(), _progress() as say:
        ports = _ports(brokers=brokers, kafka=kafka_port, mongo=mongo_port)
        parsed = kinds.parse(kind)
        if parsed == "external":
            stack = kinds.from_env(os.environ)
        else:
            stack = detached.up(parsed, wanted=ports, say=say)
        say("provisioning topics and indexes")
        asyncio.run(provision_stack(kafka=stack.kafka, mongo=stack.mongo))
    _show(stack, as_json=as_json)


@app.command()
def down(
    kind: KindOption = "embedded",
    wipe: Annotated[bool, typer.Option(help="Delete the stack's data and logs too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """End the stack's processes; its data stay unless --wipe is given.

    Example: croupier stack down --kind native --wipe
    """
    with _told_plainly():
        ended = detached.down(kinds.parse(kind), wipe=wipe)
    if as_json:
        typer.echo(json.dumps({"kind": kind, "ended": ended}))
    else:
        typer.echo(f"ended {', '.join(ended)}" if ended else f"no {kind} stack was up")


@app.command()
def status(kind: KindOption = "embedded", as_json: JsonOption = False) -> None:
    """Report each part; exit code 1 if one is dead or there is no stack.

    Example: croupier stack status --kind native --json
    """
    with _told_plainly():
        stack = _existing(kind)
    _show(stack, as_json=as_json)
    if not all(part.alive for part in stack.parts.values()):
        raise typer.Exit(1)


@app.command()
def prepare(kind: KindOption = "native") -> None:
    """Download and build what the stack needs, ahead of its first start.

    Example: croupier stack prepare --kind native
    """
    with _told_plainly(), _progress() as say:
        kinds.prepare(kinds.parse(kind), say=say)
    typer.echo(f"the {kind} stack has what it needs")


@app.command()
def provision(kind: KindOption = "embedded", as_json: JsonOption = False) -> None:
    """Create the topics and indexes that are missing; nothing else is touched.

    Example: CROUPIER_KAFKA=broker:9092 CROUPIER_MONGO=mongodb://store:27017
    croupier stack provision --kind external
    """
    with _told_plainly():
        stack = _existing(kind)
        made = asyncio.run(provision_stack(kafka=stack.kafka, mongo=stack.mongo))
    if as_json:
        typer.echo(json.dumps({"topics": made.topics}))
    else:
        typer.echo("\n".join(made.topics) or "every topic was there; indexes are as they should be")


def _existing(kind: str) -> Stack:
    parsed = kinds.parse(kind)
    if parsed == "external":
        return kinds.from_env(os.environ)
    stack = detached.load(parsed)
    if stack is None:
        raise StackError(f"no {kind} stack is up here: croupier stack up --kind {kind}")
    return stack


def _ports(*, brokers: int, kafka: int, mongo: int) -> Ports:
    """The ports asked for; those given as 0 are chosen."""
    if brokers not in {1, 3}:
        raise StackError("a cluster has 1 broker or 3: --brokers 3")
    first = kafka or free_ports(1)[0]
    listeners = tuple(range(first, first + brokers))
    return Ports(
        kafka=listeners,
        controllers=tuple(port + _CONTROLLERS_ABOVE for port in listeners),
        mongo=mongo or free_ports(1)[0],
    )


def _show(stack: Stack, *, as_json: bool) -> None:
    parts = [part for part in stack.parts.values() if isinstance(part, ProcessPart)]
    if as_json:
        rows = [
            {
                "name": part.name,
                "alive": part.alive,
                "address": part.address,
                "pid": part.running.pid if part.running else None,
                "log": str(part.spec.log),
            }
            for part in parts
        ]
        report = {"kind": stack.kind, "kafka": stack.kafka, "mongo": stack.mongo, "parts": rows}
        typer.echo(json.dumps(report))
        return
    table = Table("part", "state", "address", "pid", "log")
    for part in parts:
        state = "[green]alive[/]" if part.alive else "[red]dead[/]"
        pid = str(part.running.pid) if part.running else ""
        table.add_row(part.name, state, part.address, pid, str(part.spec.log))
    console = Console()
    console.print(table)
    # Bare lines: Rich would wrap and colour what people copy.
    typer.echo(f"CROUPIER_KAFKA={stack.kafka}\nCROUPIER_MONGO={stack.mongo}")


@contextmanager
def _progress() -> Iterator[Say]:
    """A spinner with the latest line on a terminal; elsewhere, lines as they come."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda line: typer.echo(line, err=True)
        return
    with console.status("starting") as spinner:
        yield lambda line: spinner.update(line[: console.width - 4])


@contextmanager
def _told_plainly() -> Iterator[None]:
    """A stack's error is a message for the reader, not a traceback."""
    try:
        yield
    except StackError as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(1) from error
