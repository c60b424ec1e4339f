"""Is the process with this number still the one we started?

Numbers are reused. `croupier stack down` may run days after `up`, so a number alone is no licence
to kill: the time of birth is compared as well.
"""

import subprocess
from pathlib import Path

_PROC = Path("/proc/self/stat")


def born(pid: int) -> str | None:
    """An opaque mark of the process's birth, or None if it has ended (a zombie has ended)."""
    return _born_in_proc(pid) if _PROC.exists() else _born_by_ps(pid)


def _born_in_proc(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command's name is in parentheses and may hold spaces; the fields follow the last one.
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in "ZX" else fields[18]  # starttime, in clock ticks since boot


def _born_by_ps(pid: int) -> str | None:
    answer = subprocess.run(  # noqa: S603 - fixed command, a number as its argument
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)],  # noqa: S607 - where ps is differs
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, started = answer.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()
