"""Keeps processes running: what dies is started again, and it is said so."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from cli.service_process import ServiceProcess
from deploy.stack import StackError
from deploy.stack.progress import Say

_LOOK_SECONDS: Final = 0.2
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 10.0
_LONG_ENOUGH_SECONDS: Final = 30.0
"""Who ran so long does not die of how it was started."""

Heal = Callable[[], Awaitable[list[str]]]
Bury = Callable[[ServiceProcess], Awaitable[None]]


class Supervisor:
    """Crash-only: a restart is the recovery.

    restarts: counts them by name. on_start: hears of each start, after which pids are others.
    bury: sees to what a dead process has left behind. say: hears what happens.
    """

    def __init__(
        self,
        services: Iterable[ServiceProcess],
        *,
        restarts: Counter[str],
        say: Say,
        on_start: Callable[[], None],
        bury: Bury,
    ) -> None:
        self._restarts: Final = restarts
        self._services: Final = tuple(services)
        self._say: Final = say
        self._on_start: Final = on_start
        self._bury: Final = bury

    async def run(self, *, heal_stack: Heal) -> None:
        """Until cancelled. heal_stack: starts what is dead of the stack; answers its names."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._mind_stack(heal_stack))
            for service in self._services:
                group.create_task(self._mind(service))

    async def _mind(self, service: ServiceProcess) -> None:
        pause = _FIRST_PAUSE
        while True:
            started = time.monotonic()
            await _until_dead(service)
            if time.monotonic() - started > _LONG_ENOUGH_SECONDS:
                pause = _FIRST_PAUSE
            self._say(f"{service.name} {how_it_ended(service.exit_code)}: starting it again")
            await self._bury(service)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            self._restarts[service.name] += 1
            service.start()
            self._on_start()
            await self._tell_when_ready(service)

    async def _tell_when_ready(self, service: ServiceProcess) -> None:
        began = time.monotonic()
        try:
            await service.wait_ready()
        except StackError as error:
            self._say(str(error))
        else:
            self._say(f"{service.name} is ready again after {time.monotonic() - began:.1f} s")

    async def _mind_stack(self, heal: Heal) -> None:
        while True:
            try:
                for name in await heal():
                    self._say(f"{name} was dead and runs again")
            except StackError as error:
                self._say(str(error))
            await asyncio.sleep(_LOOK_SECONDS)


async def _until_dead(service: ServiceProcess) -> None:
    while service.alive:  # noqa: ASYNC110 - another process: nobody here can set an event
        await asyncio.sleep(_LOOK_SECONDS)


def how_it_ended(exit_code: int | None) -> str:
    """`was killed by SIGKILL`, `ended with exit code 1`."""
    if exit_code is not None and exit_code < 0:
        return f"was killed by {signal.Signals(-exit_code).name}"
    return f"ended with exit code {exit_code}"
