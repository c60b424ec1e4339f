"""A page of a conversation, out of messages and replies: pure.

Both come newest first, each in an order of its own that is the same for each page. Providers count
whole seconds, so several entries of one time are usual; a page may end between them.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from services.notifier.adapters.documents import entry, reply
from services.notifier.protocol.server import ConversationPage, Entry

MAX_PAGE_CHARACTERS: Final = 262_144
"""A page ends early rather than fill the socket's queue."""

Document = Mapping[str, Any]


class Cursor(NamedTuple):
    """Where a page ended: the entries' time, and how many messages and replies of exactly that time
    were given."""

    at: float
    given: int
    replies: int = 0

    @classmethod
    def parse(cls, text: str | None) -> "Cursor":
        """Raises ValueError when the text is none of ours."""
        if text is None:
            return cls(math.inf, 0)
        at, given, *more = text.split("/")
        if len(more) > 1:
            raise ValueError("no cursor of ours")
        cursor = cls(float(at), int(given), int(more[0]) if more else 0)
        counts = (cursor.given, cursor.replies)
        if not math.isfinite(cursor.at) or not all(0 <= count < 10_000 for count in counts):
            raise ValueError("no cursor of ours")
        return cursor

    def after(self, at: float, *, is_reply: bool) -> "Cursor":
        """Once an entry of this time was given as well."""
        given, replies = (self.given, self.replies) if at == self.at else (0, 0)
        return Cursor(at, given + (not is_reply), replies + is_reply)

    def __str__(self) -> str:
        """Without replies as it was before there were any here: a notifier of before that
        understands it."""
        replies = f"/{self.replies}" if self.replies else ""
        return f"{self.at!r}/{self.given}{replies}"


def page_of(
    ticket: str,
    messages: Sequence[Document],
    replies: Sequence[Document],
    *,
    cursor: Cursor,
    limit: int,
) -> ConversationPage:
    """The page from the cursor on. messages, replies: from there on, newest first, one more than
    `limit` of each where there are so many."""
    taken: list[Entry] = []
    room = MAX_PAGE_CHARACTERS
    merged = _newest_first(messages, replies)
    for document, is_reply in merged[:limit]:
        room -= len(document.get("text") or "")
        if taken and room < 0:
            break
        cursor = cursor.after(document["at"], is_reply=is_reply)
        taken.append(reply(document) if is_reply else entry(document))
    return ConversationPage(
        ticket=ticket,
        entries=tuple(reversed(taken)),
        before=str(cursor) if len(merged) > len(taken) else None,
    )


def _newest_first(
    messages: Sequence[Document], replies: Sequence[Document]
) -> list[tuple[Document, bool]]:
    """With whether it is a reply. Of one time the replies are the newer ones: the sort is stable,
    so each kind keeps its order."""
    together = [(each, True) for each in replies] + [(each, False) for each in messages]
    return sorted(together, key=lambda pair: -pair[0]["at"])
