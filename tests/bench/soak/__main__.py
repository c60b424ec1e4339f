"""`make soak`: does any service grow under steady load?

Ingest, a router and the notifier as processes, ten minutes of messages through the HTTP door, to
agents on sockets. Exit code 1 when a service grows, or could not keep up with the load.

    python -m tests.bench.soak --minutes 10 --rate 50
"""

import argparse
import asyncio
import os
import secrets
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Final

import uvloop
from rich.console import Console

from cli.processes import Services, World
from deploy.stack import Stack, temporary
from deploy.stack.kinds import parse
from deploy.stack.provision import provision
from shared.store.driver import Store
from tests.bench.soak.load import FILL, Load
from tests.bench.soak.report import Outcome, Screen, show, write
from tests.bench.soak.samples import Sample, take, trend

POLICY: Final = Path(__file__).with_name("policy.yaml")
_SAMPLE_SECONDS: Final = 2.0
_ENDED: Final = ["resolved", "closed"]


async def soak(
    stack: Stack, *, minutes: float, rate: float, fill: int, console: Console
) -> Outcome:
    """Run the load, sampling, after `fill` messages. Raises an ExceptionGroup when a service dies
    or an agent is turned away."""
    world = _world(stack)
    await provision(
        kafka=world.kafka, mongo=world.mongo, database=world.database, prefix=world.topic_prefix
    )
    store = Store(url=world.mongo, database=world.database)
    with tempfile.TemporaryDirectory(prefix="croupier-soak-") as folder:
        async with Services(world, folder=Path(folder)) as services:
            load = Load(services)
            samples: dict[str, list[Sample]] = {service.name: [] for service in services}
            async with load.agents(store), asyncio.TaskGroup() as group:
                console.log(f"{fill:,} messages, to fill what the services remember")
                await load.fill(rate=rate, count=fill)
                with Screen(console) as screen:
                    watching = group.create_task(_watch(services, samples, load, screen))
                    await load.run(rate=rate, seconds=minutes * 60)
                watching.cancel()
                open_tickets = await store["tickets"].count_documents({"state": {"$nin": _ENDED}})
    await store.close()
    return Outcome(
        stack=stack.kind,
        minutes=minutes,
        rate=rate,
        counts=load.counts,
        open_tickets=open_tickets,
        services={name: trend(each) for name, each in samples.items()},
    )


async def _watch(
    services: Services, samples: dict[str, list[Sample]], load: Load, screen: Screen
) -> None:
    began = perf_counter()
    while True:
        for service in services:
            assert service.pid is not None
            samples[service.name].append(take(service.pid, seconds=perf_counter() - began))
        screen.show({name: each[-1] for name, each in samples.items()}, load.counts)
        await asyncio.sleep(_SAMPLE_SECONDS)


def _world(stack: Stack) -> World:
    name = f"soak{secrets.token_hex(4)}"
    return World(
        kafka=stack.kafka,
        mongo=stack.mongo,
        database=f"croupier-{name}",
        topic_prefix=f"{name}.",
        group_suffix=f".{name}",
        policy=POLICY,
        extra={"CROUPIER_NOTIFIER_MESSAGES_PER_MINUTE": "100000"},
    )


def main() -> int:
    """Start a stack, soak, report; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=50.0, help="messages a second")
    parser.add_argument("--fill", type=int, default=FILL, help="messages before it is judged")
    parser.add_argument("--kind", type=parse, default="native", help="of the stack")
    options = parser.parse_args()
    console = Console()
    with temporary(options.kind, env=os.environ, say=console.log) as stack:
        outcome = uvloop.run(
            soak(
                stack,
                minutes=options.minutes,
                rate=options.rate,
                fill=options.fill,
                console=console,
            )
        )
    show(outcome, console=console)
    write(outcome)
    return 0 if outcome.flat and outcome.kept_up else 1


if __name__ == "__main__":
    sys.exit(main())
