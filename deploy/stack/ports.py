"""TCP ports for servers that must come back on the same one after a kill."""

import random
import socket
from dataclasses import dataclass
from typing import Self

from deploy.stack.errors import StackError

LOOPBACK = "127.0.0.1"

# Below the range from which Linux and macOS take ports for outgoing connections: while a killed
# broker is down, a client reconnecting to it must not be given the broker's own port.
_LOWEST, _HIGHEST = 20_000, 32_000


@dataclass(frozen=True)
class Ports:
    """What a stack listens on: a port and a controller's port per broker, and the store's."""

    kafka: tuple[int, ...]
    controllers: tuple[int, ...]
    mongo: int

    @classmethod
    def free(cls, *, brokers: int) -> Self:
        """Ports on which nobody listens."""
        mongo, *rest = free_ports(1 + 2 * brokers)
        return cls(kafka=tuple(rest[:brokers]), controllers=tuple(rest[brokers:]), mongo=mongo)


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """So many distinct ports on which nobody listens."""
    candidates = random.SystemRandom().sample(range(_LOWEST, _HIGHEST), 50 * count)
    free = [port for port in candidates if is_free(port)][:count]
    if len(free) < count:
        raise StackError(f"no {count} free TCP ports between {_LOWEST} and {_HIGHEST}: close some")
    return free


def require_free(port: int, *, option: str) -> None:
    """Refuse a port somebody listens on; `option` is the flag that chooses another."""
    if not is_free(port):
        raise StackError(
            f"port {port} is taken by another program. End it, or choose another port: "
            f"{option} N ({option} 0 picks a free one)"
        )
