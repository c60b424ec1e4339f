"""A simulated process: tasks that live, stop and die together."""

import asyncio
from collections.abc import Coroutine
from contextvars import copy_context
from enum import Enum
from typing import Any

from tests.simulation.loop import GATE, VirtualLoop


class Life(Enum):
    """RUNNING; STOPPED as by SIGSTOP; DEAD as by SIGKILL."""

    RUNNING = "running"
    STOPPED = "stopped"
    DEAD = "dead"


class Host:
    """One process, from its start to its death. A restart is another Host of the same name.

    Stopped, it takes no step at all: answers and timers wait. What it has sent takes effect.
    Dead, its tasks are cancelled, and since every port of it raises from then on, whatever they
    still do in their `finally` blocks stays in its own memory.
    """

    def __init__(self, name: str, *, loop: VirtualLoop, start: int = 1, skew: float = 0.0) -> None:
        """start: which life of `name` this is. skew: seconds its wall clock is ahead."""
        self.name = name
        self.start = start
        self.skew = skew
        self.life = Life.RUNNING
        self.failure: BaseException | None = None
        self.died: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._kept: list[asyncio.Handle] = []
        self._tasks: list[asyncio.Task[Any]] = []

    def __str__(self) -> str:
        return f"{self.name}#{self.start}"

    @property
    def alive(self) -> bool:
        return self.life is not Life.DEAD

    def spawn(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[Any]:
        """Run `work` as a part of this process. When it raises, the process dies of it."""
        context = copy_context()
        context.run(GATE.set, self)
        task = self._loop.create_task(work, context=context)
        task.add_done_callback(self._ended)
        return task

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Remember a task created inside this process."""
        self._tasks.append(task)
        if len(self._tasks) > 256:
            self._tasks = [each for each in self._tasks if not each.done()]

    def admit(self, handle: asyncio.Handle) -> bool:
        if self.life is not Life.STOPPED:
            return True
        self._kept.append(handle)
        return False

    def check(self) -> None:
        """Every port asks this first: a dead process reaches nothing. Raises CancelledError."""
        if self.life is Life.DEAD:
            raise asyncio.CancelledError

    def stop(self) -> None:
        """SIGSTOP."""
        if self.life is Life.RUNNING:
            self.life = Life.STOPPED

    def resume(self) -> None:
        """SIGCONT."""
        if self.life is Life.STOPPED:
            self.life = Life.RUNNING
            self._release()

    def kill(self) -> None:
        """SIGKILL. Legal twice."""
        if self.life is Life.DEAD:
            return
        self.life = Life.DEAD
        self._release()
        for task in self._tasks:
            task.cancel()
        if not self.died.done():
            self.died.set_result(None)

    def _release(self) -> None:
        kept, self._kept = self._kept, []
        self._loop.again(kept)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if task.cancelled() or not self.alive:
            return
        self.failure = task.exception()
        if self.failure is not None:
            self.kill()


def adopting(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
    """The loop's task factory: tasks belong to the process that creates them."""
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
    context = options.get("context")
    gate = context.get(GATE) if context is not None else GATE.get(None)
    if isinstance(gate, Host):
        gate.adopt(task)
    return task
