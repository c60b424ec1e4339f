"""`python -m tests.bench.doors`: what the HTTP doors do under load. Writes build/doors.json.

Ingest is a process of its own on a native stack, and so is who calls it (`caller.py`). Three parts:

- steady: 500 webhooks a second, a third each of Telegram, our form and WhatsApp, in open loop;
- burst: ten times as many for some seconds in between;
- most: as many as go, in turn with an endpoint that does nothing but read JSON and publish
  (`bare.py`). What counts is the ratio: seconds depend on the machine and on who else uses it.

    python -m tests.bench.doors            about four minutes
    python -m tests.bench.doors --quick    shorter, for a look
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Final

import uvloop
from aiokafka import AIOKafkaConsumer
from rich.console import Console

from deploy.stack import temporary
from shared.contracts.inbound import InboundEvent
from tests.bench.core import python_loop_seconds
from tests.bench.doors.caller import Called, Job
from tests.bench.report import Figures, show, write
from tests.bench.world import Place

PATH: Final = Path("build/doors.json")
RATE: Final = 500.0
BURST: Final = 10 * RATE
CONNECTIONS: Final = 64
_WARM_UP_SECONDS: Final = 4.0
_TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")

BARS: Final[dict[str, tuple[str, float]]] = {
    "steady_p99_ms": ("<=", 50),
    "ratio_to_bare": (">=", 0.6),
    "burst_answered": (">=", 0.999),
    "burst_without_retry_after": ("<=", 0),
    "burst_goodput_to_most": (">=", 0.5),
    "burst_accepted_p99_ms": ("<=", 2_500),
    "recovery_s": ("<=", 2),
    "lost": ("<=", 0),
}

Say = Callable[[str], None]


@dataclass
class Server:
    """A running one. numbers: of messages used so far."""

    pid: int
    port: int
    numbers: int = 0

    def cpu_seconds(self) -> float:
        """Processor time used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND

    def memory_mib(self, name: str = "VmRSS") -> float:
        """VmRSS: now. VmHWM: the most so far."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        [line] = [line for line in lines if line.startswith(name)]
        return int(line.split()[1]) / 1024

    async def called(self, **job: object) -> Called:
        """Have a job done by a process of its own."""
        told = asdict(Job(port=self.port, first=self.numbers, **job))  # type: ignore[arg-type]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bench.doors.caller"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate(json.dumps(told).encode())
        self.numbers += 1_000_000
        return Called(**json.loads(out))


@asynccontextmanager
async def serving(place: Place, module: str, **env: str) -> AsyncIterator[Server]:
    """Start a server on this place's topics; it says where it listens in its first `…open` line."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        env={**place.environment(), "CROUPIER_LOG_LEVEL": "error", **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60.0):
            while b".open" not in (line := await process.stdout.readline()):
                if not line:
                    raise RuntimeError(f"{module} ended before it listened")
        draining = asyncio.create_task(_drain(process.stdout))
        yield Server(process.pid, json.loads(line)["http"])
        draining.cancel()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def measure(*, kafka: str, mongo: str, quick: bool, say: Say) -> Figures:
    """All figures, in the order of the table."""
    rounds, steady_s, burst_s, most_s = (1, 8.0, 3.0, 4.0) if quick else (3, 20.0, 5.0, 8.0)
    place = await Place.fresh(kafka=kafka, mongo=mongo)
    doors = {"CROUPIER_INGEST_PORT": "0", "CROUPIER_INGEST_SMTP_PORT": "0"}
    steady: list[Called] = []
    bursts: list[Called] = []
    most: dict[str, list[float]] = {"doors": [], "bare": []}
    costs: dict[str, list[float]] = {"doors": [], "bare": []}
    memory: dict[str, float] = {}
    accepted = 0
    async with (
        serving(place, "services.ingest", **doors, CROUPIER_LOG_LEVEL="info") as ours,
        serving(await Place.fresh(kafka=kafka, mongo=mongo), "tests.bench.doors.bare") as bare,
    ):
        for server in (ours, bare):
            warm = await server.called(connections=CONNECTIONS, seconds=_WARM_UP_SECONDS)
            accepted += _accepted(warm) if server is ours else 0
        for number in range(rounds):
            say(f"round {number + 1} of {rounds}: the most, doors and bare")
            for name, server in (("doors", ours), ("bare", bare)):
                before = server.cpu_seconds()
                done = await server.called(connections=CONNECTIONS, seconds=most_s)
                taken = _accepted(done)
                most[name].append(taken / most_s)
                costs[name].append((server.cpu_seconds() - before) / taken * 1e6)
                accepted += taken if server is ours else 0
            say(f"round {number + 1} of {rounds}: {RATE:.0f} webhooks a second")
            steady.append(await ours.called(phases=((RATE, 2.0), (RATE, steady_s))))
            memory.setdefault("before", ours.memory_mib())
            say(f"round {number + 1} of {rounds}: a burst of {BURST:.0f}")
            phases = ((RATE, 3.0), (BURST, burst_s), (RATE, 10.0))
            bursts.append(await ours.called(phases=phases))
            accepted += _accepted(steady[-1]) + _accepted(bursts[-1])
        memory["peak"], memory["after"] = ours.memory_mib("VmHWM"), ours.memory_mib()
    there = await _records(place)
    steadily = [_percentiles(_took(each, since=2.0)) for each in steady]
    doors_most, bare_most = median(most["doors"]), median(most["bare"])
    seen = [_of_burst(each, start=3.0, seconds=burst_s) for each in bursts]
    return {
        "stack": "native",
        "python_loop_s": python_loop_seconds(),
        "steady_p50_ms": median(each[0] for each in steadily),
        "steady_p99_ms": median(each[1] for each in steadily),
        "steady_p999_ms": median(each[2] for each in steadily),
        "steady_refused": float(sum(len(each.status) - _accepted(each) for each in steady)),
        "caller_late_p99_ms": median(_percentiles(each.late)[1] for each in steady),
        "doors_most_per_s": doors_most,
        "bare_most_per_s": bare_most,
        "ratio_to_bare": median(a / b for a, b in zip(most["doors"], most["bare"], strict=True)),
        "doors_cpu_us": median(costs["doors"]),
        "bare_cpu_us": median(costs["bare"]),
        **{name: median(each[name] for each in seen) for name in seen[0]},
        "burst_goodput_to_most": median(each["burst_goodput_per_s"] for each in seen) / doors_most,
        "memory_before_mib": memory["before"],
        "memory_peak_mib": memory["peak"],
        "memory_after_mib": memory["after"],
        "lost": float(max(0, accepted - there)),
    }


