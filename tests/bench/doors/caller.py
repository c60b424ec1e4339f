"""Calls the doors, in a process of its own: a job as JSON on stdin, what came of it on stdout.

Open loop: a request is due at its time, whatever became of those before, and its latency counts
from then, not from when a connection was free for it (else a server that stalls would be asked less
just while it stalls). Closed loop: so many connections, each of which sends as soon as it is
answered.

A connection carries one request at a time, as providers' do.
"""

import asyncio
import json
import sys
from collections import deque
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any, Final, cast

import uvloop

from tests.bench.doors.webhooks import requests

MAX_CONNECTIONS: Final = 2_000
ANSWER_SECONDS: Final = 15.0


@dataclass(frozen=True)
class Job:
    """first: number of the first message; numbers are never used twice.
    phases: (requests a second, seconds), one after the other; empty for a closed loop of
    `connections` for `seconds`."""

    port: int
    first: int
    phases: tuple[tuple[float, float], ...] = ()
    connections: int = 0
    seconds: float = 0.0


@dataclass
class Called:
    """One list item a request. due: seconds after the first. took: from when it was due, seconds.
    status: of HTTP, 0 where none came. late: how much after its time it was written although a
    connection was free: the caller's own delay. retry_after: answers 503 that had the header."""

    due: list[float]
    took: list[float]
    status: list[int]
    late: list[float]
    seconds: float
    retry_after: int
    connections: int


class _Connection(asyncio.Protocol):
    """Speaks HTTP/1.1, as far as answers with a Content-Length go."""

    def __init__(self, caller: "_Caller") -> None:
        self._caller = caller
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.request = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def send(self, number: int, content: bytes) -> None:
        assert self._transport is not None
        self.request = number
        self._transport.write(content)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        head = head.lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self._buffer = b""
        number, self.request = self.request, -1
        closes = b"\r\nconnection: close" in head
        self._caller.answered(number, int(head[9:12]), b"\r\nretry-after:" in head)
        if closes:
            self.close()
        else:
            self._caller.free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._caller.gone(self)
        if self.request >= 0:
            self._caller.answered(self.request, 0, with_retry_after=False)

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()


class _Caller:
    def __init__(self, port: int, contents: list[bytes]) -> None:
        self._port = port
        self._contents = contents
        self._idle: list[_Connection] = []
        self._open: set[_Connection] = set()
        self._connecting: set[asyncio.Task[None]] = set()
        self._waiting: deque[int] = deque()
        self._left = len(contents)
        self._done = asyncio.Event()
        self._closed_until = 0.0
        self._next = 0
        count = len(contents)
        self.began = 0.0
        self.due = [0.0] * count
        self.took = [ANSWER_SECONDS] * count
        self.status = [0] * count
        self.late = [0.0] * count
        self.retry_after = 0
        self.most = 0

    async def at_their_time(self, due: list[float]) -> None:
        """Send all, each when it is due, and wait for the answers."""
        self.due = due
        self.began = perf_counter()
        for number, when in enumerate(due):
            early = self.began + when - perf_counter()
            if early > 0:
                await asyncio.sleep(early)
            if number % 50 == 0:
                await asyncio.sleep(0)  # answers are read even while we are behind
            self.late[number] = perf_counter() - self.began - when
            self._send(number)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._done.wait()
        except TimeoutError:
            pass  # those have status 0

    async def one_after_the_other(self, connections: int, seconds: float) -> None:
        """Send on so many connections for so long; the rest is not sent."""
        self.began = perf_counter()
        self._closed_until = self.began + seconds
        for _ in range(connections):
            self._send_next()
        await asyncio.sleep(seconds + 1.0)

    def _send_next(self) -> None:
        now = perf_counter()
        if now < self._closed_until and self._next < len(self._contents):
            self.due[self._next] = now - self.began
            self._send(self._next)
            self._next += 1

    def _send(self, number: int) -> None:
        if self._idle:
            self._idle.pop().send(number, self._contents[number])
            return
        self._waiting.append(number)
        if len(self._open) + len(self._connecting) < MAX_CONNECTIONS:
            task = asyncio.create_task(self._connect())
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(
                lambda: _Connection(self), "127.0.0.1", self._port
            )
        except OSError:
            if self._waiting:
                self.answered(self._waiting.popleft(), 0, with_retry_after=False)
            return
        self._open.add(connection)
        self.most = max(self.most, len(self._open))
        self.free(connection)

    def free(self, connection: _Connection) -> None:
        if self._waiting:
            number = self._waiting.popleft()
            connection.send(number, self._contents[number])
        else:
            self._idle.append(connection)

    def gone(self, connection: _Connection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)

    def answered(self, number: int, status: int, with_retry_after: bool) -> None:
        self.took[number] = perf_counter() - self.began - self.due[number]
        self.status[number] = status
        self.retry_after += status == 503 and with_retry_after
        self._left -= 1
        if self._left == 0:
            self._done.set()
        if self._closed_until:
            asyncio.get_running_loop().call_soon(self._send_next)


def _times(phases: tuple[tuple[float, float], ...]) -> list[float]:
    due, start = [], 0.0
    for rate, seconds in phases:
        due += [start + number / rate for number in range(int(rate * seconds))]
        start += seconds
    return due


async def call(job: Job) -> Called:
    """Do the job."""
    due = _times(job.phases)
    contents = requests(job.first, len(due) or int(job.seconds * 6_000))
    caller = _Caller(job.port, contents)
    if due:
        await caller.at_their_time(due)
    else:
        await caller.one_after_the_other(job.connections, job.seconds)
    sent = [number for number in range(len(contents)) if due or caller.status[number]]
    return Called(
        due=[round(caller.due[number], 5) for number in sent],
        took=[round(caller.took[number], 6) for number in sent],
        status=[caller.status[number] for number in sent],
        late=[round(caller.late[number], 6) for number in sent],
        seconds=job.seconds or sum(seconds for _, seconds in job.phases),
        retry_after=caller.retry_after,
        connections=caller.most,
    )


def main() -> None:
    told: dict[str, Any] = json.load(sys.stdin)
    phases = tuple((rate, seconds) for rate, seconds in told.pop("phases"))
    json.dump(asdict(uvloop.run(call(Job(phases=phases, **told)))), sys.stdout)


if __name__ == "__main__":
    main()
