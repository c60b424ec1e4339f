"""What the native stack downloads or builds, kept outside the tree and made once.

`$CROUPIER_CACHE`, else `$XDG_CACHE_HOME/croupier`, else `~/.cache/croupier`.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.stack.progress import Say


def root(env: Mapping[str, str]) -> Path:
    """The cache's folder."""
    if chosen := env.get("CROUPIER_CACHE"):
        return Path(chosen)
    return Path(env.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "croupier"


def fingerprint(text: str) -> str:
    """A short name for these exact inputs: a changed pin never finds an old build."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def made_once(name: str, make: Callable[[Path], None], *, say: Say) -> Path:
    """The folder `name` in the cache, filled by `make` if it is not there yet.

    It is filled under another name and renamed when complete, so a folder with the final name is
    whole, whatever interrupted the last attempt. Two programs at once: the second waits.
    """
    folder = root(os.environ) / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists():
        return folder
    with _lock(folder.with_name(f"{name}.lock"), say=say):
        if not folder.exists():  # else the program we waited for made it
            unfinished = folder.with_name(f"{name}.unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(folder)
    return folder


@contextmanager
def _lock(path: Path, *, say: Say) -> Iterator[None]:
    """Hold an exclusive lock; the operating system frees it if we die."""
    with path.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another program that is making {path.stem}")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
