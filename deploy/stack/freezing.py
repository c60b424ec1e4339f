"""Freezes a process of ours, and returns when it stands still.

A signal is sent, not obeyed, when `os.kill` returns: on a busy machine another thread of the
process still answers a request that comes after it.
"""

import os
import signal
import time
from pathlib import Path

from deploy.stack.errors import StackError
from deploy.stack.identity import asked_of_ps, stat_fields

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
        return asked_of_ps(pid, "stat=")[:1] in "TZX"
    return all(_state(thread) in "TtZX" for thread in threads.iterdir())


def _state(thread: Path) -> str:
    fields = stat_fields(thread)
    return "X" if fields is None else fields[0]
