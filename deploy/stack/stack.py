"""A broker and a store, wherever they run: two addresses, and their parts by name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from deploy.stack import probes
from deploy.stack.errors import StackError
from deploy.stack.leash import Leash
from deploy.stack.part import Part
from deploy.stack.process import ProcessPart, ProcessSpec
from deploy.stack.readiness import until_ready

Kind = Literal["embedded", "native", "docker", "external"]


@dataclass
class Stack:
    """Where to publish and where to store, and what to stop, kill or freeze.

    `parts` are the servers we run, by name (`kafka-0`, …, `mongo`); an external stack has none.
    Use it as a context manager, or call `start` and `close`.
    """

    kind: Kind
    kafka: str
    """Bootstrap servers: `host:port`, comma-separated."""
    mongo: str
    """The store's URL."""
    parts: dict[str, Part] = field(default_factory=dict)
    scratch: Path | None = None
    """Its data and logs, if they go with the stack."""
    leash: Leash | None = None

    def start(self) -> None:
        """Launch every part at once (a quorum needs company), then wait until all are ready.

        Raises StackError, with the end of its log, when one is not.
        """
        for part in self.parts.values():
            part.launch()
        for part in self.parts.values():
            part.wait_ready()

    def close(self) -> None:
        """End every part. A stack with a scratch folder is thrown away with its data."""
        for part in self.parts.values():
            if self.scratch is None:
                part.stop()
            else:
                part.kill()
        if self.leash is not None:
            self.leash.release()

    def heal(self, *, seconds: float = 60) -> None:
        """Whatever was done to the parts, all run again, answer, and no copy is behind.

        Raises StackError when that takes longer than `seconds` after the last part answers.
        """
        for part in self.parts.values():
            part.resume()
        self.start()
        until_ready(
            lambda: probes.in_sync(self.kafka),
            name="the cluster",
            alive=lambda: all(part.alive for part in self.parts.values()),
            last_words=lambda: f"Its logs are in {self.scratch}",
            seconds=seconds,
        )

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def of_processes(
    kind: Kind,
    specs: Sequence[ProcessSpec],
    *,
    leash: Leash | None = None,
    scratch: Path | None = None,
) -> Stack:
    """A stack of processes on this machine, not yet started."""
    parts: dict[str, Part] = {spec.name: ProcessPart(spec, leash=leash) for spec in specs}
    bootstrap, url = addresses(specs)
    return Stack(kind, bootstrap, url, parts=parts, scratch=scratch, leash=leash)


def addresses(specs: Sequence[ProcessSpec]) -> tuple[str, str]:
    """The bootstrap servers and the store's URL of these processes."""
    brokers = [f"127.0.0.1:{spec.port}" for spec in specs if spec.role == "broker"]
    (store,) = [spec for spec in specs if spec.role != "broker"]
    # Each of these stores is a replica set of one, known by its only address.
    return ",".join(brokers), f"mongodb://127.0.0.1:{store.port}/?directConnection=true"


def external(*, kafka: str, mongo: str) -> Stack:
    """Servers somebody else runs. Raises StackError when one does not answer."""
    try:
        for address in kafka.split(","):
            probes.listens(address)
        probes.store_command(mongo, {"ping": 1})
    except probes.NotReady as complaint:
        raise StackError(
            f"the servers in CROUPIER_KAFKA and CROUPIER_MONGO do not answer: {complaint}. "
            "Start them, correct the addresses, or unset both to use another stack"
        ) from complaint
    return Stack("external", kafka, mongo)
