"""What `croupier status` reports, and prints with --json."""

from typing import Final

from pydantic import BaseModel

from services.router.domain.ticket import OPEN, TicketState

UNRESOLVED: Final = tuple(
    state.value for state in TicketState if state in OPEN - {TicketState.RESOLVED}
)
"""States in which somebody has something to do with a ticket."""


class PartStatus(BaseModel):
    """A broker, a store or a service. state: ready, not ready, dead."""

    name: str
    state: str
    waiting_for: tuple[str, ...] = ()
    address: str
    pid: int | None = None
    restarts: int = 0
    log: str = ""


class QueueStatus(BaseModel):
    """Tickets of one queue in one state. oldest_seconds: since the customer waits."""

    desk: str
    queue: str
    state: str
    tickets: int
    oldest_seconds: float


class ShardStatus(BaseModel):
    """lag: records of its two topics not yet applied; None where the broker does not answer."""

    shard: int
    epoch: int
    seq: int
    outbox: int
    trouble: bool
    lag: int | None = None


class Report(BaseModel):
    """None stands for what could not be asked. overloaded: agents with more in hand than their
    capacity; nothing is dealt to them."""

    up: bool
    kind: str
    kafka: str
    mongo: str
    stack: list[PartStatus]
    services: list[PartStatus]
    queues: list[QueueStatus] | None
    agents: dict[str, int] | None
    overloaded: list[str] | None
    shards: list[ShardStatus] | None
    sorter_lag: int | None
    dead_letters: dict[str, int] | None

    @property
    def healthy(self) -> bool:
        return self.up and all(part.state == "ready" for part in (*self.stack, *self.services))
