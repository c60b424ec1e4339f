"""The parent's end of the guard: what must go when this program does."""

import subprocess
import sys
import threading
from pathlib import Path

_GUARD = Path(__file__).with_name("guard.py")


class Leash:
    """Ties processes and a scratch folder to the life of this one. Used from several threads."""

    def __init__(self, scratch: Path) -> None:
        self._lock = threading.Lock()
        self._guard = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, "-I", "-S", str(_GUARD), str(scratch)],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def watch(self, pid: int) -> None:
        """From now on the process ends with us."""
        self._tell("watch", pid)

    def forget(self, pid: int) -> None:
        """The process has ended; its number may be given to a stranger."""
        self._tell("forget", pid)

    def release(self) -> None:
        """End the guard, which kills whoever it watches and deletes the folder. May be repeated."""
        with self._lock:
            if self._guard.stdin is not None and not self._guard.stdin.closed:
                self._guard.stdin.close()
        self._guard.wait()

    def _tell(self, verb: str, pid: int) -> None:
        with self._lock:
            pipe = self._guard.stdin
            if pipe is not None and not pipe.closed:
                pipe.write(f"{verb} {pid}\n")
                pipe.flush()
