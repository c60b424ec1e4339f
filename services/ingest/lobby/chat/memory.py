"""What was said in the last minutes, by identity: it bridges the time until the store has it."""

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from services.ingest.lobby.chat.entries import Entry

MEMORY_SECONDS: Final = 600.0
MAX_CHARACTERS: Final = 64 * 1024 * 1024


class _Noted(NamedTuple):
    since: float
    key: str
    id: str


class Memory:
    """Bound to one event loop. Whatever is above the limit of characters goes, the oldest first:
    the store has had time for it."""

    def __init__(
        self, *, seconds: float = MEMORY_SECONDS, max_characters: int = MAX_CHARACTERS
    ) -> None:
        self._seconds: Final = seconds
        self._max_characters: Final = max_characters
        self._by_key: Final[dict[str, dict[str, Entry]]] = {}
        self._noted: Final[deque[_Noted]] = deque()
        self._characters = 0

    def add(self, key: str, entry: Entry, *, now: float) -> bool:
        """Whether it is news. now: monotonic seconds."""
        self._forget(now)
        entries = self._by_key.setdefault(key, {})
        if entry.id in entries:
            return False
        entries[entry.id] = entry
        self._noted.append(_Noted(now, key, entry.id))
        self._characters += len(entry.text)
        return True

    def of(self, key: str) -> Iterable[Entry]:
        """Of one identity, in the order in which they came."""
        return tuple(self._by_key.get(key, {}).values())

    def __len__(self) -> int:
        return len(self._noted)

    def _forget(self, now: float) -> None:
        while self._noted and (
            now - self._noted[0].since > self._seconds or self._characters > self._max_characters
        ):
            _, key, id = self._noted.popleft()
            entries = self._by_key[key]
            self._characters -= len(entries.pop(id).text)
            if not entries:
                del self._by_key[key]
