"""Long steps tell what they are doing, one short line at a time."""

import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.stack.errors import StackError

Say = Callable[[str], None]
"""Receives a short present-tense line: `downloading kafka-clients-4.1.1.jar`."""


def silent(line: str) -> None:
    """Say nothing."""


def run(argv: Sequence[str], *, log: Path, label: str, say: Say) -> None:
    """Run a tool to its end, passing its lines on. Raises StackError with its last lines."""
    log.parent.mkdir(parents=True, exist_ok=True)
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
                say(f"{label}: {text[:100]}")
    if tool.returncode != 0:
        raise StackError(
            "\n  ".join([f"{label} failed: {' '.join(argv)}", *last, f"The whole log: {log}"])
        )
