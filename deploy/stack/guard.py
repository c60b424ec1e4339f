"""Ends a stack's processes when the program that started them is gone, even by SIGKILL.

Run as a script with the stack's scratch folder as argument and a pipe as standard input. Lines are
`watch PID` and `forget PID`. When the pipe closes, which the operating system does for a dead
parent too, whoever is still watched is killed and the folder is deleted. Standard library only:
it starts in milliseconds.
"""

import contextlib
import os
import shutil
import signal
import sys


def main(scratch: str) -> None:
    """Follow the lines until the parent closes the pipe, then clean up."""
    # The terminal's Ctrl-C reaches the whole group; the guard outlives its parent to clean up.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watched: set[int] = set()
    for line in sys.stdin:
        verb, pid = line.split()
        if verb == "watch":
            watched.add(int(pid))
        else:
            watched.discard(int(pid))
    for pid in watched:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1])
