"""`croupier demo`: a day of support in about a minute."""

import asyncio
import json
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from cli.demo.day import Day, DayReport, Hook
from cli.demo.pressed_policy import write_pressed
from cli.demo.script import load_script
from cli.demo.view import Screen, report_lines
from cli.processes import POLICY, ROSTER, Services, World
from cli.told_plainly import told_plainly
from deploy.stack import Stack, kinds, temporary
from deploy.stack.detached import HOME
from deploy.stack.progress import Say
from deploy.stack.provision import provision
from services.router.policy import load_policy
from services.router.policy.roster import load_roster

FOLDER: Final = HOME / "demo"

_EXTRA: Final = {
    "CROUPIER_NOTIFIER_PRESENCE_SECONDS": "1",
    # a day in a minute: an agent does in it what takes hours
    "CROUPIER_NOTIFIER_MESSAGES_PER_MINUTE": "3000",
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the caller wants of the demo."""

    kind: str = "embedded"
    speed: float = 1.0
    seed: int = 7
    routers: int = 1


def demo(
    kind: Annotated[
        str, typer.Option("--kind", "-k", help="Stack: embedded, native, docker or external.")
    ] = "embedded",
    speed: Annotated[
        float, typer.Option(min=0.1, max=20, help="2 plays the day in half the time.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="Of the agents' moods.")] = 7,
    routers: Annotated[int, typer.Option(min=1, max=4, help="Router processes.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Play a day of support: 353 messages through real doors, dealt to agents on real sockets.

    Starts a stack and the services, plays, draws up a ledger, and ends all it started. Exit code 1
    when the ledger does not balance.

    Example: croupier demo --speed 2 --json
    """
    console = Console(stderr=as_json)
    wishes = Wishes(kind=kind, speed=speed, seed=seed, routers=routers)

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    with told_plainly():
        report = run_demo(wishes, console=console, say=say)
    if as_json:
        typer.echo(json.dumps(summary(report, kind=kind)))
    else:
        for line in report_lines(report):
            say(line)
    if not report.ledger.balanced:
        say(f"The services' logs are in {FOLDER / 'logs'}")
        raise typer.Exit(1)


def run_demo(
    wishes: Wishes,
    *,
    console: Console,
    say: Say,
    folder: Path = FOLDER,
    before_ledger: Hook | None = None,
) -> DayReport:
    """The whole demo. Raises StackError when something does not start."""
    kind = kinds.parse(wishes.kind)
    say(f"starting the {kind} stack")
    shutil.rmtree(folder, ignore_errors=True)
    with temporary(kind, env=os.environ, say=say) as stack:
        world = _world(stack, folder)
        services = Services(world, folder=folder, routers=wishes.routers)
        day = _day(services, wishes)

        async def on_stack() -> DayReport:
            say("provisioning topics and indexes")
            await provision(
                kafka=world.kafka,
                mongo=world.mongo,
                database=world.database,
                prefix=world.topic_prefix,
            )
            try:
                await services.start(say=say)
                say(f"{day.total} messages for {day.people} agents; logs are in {services.folder}")
                with Screen(console, total=day.total) as screen:
                    return await day.run(show=screen.show, before_ledger=before_ledger)
            finally:
                await services.stop()

        return asyncio.run(on_stack())


def _world(stack: Stack, folder: Path) -> World:
    """Its own names, on a stack that others may use."""
    name = f"demo{secrets.token_hex(4)}"
    return World(
        kafka=stack.kafka,
        mongo=stack.mongo,
        database=f"croupier-{name}",
        topic_prefix=f"{name}.",
        group_suffix=f".{name}",
        policy=write_pressed(POLICY, to=folder / "policy.yaml"),
        extra=_EXTRA,
    )


def _day(services: Services, wishes: Wishes) -> Day:
    policy = load_policy(services.world.policy)
    return Day(
        load_script(),
        services=services,
        policy=policy,
        roster=load_roster(ROSTER, policy=policy),
        seed=wishes.seed,
        speed=wishes.speed,
    )


def summary(report: DayReport, *, kind: str) -> dict[str, Any]:
    """For programs."""
    facts, ledger = report.facts, report.ledger
    return {
        "ok": ledger.balanced,
        "stack": kind,
        "seconds": round(report.seconds, 1),
        "messages": ledger.messages,
        "repeats": facts.repeats,
        "sent_again": facts.sent_again,
        "tickets": ledger.tickets,
        "abandoned": ledger.abandoned,
        "two_doors_one_ticket": ledger.joined,
        "dead_letters": ledger.dead_letters,
        "agents": len(facts.agents),
        "did": dict(sorted(report.did.items())),
        "message_to_card_p50_ms": _ms(report.at_once.p50),
        "message_to_card_p99_ms": _ms(report.at_once.p99),
        "with_waiting_p50_ms": _ms(facts.latency.p50),
        "with_waiting_p99_ms": _ms(facts.latency.p99),
        "lost": len(ledger.lost),
        "double": len(ledger.double),
        "over_capacity": len(ledger.over_capacity),
        "unfinished": len(ledger.unfinished),
        "leaked": len(ledger.leaked),
        "problems": ledger.problems(),
    }


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
