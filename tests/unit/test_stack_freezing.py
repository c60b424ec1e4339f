"""A frozen process stands still as soon as `freeze` returns, not some time after it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.stack.freezing import freeze

BUSY = """
import hashlib, threading
def work():
    while True:
        hashlib.sha256(bytes(1_000_000))  # without the interpreter's lock
for _ in range(15):
    threading.Thread(target=work, daemon=True).start()
print("working", flush=True)
work()
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads threads from /proc")
def test_no_thread_of_a_frozen_process_runs_on_when_the_call_returns() -> None:
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE) as busy:
        assert busy.stdout is not None
        busy.stdout.readline()
        try:
            for _ in range(20):
                freeze(busy.pid)
                assert _states(busy.pid) == {"T"}
                os.kill(busy.pid, signal.SIGCONT)
        finally:
            busy.kill()


def test_a_process_that_has_ended_is_left_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    freeze(ended.pid)


def _states(pid: int) -> set[str]:
    stats = [thread / "stat" for thread in Path(f"/proc/{pid}/task").iterdir()]
    return {stat.read_text().rpartition(")")[2].split()[0] for stat in stats}
