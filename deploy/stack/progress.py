"""Long steps tell what they are doing, one short line at a time."""

import subprocess
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.stack.errors import StackError

Say = Callable[[str], None]
"""Receives a short present-tense line: `downloading kafka-clients-4.1.1.jar`."""


_SECONDS_BETWEEN_LINES = 3.0


def silent(line: str) -> None:
    """Say nothing."""


def run(argv: Sequence[str], *, log: Path, label: str, say: Say) -> None:
    """Run a tool to its end, passing on a line every few seconds.

    Raises StackError with the tool's last lines when it fails.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    told = time.monotonic()
    last: deque[str] = deque(maxlen=8)
    with (
        log.open("w") as kept,
        subprocess.Popen(  # noqa: S603 - argv is ours, no shell
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as tool,
    ):
        for line in tool.stdout or ():
            kept.write(line)
            if text := line.strip():
                last.append(text)
                if time.monotonic() - told >= _SECONDS_BETWEEN_LINES:
                    told = time.monotonic()
                    say(f"{label}: {text[:100]}")
    if tool.returncode != 0:
        raise StackError(
            "\n  ".join([f"{label} failed: {' '.join(argv)}", *last, f"The whole log: {log}"])
        )
