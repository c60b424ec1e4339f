"""`croupier up` under load, on the stack it keeps itself: whichever process dies, `croupier status`
shows it, the others go on, and its restart recovers; in the end nothing is lost or doubled."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from cli.running import Running
from deploy.stack.stack import external
from tests.fault.customers import SETTING
from tests.fault.history import gather
from tests.fault.ledger import judge
from tests.fault.people import People
from tests.fault.table import FaultTable
from tests.stacks import Fresh

pytestmark = [pytest.mark.stack, pytest.mark.native, pytest.mark.timeout(500)]

CROUPIER: Final = str(Path(sys.executable).with_name("croupier"))
RUN_SECONDS: Final = 400.0
ENVIRONMENT: Final = {
    "CROUPIER_ROUTER_SESSION_SECONDS": "4",
    "CROUPIER_NOTIFIER_PRESENCE_SECONDS": "1",
    "CROUPIER_NOTIFIER_HEARTBEAT_SECONDS": "2",
    "CROUPIER_NOTIFIER_MESSAGES_PER_MINUTE": "6000",
}


Parts = dict[str, dict[str, Any]]


class Plain(Fresh):
    """The names without prefix that `croupier up` uses: the stack is its own."""

    @property
    def database(self) -> str:
        return "croupier"

    @property
    def topic_prefix(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Up:
    """A running `croupier up`, in a folder of its own. lines: what it says."""

    process: asyncio.subprocess.Process
    folder: Path
    lines: asyncio.Queue[str]

    def running(self) -> Running:
        text = (self.folder / ".croupier" / "up.json").read_text("utf-8")
        return Running.model_validate_json(text)

    async def says(self, text: str) -> None:
        """Until a line has the text."""
        while text not in await self.lines.get():
            pass

    async def parts(self) -> Parts:
        """Everything `croupier status` knows of, by name: brokers, store and services."""
        report = json.loads(await croupier(self.folder, "status", "--json", expect=None))
        return {each["name"]: each for each in (*report["stack"], *report["services"])}

    async def all_ready(self) -> Parts:
        """Once `croupier status` has nothing to complain of."""
        while True:
            parts = await self.parts()
            if all(each["state"] == "ready" for each in parts.values()):
                return parts

    def assert_alive(self) -> None:
        assert self.process.returncode is None, "croupier up ended by itself"


async def croupier(folder: Path, *arguments: str, expect: int | None = 0) -> str:
    """The output of a command that is run there."""
    process = await asyncio.create_subprocess_exec(
        *(CROUPIER, *arguments),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    assert expect in {None, process.returncode}, errors.decode()
    return out.decode()


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Up]:
    """A native stack, and `croupier up` with two routers on it."""
    await croupier(
        folder, "stack", "up", "--kind", "native", "--kafka-port", "0", "--mongo-port", "0"
    )
    try:
        process = await asyncio.create_subprocess_exec(
            *(CROUPIER, "up", "--kind", "native", "--routers", "2"),
            *("--policy", str(SETTING / "policy.yaml")),
            *("--roster", str(SETTING / "agents.yaml")),
            *("--accounts", str(SETTING / "accounts.yaml")),
            cwd=folder,
            env={**os.environ, **ENVIRONMENT},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        up = Up(process, folder, asyncio.Queue())
        hearing = asyncio.create_task(_hear(process, up.lines))
        try:
            await up.says("Ctrl-C ends it")
            yield up
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
            await process.wait()
            await hearing
    finally:
        await croupier(folder, "stack", "down", "--kind", "native")


async def _hear(process: asyncio.subprocess.Process, lines: asyncio.Queue[str]) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        sys.stdout.write(f"up: {line.decode()}")
        lines.put_nowait(line.decode())


async def test_whichever_process_dies_under_load_status_shows_it_and_it_comes_back(
    tmp_path: Path, seed: int, fault_table: FaultTable
) -> None:
    slowest = 0.0
    async with asyncio.timeout(RUN_SECONDS), serving(tmp_path) as up:
        running = up.running()
        people = People(
            Plain("", external(kafka=running.kafka, mongo=running.mongo)),
            door=next(each.url for each in running.services if each.name == "ingest"),
            sockets=running.sockets,
            secret=running.secret_file.read_bytes().strip(),
            seed=seed,
        )
        async with asyncio.TaskGroup() as tasks, AsyncExitStack() as closing:
            closing.push_async_callback(people.store.close)
            await people.come(closing, tasks)
            await people.busy()
            parts = await up.all_ready()
            victims = sorted(parts)
            people.rng.shuffle(victims)
            for victim in victims:
                killed = time.monotonic()
                parts = await _kill(victim, up, before=parts)
                slowest = max(slowest, await people.recovered(since=killed))
            await people.served(check=up.assert_alive)
            up.process.send_signal(signal.SIGINT)
            assert await up.process.wait() == 0
            verdict = judge(await gather(people))

    fault_table.add("croupier up: each process", verdict, recovery_seconds=slowest)
    assert {"ingest", "notifier", "router-0", "router-1", "mongo"} < set(victims)
    assert not verdict.complaints


async def _kill(victim: str, up: Up, *, before: Parts) -> Parts:
    """Freeze it, see it in the status, kill it; what the status shows once all is well again."""
    pid = before[victim]["pid"]
    os.kill(pid, signal.SIGSTOP)
    frozen = await up.parts()
    assert frozen[victim]["state"] == "not ready", f"{victim} is frozen: {frozen[victim]}"
    assert "answer" in frozen[victim]["waiting_for"]
    os.kill(pid, signal.SIGKILL)
    after = await up.all_ready()
    while after[victim]["pid"] == pid:  # `up` has not written down yet that it started another
        after = await up.all_ready()
    services = {each.name for each in up.running().services}
    assert after[victim]["restarts"] == before[victim]["restarts"] + (victim in services)
    unhurt = services - {victim}
    assert all(after[name]["pid"] == before[name]["pid"] for name in unhurt), "another one died"
    return after
