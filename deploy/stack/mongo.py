"""The native stack's store: a real `mongod` where one is on PATH, else `secantusd-rs`.

Both keep every acknowledged write through SIGKILL and end transactions left open.
"""

import os
import shutil
from pathlib import Path

from deploy.stack import cache, progress, tools
from deploy.stack.pins import SECANTUS
from deploy.stack.ports import LOOPBACK
from deploy.stack.probes import Role
from deploy.stack.process import ProcessSpec
from deploy.stack.progress import Say


def durable_store(folder: Path, *, port: int, say: Say) -> ProcessSpec:
    """Spec of the store; builds it on first use, which takes about five minutes."""
    data, log = folder / "mongo", folder / "mongo.log"
    data.mkdir(parents=True, exist_ok=True)
    program = executable(say=say)
    role: Role
    if program.name == "mongod":
        role, argv = "replica-set", ["--replSet", "rs0", "--bind_ip", LOOPBACK]
        argv += ["--dbpath", str(data)]
    else:
        # Without --sync-on-commit acknowledged writes are lost on SIGKILL.
        role, argv = "durable-store", ["--sync-on-commit", "--storage-path", str(data)]
        argv += ["--host", LOOPBACK, "--cache-size", "1G", "--log-level", "WARNING"]
    command = (str(program), *argv, "--port", str(port))
    return ProcessSpec(name="mongo", role=role, port=port, argv=command, log=log)


def executable(*, say: Say) -> Path:
    """`mongod` where there is one, else `secantusd-rs`, built if need be."""
    found = shutil.which("mongod")
    return Path(found) if found else _secantus(say=say)


def _secantus(*, say: Say) -> Path:
    """The path of `secantusd-rs`, built from its crate on first use."""
    name = f"secantus-{SECANTUS}"

    def build(folder: Path) -> None:
        say("building the durable store with cargo (about five minutes, once)")
        argv = [tools.cargo(), "install", "secantus-mdb", "--version", SECANTUS, "--locked"]
        argv += ["--ignore-rust-version", "--root", str(folder)]
        log = cache.root(os.environ) / f"{name}.log"
        progress.run(argv, log=log, label="cargo", say=say)

    return cache.made_once(name, build, say=say) / "bin" / "secantusd-rs"
