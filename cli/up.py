"""`croupier up`: a stack and the services, kept running until Ctrl-C."""

import asyncio
import os
import shlex
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from aiokafka.errors import KafkaError
from rich.console import Console

from cli import running
from cli.embedded_groups import clear_groups
from cli.processes import ACCOUNTS, POLICY, ROSTER, Services, World
from cli.roster import publish_roster, taken_in
from cli.running import FOLDER, Running, RunningProcess
from cli.service_process import ServiceProcess
from cli.supervision import Supervisor
from cli.token import mint, parse_ttl
from cli.told_plainly import Trouble, told_plainly
from deploy.stack import Stack, detached, kinds
from deploy.stack.identity import born
from deploy.stack.ports import Ports, free_ports, is_free
from deploy.stack.progress import Say, silent
from deploy.stack.provision import provision
from deploy.stack.stack import Kind
from services.router.policy import load_policy
from services.router.policy.roster import load_roster
from shared.store.driver import Store

KAFKA_PORT: Final = 19092
CONTROLLER_PORT: Final = 19192
MONGO_PORT: Final = 27117
ROUTER_GROUPS: Final = ("sorter", "dealer", "recorder")
AGENT: Final = "en-mary"
"""Whom the printed commands name: speaks English, takes payments."""


def _file(says: str) -> Any:
    return typer.Option(exists=True, dir_okay=False, readable=True, show_default=False, help=says)


def up(
    kind: Annotated[
        str, typer.Option("--kind", "-k", help="Stack: embedded, native or external.")
    ] = "embedded",
    routers: Annotated[int, typer.Option(min=1, max=6, help="Router processes.")] = 1,
    policy: Annotated[Path, _file("The policy file.")] = POLICY,
    roster: Annotated[Path, _file("Who works here, told on the first start.")] = ROSTER,
    accounts: Annotated[Path, _file("The channels' accounts and their secrets.")] = ACCOUNTS,
) -> None:
    """Keep a stack and the services serving until Ctrl-C; start again whatever dies.

    Example: croupier up --kind native --routers 2 --policy deploy/policy/betting.yaml
    """
    console = Console()

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    with told_plainly():
        before = running.load()
        if before is not None and before.alive:
            raise Trouble(f"it is up already (pid {before.pid}): see croupier status")
        parsed = kinds.parse(kind)
        was_up = parsed != "external" and detached.load(parsed) is not None
        say(f"starting the {parsed} stack")
        stack = _stack(parsed, say)
        world = World(
            kafka=stack.kafka,
            mongo=stack.mongo,
            policy=policy.absolute(),
            accounts=accounts.absolute(),
        )
        try:
            asyncio.run(_serve(stack, world, roster=roster, routers=routers, say=say))
        finally:
            if parsed != "external" and not was_up:
                detached.down(parsed)
                say("the stack is down; its data stay in .croupier")


def _stack(kind: Kind, say: Say) -> Stack:
    if kind == "external":
        return kinds.from_env(os.environ)
    usual = (KAFKA_PORT, CONTROLLER_PORT, MONGO_PORT)
    kafka, controller, mongo = usual if all(map(is_free, usual)) else free_ports(3)
    ports = Ports(kafka=(kafka,), controllers=(controller,), mongo=mongo)
    return detached.up(kind, wanted=ports, say=say)


