"""A stack that outlives the command that started it: `croupier stack up`, `status`, `down`.

`.croupier/stack/<kind>.json` remembers each part's command, port and process. Data and logs are in
`.croupier/<kind>/`, and stay when the stack goes down.
"""

import shutil
from pathlib import Path

from pydantic import BaseModel

from deploy.stack import kinds, ports
from deploy.stack.errors import StackError
from deploy.stack.ports import Ports
from deploy.stack.process import ProcessPart, ProcessSpec, Running
from deploy.stack.progress import Say
from deploy.stack.stack import Kind, Stack, addresses

HOME = Path(".croupier")


class Entry(BaseModel):
    """One part: how to run it, and the process that did when this was written."""

    spec: ProcessSpec
    running: Running | None


class State(BaseModel):
    """The state file."""

    kind: Kind
    entries: list[Entry]


def file_of(kind: Kind, *, home: Path = HOME) -> Path:
    """The state file of this kind's stack."""
    return home / "stack" / f"{kind}.json"


def load(kind: Kind, *, home: Path = HOME) -> Stack | None:
    """The stack that `up` started, its parts alive or dead; None if there is none."""
    path = file_of(kind, home=home)
    if not path.exists():
        return None
    state = State.model_validate_json(path.read_text())
    return _stack(kind, [ProcessPart(e.spec, running=e.running) for e in state.entries])


def up(kind: Kind, *, wanted: Ports, say: Say, home: Path = HOME) -> Stack:
    """Start the stack, or whatever part of it is dead, and leave it running.

    `wanted` counts for a stack that is not up. Raises StackError, with nothing left running that
    was not running before, when a port is taken or a part does not start.
    """
    stack = load(kind, home=home) or _planned(kind, wanted=wanted, say=say, home=home)
    dead = [part for part in stack.parts.values() if not part.alive]
    for part in dead:
        port = int(part.address.rpartition(":")[2])
        ports.require_free(port, option="--mongo-port" if part.name == "mongo" else "--kafka-port")
    say("starting " + ", ".join(part.name for part in dead) if dead else "already up")
    try:
        stack.start()
    except BaseException:
        for part in dead:
            part.kill()
        raise
    _save(stack, home=home)
    return stack


def down(kind: Kind, *, wipe: bool = False, home: Path = HOME) -> list[str]:
    """End exactly the processes `up` started; answer the names of those that were alive."""
    stack = load(kind, home=home)
    if stack is None:
        ended = []
    else:
        ended = [part.name for part in stack.parts.values() if part.alive]
        stack.close()
        file_of(kind, home=home).unlink()
    if wipe:
        shutil.rmtree(home / kind, ignore_errors=True)
    return ended


def _planned(kind: Kind, *, wanted: Ports, say: Say, home: Path) -> Stack:
    if kind == "docker":
        raise StackError(
            "with Docker, the stack is docker-compose.yml: docker compose up --detach --wait. "
            "Then use it with CROUPIER_KAFKA=localhost:9092 "
            "CROUPIER_MONGO='mongodb://localhost:27017/?directConnection=true' and --kind external"
        )
    folder = (home / kind).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    plan = kinds.specs(kind, folder, ports=wanted, say=say)
    return _stack(kind, [ProcessPart(spec) for spec in plan])


def _stack(kind: Kind, parts: list[ProcessPart]) -> Stack:
    bootstrap, url = addresses([part.spec for part in parts])
    return Stack(kind, bootstrap, url, parts={part.name: part for part in parts})


def _save(stack: Stack, *, home: Path) -> None:
    path = file_of(stack.kind, home=home)
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = [part for part in stack.parts.values() if isinstance(part, ProcessPart)]
    entries = [Entry(spec=part.spec, running=part.running) for part in parts]
    for part in parts:
        part.detach()
    # Written beside and renamed: a reader sees the old file or the new one.
    fresh = path.with_suffix(".new")
    fresh.write_text(State(kind=stack.kind, entries=entries).model_dump_json(indent=2))
    fresh.rename(path)
