"""A part that is a process on this machine."""

import os
import signal
import subprocess
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from deploy.stack.errors import StackError
from deploy.stack.freezing import freeze
from deploy.stack.identity import born
from deploy.stack.leash import Leash
from deploy.stack.ports import LOOPBACK
from deploy.stack.probes import PROBES, Role
from deploy.stack.readiness import until_ready

_POLL_SECONDS = 0.05
_STOP_SECONDS = 15  # a broker without a quorum waits minutes for a controller; we do not


class ProcessSpec(BaseModel):
    """How to run one server, and how to tell that it is ready. Kept in the state file."""

    model_config = ConfigDict(frozen=True)

    name: str
    role: Role
    port: int
    argv: tuple[str, ...]
    log: Path


class Running(BaseModel):
    """A process we started: its number, and the mark that it is still that one."""

    model_config = ConfigDict(frozen=True)

    pid: int
    born: str


class ProcessPart:
    """One server: started, killed, frozen and started again on the same port and data.

    With a leash it ends with this program; without one it stays (`croupier stack up`).
    """

    def __init__(
        self, spec: ProcessSpec, *, leash: Leash | None = None, running: Running | None = None
    ) -> None:
        self.spec = spec
        self.running = running
        self._leash = leash
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.spec.port}"

    @property
    def alive(self) -> bool:
        if self._child is not None and self._child.poll() is not None:
            return False
        return self.running is not None and born(self.running.pid) == self.running.born

    def launch(self) -> None:
        if self.alive:
            return
        self.spec.log.parent.mkdir(parents=True, exist_ok=True)
        with self.spec.log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - argv is ours, no shell
                self.spec.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # The terminal's Ctrl-C is for the services; the stack goes down after them.
                start_new_session=True,
            )
        if self._leash is not None:
            self._leash.watch(self._child.pid)
        self.running = Running(pid=self._child.pid, born=born(self._child.pid) or "gone at once")

    def wait_ready(self, *, seconds: float = 90) -> None:
        until_ready(
            lambda: PROBES[self.spec.role](self.address),
            name=self.name,
            alive=lambda: self.alive,
            last_words=self._last_words,
            seconds=seconds,
        )

    def start(self) -> None:
        self.launch()
        self.wait_ready()

    def stop(self) -> None:
        self._signal(signal.SIGCONT)  # a frozen process would not hear the next one
        self._signal(signal.SIGTERM)
        if not self._ended(within=_STOP_SECONDS):
            self.kill()
        self._forget()

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        if not self._ended(within=_STOP_SECONDS):
            raise StackError(f"{self.name} (pid {self.running}) does not die: see `ps`")
        self._forget()

    def pause(self) -> None:
        if self.running is not None and self.alive:
            freeze(self.running.pid)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def detach(self) -> None:
        """Leave the process to live on after this program, and stop minding it as a child."""
        if self._child is not None:
            self._child.returncode = 0  # else the interpreter warns of a child left behind
            self._child = None

    def _signal(self, number: signal.Signals) -> None:
        if self.running is not None and self.alive:
            os.kill(self.running.pid, number)

    def _ended(self, *, within: float) -> bool:
        deadline = time.monotonic() + within
        while self.alive:
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        if self._child is not None:
            self._child.wait()  # a zombie counts as ended, and must still be reaped
        return True

    def _forget(self) -> None:
        if self.running is not None and self._leash is not None:
            self._leash.forget(self.running.pid)
        self.running = None
        self._child = None

    def _last_words(self) -> str:
        lines = self.spec.log.read_text(errors="replace").splitlines()[-8:]
        return "\n  ".join([f"The end of {self.spec.log}:", *lines])
