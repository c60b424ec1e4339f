"""How a simulated process talks to a server: every call can be slow, lost, or lose its answer.

Whatever was sent takes effect at the server even when the sender stops or dies meanwhile. Named
rules let a test strike at one exact step instead of at random.
"""

import asyncio
import random
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from tests.simulation.host import Host
from tests.simulation.loop import VirtualLoop

T = TypeVar("T")

Phase = Literal["sending", "arrived", "answered"]


class Lost(Exception):
    """No answer came in time. The server may or may not have done what was asked."""


@dataclass(slots=True)
class Weather:
    """Probabilities of one call, and delays in seconds. Calm weather loses nothing."""

    rng: random.Random
    lose_request: float = 0.0
    lose_reply: float = 0.0
    slow: float = 0.0
    slow_seconds: float = 1.0
    patience: float = 3.0

    def calm(self) -> None:
        self.lose_request = self.lose_reply = self.slow = 0.0

    def delay(self) -> float:
        if self.slow and self.rng.random() < self.slow:
            return self.rng.uniform(0.01, self.slow_seconds)
        return self.rng.uniform(0.0005, 0.004)


@dataclass(slots=True)
class Rule:
    """Strikes once, at the `nth` call of `op` by a process whose name begins with `who`.

    do: what happens then. lose: the request never arrives, or its answer does not.
    """

    op: str
    who: str
    phase: Phase
    do: Callable[[Host], None] = lambda _host: None
    lose: Literal["request", "reply"] | None = None
    nth: int = 1
    struck: bool = False

    def strikes(self, op: str, host: Host, phase: Phase) -> bool:
        if self.struck or phase != self.phase or op != self.op:
            return False
        if not host.name.startswith(self.who):
            return False
        self.nth -= 1
        if self.nth > 0:
            return False
        self.struck = True
        self.do(host)
        return True


class Server:
    """One end of the wire. `up` is False while it is away."""

    def __init__(self, name: str, *, loop: VirtualLoop, weather: Weather) -> None:
        self.name = name
        self.loop = loop
        self.weather = weather
        self.up = True
        self.rules: list[Rule] = []

    def later(self, seconds: float, callback: Callable[..., Any], *args: Any) -> None:
        """On the server's side: no process's fate touches it."""
        self.loop.call_later(seconds, callback, *args, context=Context())

    def meets(self, op: str, host: Host, phase: Phase) -> Rule | None:
        if not self.rules:
            return None
        return next((rule for rule in self.rules if rule.strikes(op, host, phase)), None)


class Link:
    """A process's way to a server."""

    def __init__(self, host: Host, server: Server) -> None:
        self.host = host
        self.server = server

    async def call(
        self,
        op: str,
        perform: Callable[[], Any],
        *,
        sure: bool = False,
        half: Callable[[], None] | None = None,
    ) -> Any:
        """What `perform` answers at the server, or the exception it raises. Raises Lost.

        perform: may answer a future, for what the server has to wait for itself.
        sure: the weather does not touch it (a protocol that repeats by itself until answered).
        half: done instead of `perform` by one half of the requests that get lost.
        """
        self.host.check()
        server, weather = self.server, self.server.weather
        rule = server.meets(op, self.host, "sending")
        if rule is not None:
            await asyncio.sleep(0)  # stopped by the rule, it has not sent anything yet
        self.host.check()
        lost_request = rule is not None and rule.lose == "request"
        lost_reply = rule is not None and rule.lose == "reply"
        if not sure and not (lost_request or lost_reply):
            roll = weather.rng.random()
            lost_request = roll < weather.lose_request
            lost_reply = not lost_request and roll < weather.lose_request + weather.lose_reply
        trip = _Trip(self, op, perform, lost_reply=lost_reply)
        if lost_request:
            if half is not None and weather.rng.random() < 0.5:
                server.later(weather.delay(), half)
            server.later(weather.patience, trip.give_up)
        else:
            server.later(weather.delay(), trip.arrive)
        return await trip.answer


class _Trip:
    """One request and its answer."""

    def __init__(
        self, link: Link, op: str, perform: Callable[[], Any], *, lost_reply: bool
    ) -> None:
        self.link = link
        self.op = op
        self.perform = perform
        self.lost_reply = lost_reply
        self.answer: asyncio.Future[Any] = link.server.loop.create_future()

    def arrive(self) -> None:
        server = self.link.server
        if not server.up:
            server.later(server.weather.patience, self.give_up)
            return
        try:
            result = self.perform()
        except Exception as error:  # noqa: BLE001 -- carried to the caller, whatever it is
            self._answer(None, error)
            return
        if isinstance(result, asyncio.Future):
            result.add_done_callback(self._later_answer, context=Context())
        else:
            self._answer(result, None)

    def give_up(self) -> None:
        if not self.answer.done():
            self.answer.set_exception(Lost(self.op))

    def _later_answer(self, done: "asyncio.Future[Any]") -> None:
        if not done.cancelled():
            error = done.exception()
            self._answer(None if error else done.result(), error)

    def _answer(self, result: Any, error: BaseException | None) -> None:
        server = self.link.server
        rule = server.meets(self.op, self.link.host, "arrived")
        if self.lost_reply or (rule is not None and rule.lose == "reply"):
            server.later(server.weather.patience, self.give_up)
        else:
            server.later(server.weather.delay(), self._settle, result, error)

    def _settle(self, result: Any, error: BaseException | None) -> None:
        if self.answer.done():
            return
        self.link.server.meets(self.op, self.link.host, "answered")
        if self.answer.done():
            return
        if error is not None:
            self.answer.set_exception(error)
        else:
            self.answer.set_result(result)
