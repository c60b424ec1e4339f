"""Which stack, and how each kind is put together."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from deploy.stack import docker, embedded, kafka, mongo, tools
from deploy.stack.errors import StackError
from deploy.stack.leash import Leash
from deploy.stack.ports import Ports
from deploy.stack.process import ProcessSpec
from deploy.stack.progress import Say, silent
from deploy.stack.stack import Kind, Stack, external, of_processes

_ADDRESSES = ("CROUPIER_KAFKA", "CROUPIER_MONGO")


def choose(env: Mapping[str, str]) -> Kind:
    """The kind in `CROUPIER_STACK`; else external if both addresses are given, else docker if an
    engine answers, else embedded. Raises StackError for a name that is none of these.
    """
    if chosen := env.get("CROUPIER_STACK"):
        return parse(chosen)
    if all(env.get(name) for name in _ADDRESSES):
        return "external"
    return "docker" if docker.engine_answers(env) else "embedded"


def parse(name: str) -> Kind:
    """The kind of this name. Raises StackError when there is none."""
    for kind in get_args(Kind):
        if kind == name:
            return kind  # type: ignore[no-any-return]
    raise StackError(f"no stack is called {name!r}: choose one of {', '.join(get_args(Kind))}")


def from_env(env: Mapping[str, str]) -> Stack:
    """The external stack of `CROUPIER_KAFKA` and `CROUPIER_MONGO`."""
    missing = [name for name in _ADDRESSES if not env.get(name)]
    if missing:
        raise StackError(
            f"the external stack needs {' and '.join(missing)}, for example "
            "CROUPIER_KAFKA=localhost:9092 CROUPIER_MONGO=mongodb://localhost:27017"
        )
    return external(kafka=env["CROUPIER_KAFKA"], mongo=env["CROUPIER_MONGO"])


def prepare(kind: Kind, *, say: Say) -> None:
    """Fetch and build ahead what the kind would on its first start, which may take minutes."""
    if kind == "native":
        tools.java()
        kafka.jars(say=say)
        mongo.executable(say=say)


def temporary(kind: Kind, *, env: Mapping[str, str], brokers: int = 1, say: Say = silent) -> Stack:
    """A stack on free ports that goes, with its data, when closed or when this program dies.

    Not yet started. `brokers` counts for the native kind only.
    """
    if kind == "external":
        return from_env(env)
    if kind == "docker":
        return docker.stack()
    scratch = Path(tempfile.mkdtemp(prefix=f"croupier-{kind}-"))
    try:
        plan = specs(kind, scratch, ports=Ports.free(brokers=brokers), say=say)
    except BaseException:
        shutil.rmtree(scratch)
        raise
    return of_processes(kind, plan, leash=Leash(scratch), scratch=scratch)


def specs(kind: Kind, folder: Path, *, ports: Ports, say: Say) -> list[ProcessSpec]:
    """The processes of an embedded or native stack with its data in `folder`."""
    prepare(kind, say=say)
    if kind == "native":
        store = mongo.durable_store(folder, port=ports.mongo, say=say)
        return [*kafka.brokers(folder, ports=ports, say=say), store]
    if len(ports.kafka) != 1:
        raise StackError("several brokers need the native stack: --kind native --brokers 3")
    return embedded.specs(folder, ports=ports)
