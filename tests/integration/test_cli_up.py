"""`croupier up` as users run it: what it prints works, what dies comes back, Ctrl-C ends it."""

import asyncio
import json
import os
import shlex
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]

CROUPIER = str(Path(sys.executable).with_name("croupier"))


@dataclass
class Up:
    """A running `croupier up`, and commands beside it in the same folder."""

    process: asyncio.subprocess.Process
    folder: Path
    env: dict[str, str]

    async def says(self, text: str) -> list[str]:
        """The lines up to the one with the text."""
        assert self.process.stdout is not None
        lines: list[str] = []
        async for line in self.process.stdout:
            lines.append(line.decode().rstrip())
            if text in lines[-1]:
                return lines
        raise AssertionError(f"{text!r} is not in\n" + "\n".join(lines))

    async def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, output and errors of another command."""
        process = await self.begin(*arguments)
        out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    async def begin(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(CROUPIER, *arguments),
            cwd=self.folder,
            env=self.env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def status(self) -> dict[str, Any]:
        _, out, _ = await self.run("status", "--json")
        report: dict[str, Any] = json.loads(out)
        return report


@pytest.fixture
async def up(stack: Stack, tmp_path: Path) -> AsyncIterator[Up]:
    env = {**os.environ, "CROUPIER_KAFKA": stack.kafka, "CROUPIER_MONGO": stack.mongo}
    process = await asyncio.create_subprocess_exec(
        *(CROUPIER, "up", "--kind", "external"),
        cwd=tmp_path,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield Up(process, tmp_path, env)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.communicate()


async def test_what_up_prints_can_be_pasted(up: Up) -> None:
    lines = await up.says("Ctrl-C ends it")
    pasted = lines[lines.index("Now try, in another terminal:") + 1 :][:3]
    send, agent, status = [shlex.split(line)[1:] for line in pasted]

    assert (send[0], agent[0], status[0]) == ("send", "agent", "status")
    desk = await up.begin(*agent, "--auto", "--resolve-after", "0.1", "--json")
    code, out, err = await up.run(*send)
    assert (code, out.startswith("accepted: form:website:")) == (0, True), err
    assert desk.stdout is not None
    async for line in desk.stdout:
        message = json.loads(line)
        if message["type"] == "card" and message["card"]["state"] == "gone":
            break
    desk.terminate()
    await desk.communicate()
    code, out, err = await up.run(*status)
    assert code == 0, out + err


async def test_what_is_killed_shows_and_comes_back(up: Up) -> None:
    await up.says("Ctrl-C ends it")
    before = {each["name"]: each for each in (await up.status())["services"]}
    assert {name: each["state"] for name, each in before.items()} == {
        "ingest": "ready",
        "router-0": "ready",
        "courier": "ready",
        "lobby": "ready",
        "poller": "ready",
        "notifier": "ready",
    }

    os.kill(before["notifier"]["pid"], signal.SIGSTOP)
    frozen = await up.status()
    assert [each["waiting_for"] for each in frozen["services"] if each["state"] != "ready"] == [
        ["answer"]
    ]
    os.kill(before["notifier"]["pid"], signal.SIGKILL)
    lines = await up.says("notifier is ready again")
    assert "notifier was killed by SIGKILL: starting it again" in lines

    after = {each["name"]: each for each in (await up.status())["services"]}
    assert (after["notifier"]["state"], after["notifier"]["restarts"]) == ("ready", 1)
    assert after["router-0"]["pid"] == before["router-0"]["pid"]


async def test_an_orderly_end_leaves_nothing_running(up: Up) -> None:
    await up.says("Ctrl-C ends it")
    services = (await up.status())["services"]
    up.process.send_signal(signal.SIGINT)

    assert await up.process.wait() == 0
    for each in services:
        with pytest.raises(ProcessLookupError):
            os.kill(each["pid"], 0)
    code, _, err = await up.run("status")
    assert (code, err.strip()) == (1, "nothing is up here; start it with: croupier up")
