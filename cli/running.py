"""What `croupier up` runs at this moment, for the commands beside it.

`.croupier/up.json` is written at each start of a process and goes with `up`.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import BaseModel, ConfigDict, ValidationError

from cli.told_plainly import Trouble
from deploy.stack.detached import HOME
from deploy.stack.identity import born
from deploy.stack.stack import Kind

FILE: Final = HOME / "up.json"
FOLDER: Final = HOME / "up"


class RunningProcess(BaseModel):
    """One process and the mark that it is still that one. restarts: since `up` began."""

    model_config = ConfigDict(frozen=True)

    name: str
    url: str
    pid: int
    born: str
    log: Path
    restarts: int = 0

    @property
    def alive(self) -> bool:
        return born(self.pid) == self.born


class Running(BaseModel):
    """pid and born are of `up` itself. Paths are absolute."""

    model_config = ConfigDict(frozen=True)

    pid: int
    born: str
    kind: Kind
    kafka: str
    mongo: str
    database: str
    accounts: Path
    policy: Path
    secret_file: Path
    smtp_host: str
    smtp_port: int
    sockets: str
    services: tuple[RunningProcess, ...]

    @property
    def alive(self) -> bool:
        """Whether `up` is there to restart what dies."""
        return born(self.pid) == self.born

    def service(self, name: str) -> RunningProcess:
        return next(each for each in self.services if each.name == name)

    def save(self, path: Path = FILE) -> None:
        """Written beside and renamed: a reader sees the old file or the new one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(self.model_dump_json(indent=2))
        fresh.rename(path)


def load(path: Path = FILE) -> Running | None:
    """What runs, or ran until `up` was killed; None when `up` ended in good order."""
    try:
        return Running.model_validate_json(path.read_text())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise Trouble(f"{path} is not of this version: end `croupier up` and delete it") from error


def require(path: Path = FILE) -> Running:
    """What runs. Raises Trouble when nothing does."""
    running = load(path)
    if running is None:
        raise Trouble("nothing is up here; start it with: croupier up")
    return running


KafkaOption = Annotated[
    str | None,
    typer.Option(
        "--kafka",
        envvar="CROUPIER_KAFKA",
        help="Bootstrap servers; without it, those of the running `croupier up`.",
    ),
]


def kafka_of(given: str | None, env: Mapping[str, str] = os.environ) -> str:
    """The broker asked for, else that of the running `up`. Raises Trouble without either."""
    if given or (given := env.get("CROUPIER_KAFKA")):
        return given
    running = load()
    if running is None:
        raise Trouble("which broker? Give --kafka, set CROUPIER_KAFKA, or start: croupier up")
    return running.kafka
