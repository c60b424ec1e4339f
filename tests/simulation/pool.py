"""Many seeds on every core."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final, NamedTuple

from tests.simulation.run import simulate

SEEDS: Final = "CROUPIER_SEEDS"


class Outcome(NamedTuple):
    """A seed that violated something: which invariant first, and what it said."""

    seed: int
    invariant: str
    says: str


def asked_for(default: int) -> int:
    """How many seeds, by environment or else the default."""
    return int(os.environ.get(SEEDS, default))


def play(seeds: Sequence[int]) -> list[Outcome]:
    """Those of the seeds that violate something."""
    bad = []
    for seed in seeds:
        report = simulate(seed)
        if not report.whole:
            first = report.violations[0]
            bad.append(Outcome(seed, first.invariant, first.says))
    return bad


def play_all(seeds: Sequence[int], *, chunk: int = 25) -> Iterator[tuple[int, list[Outcome]]]:
    """(seeds done so far, what is bad among the latest), as they get done."""
    chunks = [seeds[at : at + chunk] for at in range(0, len(seeds), chunk)]
    done = 0
    with _workers() as workers:
        for some, bad in zip(chunks, workers.map(play, chunks), strict=True):
            done += len(some)
            yield done, bad


def _workers() -> ProcessPoolExecutor:
    # spawned, not forked: the test process may have threads and loops of its own
    return ProcessPoolExecutor(os.cpu_count() or 1, mp_context=get_context("spawn"))
