"""A stack's part: one broker or one store, which can be stopped, killed and frozen."""

from typing import Literal, Protocol

Condition = Literal["alive", "dead"]


class Part(Protocol):
    """What `croupier stack`, the fault tests and a stack itself do with each server."""

    @property
    def name(self) -> str:
        """`kafka-0`, `kafka-1`, …, or `mongo`."""

    @property
    def address(self) -> str:
        """`host:port`, the same through every restart."""

    @property
    def alive(self) -> bool:
        """Whether the process exists; a paused one does."""

    def launch(self) -> None:
        """Begin to start, without waiting; nothing if alive. Keeps port and data."""

    def wait_ready(self, *, seconds: float = 90) -> None:
        """Return once it answers its own protocol. Raises StackError if it dies or never does."""

    def start(self) -> None:
        """Launch and wait until ready."""

    def stop(self) -> None:
        """End it in good order (SIGTERM), and wait for the end."""

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash would, and wait for the end."""

    def pause(self) -> None:
        """Freeze it (SIGSTOP), and wait until it stands: sockets stay open, nobody answers."""

    def resume(self) -> None:
        """Let it run on (SIGCONT)."""