async def _serve(stack: Stack, world: World, *, roster: Path, routers: int, say: Say) -> None:
    """Until SIGINT or SIGTERM."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    say("provisioning topics and indexes")
    await provision(kafka=stack.kafka, mongo=stack.mongo)
    services = Services(world, folder=FOLDER, routers=routers, usual_ports=True)
    restarts: Counter[str] = Counter()

    def remember() -> None:
        _running(stack, services, restarts).save()

    async def bury(service: ServiceProcess) -> None:
        if stack.kind == "embedded" and service.name.startswith("router"):
            try:
                await clear_groups(stack.kafka, ROUTER_GROUPS)
            except KafkaError:
                say("the broker is down, too: its groups begin anew")

    supervisor = Supervisor(services, restarts=restarts, say=say, on_start=remember, bury=bury)
    try:
        await _unless(stopping, services.start(say=say))
        remember()
        if not stopping.is_set():
            await _enrol(world, roster)
            for line in _how_to_go_on(services):
                say(line)
            await _unless(stopping, supervisor.run(heal_stack=lambda: _heal(stack.kind)))
    finally:
        say("stopping the services")
        await services.stop()
        running.FILE.unlink(missing_ok=True)


async def _unless(stopping: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do the work until it is done or the stop is asked for."""
    working = asyncio.ensure_future(work)
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait({working, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working


async def _heal(kind: Kind) -> list[str]:
    """Start what is dead of the stack, on its port and data; its names."""
    stack = None if kind == "external" else detached.load(kind)
    if stack is None:
        return []
    dead = [part.name for part in stack.parts.values() if not part.alive]
    if dead:
        kept = Ports.free(brokers=1)  # not used: a part that is known comes back on its own port
        await asyncio.to_thread(detached.up, kind, wanted=kept, say=silent)
    return dead


async def _enrol(world: World, file: Path) -> None:
    """On the first start nobody works here yet: let the roster's people in."""
    store = Store(url=world.mongo, database=world.database)
    try:
        if await store["agents"].find_one({}, {"_id": 1}) is None:
            roster = load_roster(file, policy=load_policy(world.policy))
            await publish_roster(roster, kafka=world.kafka)
            await taken_in(roster, store=store)
    finally:
        await store.close()


def _running(stack: Stack, services: Services, restarts: Counter[str]) -> Running:
    host, port = services.smtp
    return Running(
        pid=os.getpid(),
        born=born(os.getpid()) or "",
        kind=stack.kind,
        kafka=stack.kafka,
        mongo=stack.mongo,
        database=services.world.database,
        accounts=services.world.accounts,
        policy=services.world.policy,
        secret_file=services.secret_file,
        smtp_host=host,
        smtp_port=port,
        sockets=services.sockets,
        services=tuple(
            RunningProcess(
                name=each.name,
                url=each.url,
                pid=each.pid or 0,
                born=each.born or "gone",
                log=each.log,
                restarts=restarts[each.name],
            )
            for each in services
        ),
    )


def _how_to_go_on(services: Services) -> Iterator[str]:
    """Addresses, a token, and three commands to paste."""
    world, host, port = services.world, *services.smtp
    croupier, secret = _this_command(), _short(services.secret_file)
    yield ""
    yield f"kafka    {world.kafka}"
    yield f"mongo    {world.mongo}"
    yield f"ingest   {services['ingest'].url}/v1/messages, smtp://{host}:{port}"
    yield f"agents   {services.sockets}"
    yield f"chat     ws://127.0.0.1:{services['lobby'].port}/v1/chat/website"
    yield f"logs     {_short(services.folder / 'logs')}"
    yield f"token    {mint(AGENT, secret=services.secret, ttl=parse_ttl('8h'))}"
    yield f"         lets {AGENT} in for 8 hours"
    yield ""
    yield "Now try, in another terminal:"
    yield f'  {croupier} send "Hello, where is my deposit of 50 euros?"'
    yield f"  {croupier} agent {AGENT} --url {services.sockets} --secret-file {secret}"
    yield f"  {croupier} status"
    yield ""
    yield "Ctrl-C ends it."


def _this_command() -> str:
    """How to call us again: by name where the shell would find us."""
    return "croupier" if shutil.which("croupier") else shlex.quote(_short(Path(sys.argv[0])))


def _short(path: Path) -> str:
    """Relative to where we are, if it is below."""
    absolute = path.absolute()
    here = Path.cwd()
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute)