def _of_burst(called: Called, *, start: float, seconds: float) -> dict[str, float]:
    """What became of those that were due in the burst, and of the time after it."""
    inside = [
        (took, status)
        for due, took, status in zip(called.due, called.took, called.status, strict=True)
        if start <= due < start + seconds
    ]
    taken = [took for took, status in inside if 200 <= status < 300]
    late = [
        late
        for due, late in zip(called.due, called.late, strict=True)
        if start <= due < start + seconds
    ]
    ended = [due + took for due, took in zip(called.due, called.took, strict=True)]
    busy = [each for each, status in zip(ended, called.status, strict=True) if 200 <= status < 300]
    during = sum(start <= each < start + seconds for each in busy)
    refused = sum(status == 503 for status in called.status)
    return {
        "burst_offered_per_s": len(inside) / seconds,
        "burst_caller_late_p99_ms": _percentiles(late)[1],
        "burst_connections": float(called.connections),
        "burst_goodput_per_s": during / seconds,
        "burst_refused": sum(status == 503 for _, status in inside) / len(inside),
        "burst_answered": sum(status != 0 for _, status in inside) / len(inside),
        "burst_without_retry_after": float(refused - called.retry_after),
        "burst_accepted_p99_ms": _percentiles(taken)[1],
        "burst_refused_p99_ms": _percentiles(
            [took for took, status in inside if status == 503] or [0.0]
        )[1],
        "recovery_s": _recovery(called, since=start + seconds),
    }


def _recovery(called: Called, *, since: float, window: float = 0.5) -> float:
    """Seconds until all of one window are taken, 99 % of them as soon as before the burst (or in
    50 ms)."""
    normal = max(50.0, 2 * _percentiles(_took(called, since=1.0, until=3.0))[1])
    last, at = max(called.due), since
    while at < last:
        there = [
            (took, status)
            for due, took, status in zip(called.due, called.took, called.status, strict=True)
            if at <= due < at + window
        ]
        if all(200 <= status < 300 for _, status in there) and (
            _percentiles([took for took, _ in there])[1] <= normal
        ):
            return at - since
        at += window
    return at - since


def _took(called: Called, *, since: float, until: float = 1e9) -> list[float]:
    rows = zip(called.due, called.took, strict=True)
    return [took for due, took in rows if since <= due < until]


def _percentiles(seconds: list[float]) -> tuple[float, float, float]:
    """p50, p99 and p99.9, milliseconds."""
    ordered = sorted(seconds)
    last = len(ordered) - 1
    p50, p99, p999 = (ordered[round(share * last)] * 1_000 for share in (0.5, 0.99, 0.999))
    return p50, p99, p999


def _accepted(called: Called) -> int:
    return sum(200 <= status < 300 for status in called.status)


async def _records(place: Place) -> int:
    """In the topic of the doors."""
    consumer = AIOKafkaConsumer(place.topic(InboundEvent.TOPIC), bootstrap_servers=place.kafka)
    await consumer.start()
    try:
        return sum((await consumer.end_offsets(consumer.assignment())).values())
    finally:
        await consumer.stop()


async def _drain(stream: asyncio.StreamReader) -> None:
    while await stream.read(65_536):
        pass


def main() -> None:
    """Start a native stack, measure, report."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.doors", description=__doc__, formatter_class=_Help
    )
    parser.add_argument("--quick", action="store_true", help="shorter, for a look")
    options = parser.parse_args()
    console = Console()

    def say(step: str) -> None:
        console.log(step)

    with temporary("native", env=os.environ, say=say) as stack:
        figures = uvloop.run(
            measure(kafka=stack.kafka, mongo=stack.mongo, quick=options.quick, say=say)
        )
    show(figures, console=console, bars=BARS)
    write(figures, PATH)


class _Help(argparse.RawDescriptionHelpFormatter):
    """The docstring as it is written."""


if __name__ == "__main__":
    main()
