"""The native stack's store: a real `mongod` where one is on PATH, else `secantusd-rs`.

Both keep every acknowledged write through SIGKILL and end transactions left open.
"""

import os
import shutil
from pathlib import Path

from deploy.stack import cache, progress, tools
from deploy.stack.pins import SECANTUS
from deploy.stack.ports import LOOPBACK
from deploy.stack.process import ProcessSpec
from deploy.stack.progress import Say


def durable_store(folder: Path, *, port: int, say: Say) -> ProcessSpec:
    """Spec of the store; builds it on first use, which takes about five minutes."""
    data, log = folder / "mongo", folder / "mongo.log"
    data.mkdir(parents=True, exist_ok=True)
    if mongod := shutil.which("mongod"):
        argv = [mongod, "--replSet", "rs0", "--bind_ip", LOOPBACK]
        argv += ["--port", str(port), "--dbpath", str(data)]
        return ProcessSpec(name="mongo", role="replica-set", port=port, argv=tuple(argv), log=log)
    # Without --sync-on-commit acknowledged writes are lost on SIGKILL.
    argv = [str(secantus(say=say)), "--host", LOOPBACK, "--port", str(port), "--sync-on-commit"]
    argv += ["--storage-path", str(data), "--cache-size", "1G", "--log-level", "WARNING"]
    return ProcessSpec(name="mongo", role="durable-store", port=port, argv=tuple(argv), log=log)


def secantus(*, say: Say) -> Path:
    """The path of `secantusd-rs`, built from its crate on first use."""
    name = f"secantus-{SECANTUS}"

    def build(folder: Path) -> None:
        say("building the durable store with cargo (about five minutes, once)")
        argv = [tools.cargo(), "install", "secantus-mdb", "--version", SECANTUS, "--locked"]
        argv += ["--ignore-rust-version", "--root", str(folder)]
        log = cache.root(os.environ) / f"{name}.log"
        progress.run(argv, log=log, label="cargo", say=say)

    return cache.made_once(name, build, say=say) / "bin" / "secantusd-rs"
