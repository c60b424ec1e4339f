"""`make bench`: everything the bench measures, in one run on one native stack.

Floor, naive and ours take turns, so that a busy machine is busy for all three; their rates are the
medians of the rounds, and what counts is their ratio. Latencies are medians of rounds, too.
Seconds depend on the machine and on who else uses it: `python_loop_s` says how fast it was then.

    python -m tests.bench            everything, about 15 minutes
    python -m tests.bench --quick    smaller sizes, for a look
"""

import argparse
import os
from collections.abc import Awaitable, Callable
from statistics import median

import uvloop
from rich.console import Console

from deploy.stack import temporary
from tests.bench import core, latency, takeover, throughput
from tests.bench.report import Figures, show, write

Rate = Callable[[int], Awaitable[float]]


async def measure(*, kafka: str, mongo: str, quick: bool, say: Callable[[str], None]) -> Figures:
    """All figures, in the order of the table."""
    tickets, rounds = (4_000, 1) if quick else (15_000, 3)
    rates: dict[str, list[float]] = {"floor": [], "naive": [], "ours": []}
    for number in range(rounds):
        say(f"throughput, round {number + 1} of {rounds}: floor, naive, ours")
        rates["floor"].append(await throughput.floor(kafka=kafka, mongo=mongo, tickets=tickets))
        naive = await throughput.naive(kafka=kafka, mongo=mongo, tickets=tickets // 20)
        rates["naive"].append(naive)
        rates["ours"].append(await throughput.ours(kafka=kafka, mongo=mongo, tickets=tickets))
    floor, naive, ours = (median(rates[name]) for name in ("floor", "naive", "ours"))
    latencies: list[latency.Latency] = []
    for number in range(rounds):
        say(f"latency at 200 messages a second, round {number + 1} of {rounds}")
        latencies.append(await latency.latency(kafka=kafka, mongo=mongo, seconds=10.0))
    say("the core alone")
    by_waiting = core.cost_by_waiting((1_000, 100_000) if quick else (1_000, 100_000, 1_000_000))
    by_agents = core.cost_by_agents()
    waiting_bytes = core.bytes_per_waiting()
    policy_change = core.policy_change_seconds(100_000)
    say("take-over of 100,000 waiting tickets")
    takeover_100k = await takeover.seconds(kafka=kafka, mongo=mongo, waiting=100_000)
    figures: Figures = {
        "stack": "native",
        "python_loop_s": core.python_loop_seconds(),
        "e2e_tickets_per_s": ours,
        "floor_tickets_per_s": floor,
        "naive_tickets_per_s": naive,
        "ratio_to_floor": ours / floor,
        "ratio_to_naive": ours / naive,
        "latency_p50_ms": median(each.p50 for each in latencies),
        "latency_p99_ms": median(each.p99 for each in latencies),
        "core_us_by_waiting": _named(by_waiting),
        "core_us_by_agents": _named(by_agents),
        "policy_change_s_100k": policy_change,
        "takeover_s_100k": takeover_100k,
        "bytes_per_waiting": waiting_bytes,
    }
    if not quick:
        say("take-over of 1,000,000 waiting tickets")
        figures["takeover_s_1m"] = await takeover.seconds(
            kafka=kafka, mongo=mongo, waiting=1_000_000
        )
    return figures


def _named(costs: dict[int, float]) -> dict[str, float]:
    return {f"{size:,}": cost for size, cost in costs.items()}


def main() -> None:
    """Start a native stack, measure, report."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__, formatter_class=_Help
    )
    parser.add_argument("--quick", action="store_true", help="smaller sizes, for a look")
    options = parser.parse_args()
    console = Console()

    def say(step: str) -> None:
        console.log(step)

    with temporary("native", env=os.environ, say=say) as stack:
        figures = uvloop.run(
            measure(kafka=stack.kafka, mongo=stack.mongo, quick=options.quick, say=say)
        )
    show(figures, console=console)
    write(figures)


class _Help(argparse.RawDescriptionHelpFormatter):
    """The docstring as it is written."""


if __name__ == "__main__":
    main()
