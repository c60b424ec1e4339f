"""Freezes a process of ours, and returns when it stands still.

A signal is sent, not obeyed, when `os.kill` returns: on a busy machine another thread of the
process still answers a request that comes after it.
"""

import os
import signal
import subprocess
import time
from pathlib import Path

from deploy.stack.errors import StackError

_POLL_SECONDS = 0.002
_FREEZE_SECONDS = 10


def freeze(pid: int) -> None:
    """SIGSTOP; return when no thread runs any more. One that has ended is left alone.

    Raises StackError when it does not come to stand.
    """
    deadline = time.monotonic() + _FREEZE_SECONDS
    try:
        os.kill(pid, signal.SIGSTOP)
        while not _stands(pid):
            if time.monotonic() > deadline:
                raise StackError(f"process {pid} does not freeze: see `ps`")
            time.sleep(_POLL_SECONDS)
    except (FileNotFoundError, ProcessLookupError):
        return


def _stands(pid: int) -> bool:
    """Whether every thread is stopped (T), or ended (Z, X)."""
    threads = Path(f"/proc/{pid}/task")
    if not threads.exists():
        return _state_by_ps(pid) in "TZX"
    return all(_state(thread / "stat") in "TtZX" for thread in threads.iterdir())


def _state(stat: Path) -> str:
    """The letter behind the command's name, which is in parentheses and may hold some, too."""
    try:
        return stat.read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"


def _state_by_ps(pid: int) -> str:
    answer = subprocess.run(  # noqa: S603 - fixed command, a number as its argument
        ["ps", "-o", "stat=", "-p", str(pid)],  # noqa: S607 - where ps is differs
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.strip()[:1] or "X"
