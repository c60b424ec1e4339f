"""One service as an operating system's process: started, killed, frozen and started again."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from deploy.stack.errors import StackError
from deploy.stack.freezing import freeze
from deploy.stack.identity import born
from deploy.stack.leash import Leash
from deploy.stack.ports import LOOPBACK

_POLL_SECONDS: Final = 0.05
_STOP_SECONDS: Final = 25.0
"""A service limits its own stop to 20 s."""

_LAST_LINES: Final = 8


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """How to run one service.

    name: `router-0`. module: run with `python -m`. port: of its HTTP, so that it comes back on it.
    env: what it is told, over the environment of this process.
    """

    name: str
    module: str
    port: int
    log: Path
    env: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Readiness:
    """What `/health/ready` says; `waiting_for` is `("answer",)` where nobody answers."""

    ready: bool
    waiting_for: tuple[str, ...]


class ServiceProcess:
    """With a leash it ends with this program, however that ends."""

    def __init__(self, spec: ServiceSpec, *, leash: Leash | None = None) -> None:
        self.spec: Final = spec
        self._leash: Final = leash
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def port(self) -> int:
        return self.spec.port

    @property
    def log(self) -> Path:
        return self.spec.log

    @property
    def url(self) -> str:
        """Where its HTTP is."""
        return f"http://{LOOPBACK}:{self.spec.port}"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None else None

    @property
    def born(self) -> str | None:
        """The mark by which another program recognises the process, see deploy.stack.identity."""
        return born(self._child.pid) if self._child is not None else None

    @property
    def alive(self) -> bool:
        """Whether the process exists; a paused one does."""
        return self._child is not None and self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Of the last run, negative for a signal; None while it runs or before the first start."""
        return self._child.poll() if self._child is not None else None

    def start(self, *, failpoint: str = "") -> None:
        """Begin to start, without waiting; nothing if alive.

        failpoint: where to crash or freeze, such as `sorter.after_insert=kill:3`.
        """
        if self.alive:
            return
        self.spec.log.parent.mkdir(parents=True, exist_ok=True)
        env = {**os.environ, **self.spec.env, "CROUPIER_FAILPOINT": failpoint}
        with self.spec.log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - argv is ours, no shell
                [sys.executable, "-m", self.spec.module],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # the terminal's Ctrl-C is for us; we stop the services in order
                start_new_session=True,
            )
        if self._leash is not None:
            self._leash.watch(self._child.pid)

    async def readiness(self, client: httpx.AsyncClient) -> Readiness:
        """What it says of itself now."""
        return await ask_readiness(client, self.url)

    async def wait_ready(self, *, seconds: float = 60) -> None:
        """Return once it says that it is ready.

        Raises StackError, with the end of its log, when it dies first or is not after `seconds`.
        """
        deadline = time.monotonic() + seconds
        async with httpx.AsyncClient(timeout=2) as client:
            while not (state := await self.readiness(client)).ready:
                if not self.alive:
                    raise StackError(f"{self.name} ended while starting. {self.last_words()}")
                if time.monotonic() > deadline:
                    waiting = ", ".join(state.waiting_for)
                    raise StackError(
                        f"{self.name} waits for {waiting} after {seconds:.0f} s. "
                        f"{self.last_words()}"
                    )
                await asyncio.sleep(_POLL_SECONDS)

    async def ended(self, *, seconds: float = 60) -> int:
        """Until the process has ended, by a failpoint for example; its exit code.

        Raises StackError when it is still there after `seconds`.
        """
        deadline = time.monotonic() + seconds
        while (code := self.exit_code) is None:
            if time.monotonic() > deadline:
                raise StackError(f"{self.name} (pid {self.pid}) is still there")
            await asyncio.sleep(_POLL_SECONDS)
        self._forget()
        return code

    async def stop(self) -> int:
        """End it in good order (SIGTERM); by SIGKILL if that takes too long. The exit code."""
        if self._child is None:
            return 0
        self.resume()  # a frozen process would not hear the next one
        self._signal(signal.SIGTERM)
        try:
            return await self.ended(seconds=_STOP_SECONDS)
        except StackError:
            self.kill()
            return await self.ended()

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash would."""
        self._signal(signal.SIGKILL)
        if self._child is not None:
            self._child.wait()
            self._forget()

    def pause(self) -> None:
        """Freeze it (SIGSTOP): sockets stay open, nobody answers."""
        if self._child is not None and self.alive:
            freeze(self._child.pid)

    def resume(self) -> None:
        """Let it run on (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def last_words(self) -> str:
        """The end of its log, to follow a sentence."""
        lines = self.spec.log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
        return "\n  ".join([f"The end of {self.spec.log}:", *lines])

    def _signal(self, number: signal.Signals) -> None:
        if self._child is not None and self.alive:
            self._child.send_signal(number)

    def _forget(self) -> None:
        """Its number may be given to a stranger."""
        if self._child is not None and self._leash is not None:
            self._leash.forget(self._child.pid)


async def ask_readiness(client: httpx.AsyncClient, url: str) -> Readiness:
    """What the service at `url` says of itself now."""
    try:
        answer = await client.get(f"{url}/health/ready")
        body = answer.json()
        return Readiness(bool(body["ready"]), tuple(body["waiting_for"]))
    except (httpx.HTTPError, ValueError, KeyError):
        return Readiness(ready=False, waiting_for=("answer",))
