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
    fields = stat_fields(Path(f"/proc/{pid}"))
    if fields is None or fields[0] in "ZX":
        return None
    return fields[19]  # starttime, in clock ticks since boot


def stat_fields(folder: Path) -> list[str] | None:
    """The state's letter and what follows it, of a process or thread; None when it is gone."""
    try:
        stat = (folder / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command's name is in parentheses and may hold spaces; the fields follow the last one.
    return stat.rpartition(")")[2].split()


def asked_of_ps(pid: int, columns: str) -> str:
    """Where there is no /proc. Empty when the process is gone."""
    answer = subprocess.run(  # noqa: S603 - fixed command, a number as its argument
        ["ps", "-o", columns, "-p", str(pid)],  # noqa: S607 - where ps is differs
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.strip()


def _born_by_ps(pid: int) -> str | None:
    state, _, started = asked_of_ps(pid, "stat=,lstart=").partition(" ")
    return None if not state or state.startswith("Z") else started.strip()
