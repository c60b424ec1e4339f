"""An event loop whose time is virtual, and whose processes can be stopped between any two steps.

Nothing sleeps, no socket or thread exists: when nothing is ready the clock jumps to the next timer.
Every callback belongs to the process whose context scheduled it, or to the world outside.
"""

import asyncio
import heapq
from collections.abc import Callable
from contextvars import Context, ContextVar
from typing import Any, Protocol, TypeVarTuple


class Gate(Protocol):
    """What decides whether a process may take its next step."""

    def admit(self, handle: asyncio.Handle) -> bool:
        """Whether the step runs now. A gate that says no keeps the handle."""
        ...


Ts = TypeVarTuple("Ts")

GATE: ContextVar[Gate] = ContextVar("gate of the simulated process")


class Stuck(RuntimeError):
    """Nothing is ready and nothing is due: the simulated world has stopped for ever."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Time in seconds since the beginning of the run."""

    _ready: Any
    _scheduled: Any

    def __init__(self) -> None:
        super().__init__()
        self._seconds = 0.0
        self._selector = _Jump(self)
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._seconds

    def jump(self, seconds: float) -> None:
        self._seconds += seconds

    def again(self, handles: list[asyncio.Handle]) -> None:
        """Make kept handles ready; those cancelled meanwhile are passed over."""
        self._ready.extend(handles)

    def call_soon(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:
        handle = _Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        timer: Any = _TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._scheduled, timer)
        timer._scheduled = True
        handle: asyncio.TimerHandle = timer
        return handle

    def _process_events(self, _events: object) -> None:
        return

    def _write_to_self(self) -> None:
        return


class _Jump:
    """Stands where a real loop waits for sockets: time passes at once."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> tuple[()]:
        if timeout is None:
            raise Stuck
        if timeout > 0:
            self._loop.jump(timeout)
        return ()

    def close(self) -> None:
        return


class _Gated:
    """Mixed into asyncio's handles: `_run` is asked of every step."""

    __slots__ = ()
    _context: Context

    def _run(self: Any) -> None:
        gate = self._context.get(GATE)
        if gate is None or gate.admit(self):
            super()._run()  # type: ignore[misc]


class _Handle(_Gated, asyncio.Handle):
    __slots__ = ()


class _TimerHandle(_Gated, asyncio.TimerHandle):
    __slots__ = ()
