"""The policy in force in one process, and how a new version takes its place."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from services.router.policy.errors import FileInvalid, Problem
from services.router.policy.load import parse_policy
from services.router.policy.policy import Policy


class Notice(StrEnum):
    """What became of a published version."""

    TAKEN = "taken"
    STALE = "stale"
    """Not above the one in force: of two with one number the first counts."""
    REFUSED = "refused"
    """This program cannot read it; the one before stays in force."""


class PolicyBoard:
    """`current` only ever goes up: to what is published, from what the process started with.

    confidential: the queues that are so in any version seen, the stale ones, too: what a queue was
    keeps its secret when it is renamed or its desk is gone.
    """

    def __init__(self, first: Policy) -> None:
        self.current = first
        self.confidential = first.confidential()
        self.refused: FileInvalid | None = None
        self._listeners: Final[list[Callable[[], None]]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Call it after each change."""
        self._listeners.append(listener)

    def readable(self) -> bool:
        """Whether the last version published could be read: for a readiness check."""
        return self.refused is None

    def take(self, *, version: int, file: str, text: str) -> Notice:
        """A version was published; `version` is its number as published."""
        stale = version <= self.current.version
        try:
            policy = _read(version, file, text)
        except FileInvalid as error:
            if stale:
                return Notice.STALE
            self.refused = error
            return Notice.REFUSED
        self.confidential |= policy.confidential()
        if stale:
            return Notice.STALE
        self.current, self.refused = policy, None
        for listener in self._listeners:
            listener()
        return Notice.TAKEN


def _read(version: int, file: str, text: str) -> Policy:
    """Raises FileInvalid."""
    policy = parse_policy(text, name=file)
    if policy.version != version:
        says = f"published as version {version}, but the file says {policy.version}"
        raise FileInvalid(file, [Problem(1, "version", says)])
    return policy
