"""A service's life: parts start in order, stop in reverse, and nothing dies unnoticed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.runtime.lifecycle import EXIT_FAILED, EXIT_OK, Lifecycle, run


@asynccontextmanager
async def part(name: str, diary: list[str]) -> AsyncIterator[str]:
    diary.append(f"start {name}")
    yield name
    diary.append(f"stop {name}")


def test_parts_stop_in_the_reverse_of_their_order() -> None:
    diary: list[str] = []

    async def compose(lifecycle: Lifecycle) -> None:
        await lifecycle.enter("a", part("a", diary))
        await lifecycle.enter("b", part("b", diary))
        lifecycle.stop()

    assert run(compose) == EXIT_OK
    assert diary == ["start a", "start b", "stop b", "stop a"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_service_in_order(number: signal.Signals) -> None:
    diary: list[str] = []

    async def compose(lifecycle: Lifecycle) -> None:
        await lifecycle.enter("a", part("a", diary))
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)

    assert run(compose) == EXIT_OK
    assert diary[-1] == "stop a"


def test_a_task_that_fails_ends_the_service_with_an_error() -> None:
    diary: list[str] = []

    async def broken() -> None:
        raise RuntimeError("a bug")

    async def compose(lifecycle: Lifecycle) -> None:
        await lifecycle.enter("a", part("a", diary))
        lifecycle.spawn("sorter", broken())

    assert run(compose) == EXIT_FAILED
    assert diary == ["start a", "stop a"]


def test_a_task_that_just_ends_is_a_failure_too() -> None:
    async def compose(lifecycle: Lifecycle) -> None:
        lifecycle.spawn("sorter", asyncio.sleep(0))

    assert run(compose) == EXIT_FAILED


def test_a_service_that_cannot_start_stops_what_had_started() -> None:
    diary: list[str] = []

    async def compose(lifecycle: Lifecycle) -> None:
        await lifecycle.enter("a", part("a", diary))
        raise OSError("port taken")

    assert run(compose) == EXIT_FAILED
    assert diary == ["start a", "stop a"]


async def test_stopping_twice_and_before_the_start_is_legal() -> None:
    lifecycle = Lifecycle()
    lifecycle.stop()
    lifecycle.stop()
    await lifecycle.wait()
    await lifecycle.close()
    await lifecycle.close()
    assert lifecycle.failed is None


async def test_a_spawned_task_is_cancelled_by_the_stop_and_that_is_no_failure() -> None:
    lifecycle = Lifecycle()
    task = lifecycle.spawn("loop", asyncio.Event().wait())  # type: ignore[arg-type]
    await lifecycle.close()
    assert task.cancelled()
    assert lifecycle.failed is None


def test_a_part_that_does_not_stop_cannot_keep_the_process() -> None:
    program = """
import asyncio, sys
from contextlib import asynccontextmanager
from shared.runtime.lifecycle import run

@asynccontextmanager
async def stubborn():
    yield
    await asyncio.Event().wait()

async def compose(lifecycle):
    await lifecycle.enter("stubborn", stubborn())
    lifecycle.stop()

sys.exit(run(compose, stop_timeout=0.05))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == EXIT_FAILED
    assert b"stop_timed_out" in done.stdout + done.stderr


def test_the_failure_is_one_line_that_names_the_part(capsys: pytest.CaptureFixture[str]) -> None:
    async def broken() -> None:
        raise RuntimeError("a bug")

    async def compose(lifecycle: Lifecycle) -> None:
        lifecycle.spawn("sorter", broken())

    run(compose)
    captured = capsys.readouterr()
    named = [line for line in (captured.out + captured.err).splitlines() if "part_failed" in line]
    assert len(named) == 1
    assert "sorter" in named[0]
