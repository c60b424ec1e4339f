"""The embedded stack: a broker and a store that pip installs, for any machine with Python.

Durability, tried with SIGKILL: the store (`--sync-on-commit`) keeps every acknowledged write; the
broker keeps its records in memory and writes them to disk every few seconds and on SIGTERM, so a
killed broker forgets what was published since. Faults are therefore tested on the native stack.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

from deploy.stack.errors import StackError
from deploy.stack.ports import LOOPBACK, Ports
from deploy.stack.process import ProcessSpec


def specs(folder: Path, *, ports: Ports) -> list[ProcessSpec]:
    """Specs of the broker and the store."""
    return [_broker(folder, port=ports.kafka[0]), _store(folder, port=ports.mongo)]


def _broker(folder: Path, *, port: int) -> ProcessSpec:
    # The package's console script only starts this binary; signals must reach the binary itself.
    binary = _package("noida_db") / "noida-db"
    binary.chmod(0o755)
    data = folder / "kafka-0"
    data.mkdir(parents=True, exist_ok=True)
    argv = [str(binary), "start", "--data-dir", str(data), "--host", LOOPBACK]
    argv += ["--only", "kafka", "--kafka-port", str(port)]
    log = folder / "kafka-0.log"
    return ProcessSpec(name="kafka-0", role="broker", port=port, argv=tuple(argv), log=log)


def _store(folder: Path, *, port: int) -> ProcessSpec:
    _package("secantus")
    data = folder / "mongo"
    data.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "secantus", "--host", LOOPBACK, "--port", str(port)]
    argv += ["--storage-path", str(data), "--sync-on-commit", "--log-level", "WARNING"]
    log = folder / "mongo.log"
    return ProcessSpec(name="mongo", role="embedded-store", port=port, argv=tuple(argv), log=log)


def _package(name: str) -> Path:
    found = find_spec(name)
    if found is None or found.origin is None:
        raise StackError(
            f"the embedded stack's package {name} is missing: pip install 'croupier[embedded]'"
        )
    return Path(found.origin).parent
