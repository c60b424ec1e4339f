"""`croupier policy shadow`: what a candidate would do at this moment, beside what is done."""

import asyncio
import json
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from cli import contrast
from cli.replay import UNPLAYABLE, PrefixOption, StartedOption, file_of_routers
from cli.running import KafkaOption, kafka_of, load
from cli.shadowing import Shadowing, System
from cli.told_plainly import Trouble, told_plainly
from services.router.policy import load_policy
from services.router.replay.contrast import Otherwise
from services.router.replay.recorded import Unplayable
from services.router.replay.whole import Contrasted
from shared.store import Store

_PAUSE_SECONDS: Final = 0.5


def shadow(
    file: Annotated[Path, typer.Argument(help="The candidate.", exists=True, dir_okay=False)],
    *,
    seconds: Annotated[
        float | None, typer.Option("--for", help="End after so many seconds; else by Ctrl-C.")
    ] = None,
    from_start: Annotated[
        bool,
        typer.Option("--from-start", help="Begin with the first recorded turn, not with now."),
    ] = False,
    kafka: KafkaOption = None,
    mongo: Annotated[
        str | None,
        typer.Option(
            envvar="CROUPIER_MONGO",
            help="The store; without it, that of the running `up`.",
        ),
    ] = None,
    database: Annotated[str, typer.Option(envvar="CROUPIER_DATABASE")] = "croupier",
    started_with: StartedOption = None,
    topic_prefix: PrefixOption = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="A line of JSON for each; the summary comes last.")
    ] = False,
) -> None:
    """Run a candidate beside the policy in force, on the same events, and tell what it would deal
    otherwise. Nothing is changed.

    Exit code 2: the turns could not be followed to the end.

    Example: croupier policy shadow candidate.yaml --for 600
    """
    with told_plainly():
        candidate = load_policy(file)
        where = _where(mongo, database)
        start = started_with or file_of_routers()

        async def run() -> Contrasted:
            async with where as store:
                system = System(kafka_of(kafka), store, start, topic_prefix)
                tell = partial(_tell, as_json=as_json)
                return await _follow(
                    Shadowing(system, candidate), seconds, tell, from_start=from_start
                )

        found = asyncio.run(run())
    contrast.show(found, candidate, as_json=as_json)
    if found.unplayable:
        raise typer.Exit(UNPLAYABLE)


def _where(mongo: str | None, database: str) -> Store:
    """The store asked for, else that of the running `up`. Raises Trouble without either."""
    if mongo is not None:
        return Store(url=mongo, database=database)
    up = load()
    if up is None:
        raise Trouble("which store? Give --mongo, set CROUPIER_MONGO, or start: croupier up")
    return Store(url=up.mongo, database=up.database)


async def _follow(
    shadowing: Shadowing,
    seconds: float | None,
    tell: Callable[[Otherwise], None],
    *,
    from_start: bool,
) -> Contrasted:
    """Until the time is over, or SIGINT or SIGTERM."""
    stopping, why = asyncio.Event(), ""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(ValueError, RuntimeError):  # outside a main thread nobody presses keys
            loop.add_signal_handler(number, stopping.set)
    async with shadowing.follower:
        try:
            await shadowing.begin(from_start=from_start)
            ends = None if seconds is None else loop.time() + seconds
            over = False
            while not over:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), _PAUSE_SECONDS)
                # before the look: what came until the end is told, too
                over = stopping.is_set() or (ends is not None and loop.time() >= ends)
                for found in await shadowing.look():
                    tell(found)
        except Unplayable as error:
            why = str(error)
    summary = shadowing.found()
    summary.unplayable += [why] if why else []
    return summary


def _tell(found: Otherwise, *, as_json: bool) -> None:
    typer.echo(json.dumps(contrast.example(found)) if as_json else contrast.in_words(found))
