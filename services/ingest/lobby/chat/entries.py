"""One message of a conversation, whichever way it came: by a topic, or from the store."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from services.ingest.lobby.chat.protocol.server import EntryTold, EntryView
from shared.contracts.message_received_v1 import MessageReceived
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.runtime.clock import utc

By = Literal["you", "agent", "system"]

MOST: Final = 200
MOST_CHARACTERS: Final = 262_144
"""A page ends early rather than fill the socket's queue."""


@dataclass(frozen=True, slots=True)
class Entry:
    """id: of a reply, or of the customer's own message within the account. at: epoch seconds.
    agent: id of who wrote it. attachments: as in the store. notice: what a text of the policy
    tells; empty: nothing."""

    id: str
    by: By
    at: float
    text: str = field(repr=False)
    agent: str | None = None
    attachments: tuple[Mapping[str, Any], ...] = ()
    notice: str = ""

    @property
    def asks_rating(self) -> bool:
        return self.notice == "rate"


def own(message: MessageReceived) -> Entry:
    """What the customer wrote."""
    files = tuple(each.model_dump(exclude_none=True) for each in message.attachments)
    return Entry(
        message.message_id,
        "you",
        message.sent_at.timestamp(),
        message.text,
        attachments=files,
    )


def reply(requested: ReplyRequested, *, at: float) -> Entry:
    """What is to be told to the customer. at: the event's time."""
    by: By = "agent" if requested.by == "agent" else "system"
    told = requested.notice or ""
    return Entry(requested.reply, by, at, requested.text, requested.agent, (), told)


def message_id(device: str, id: str) -> str:
    """Of a message, unique within the account, from the client's own id of it. A device says the
    same again under the same id."""
    return f"{device}.{id}"


def told(entry: Entry, *, device: str, name: str | None) -> EntryTold:
    """As a device is told it: its own messages under the ids that it gave them."""
    return EntryTold(
        entry=EntryView(
            id=entry.id.removeprefix(f"{device}.") if entry.by == "you" else entry.id,
            by=entry.by,
            name=name,
            text=entry.text,
            at=utc(entry.at),
            attachments=tuple(map(_shown, entry.attachments)) or None,
            cursor=f"{entry.at:.6f}",
        )
    )


def _shown(attachment: Mapping[str, Any]) -> dict[str, object]:
    return {name: value for name, value in attachment.items() if name in _SHOWN}


_SHOWN: Final = frozenset({"name", "media_type", "size_bytes", "ref"})


def seconds_of(cursor: str | None) -> float:
    """When the entry of a cursor was said; minus infinity for one that is none of ours: then all
    is told."""
    try:
        at = float(cursor or "nan")
    except ValueError:
        return -math.inf
    return at if math.isfinite(at) else -math.inf


def page(*sources: Iterable[Entry]) -> list[Entry]:
    """The latest of all sources, each once, in the order of time."""
    by_id = {entry.id: entry for source in sources for entry in source}
    newest_first = sorted(by_id.values(), key=lambda entry: (entry.at, entry.id), reverse=True)
    taken, room = 0, MOST_CHARACTERS
    for entry in newest_first[:MOST]:
        room -= len(entry.text)
        if taken and room < 0:
            break
        taken += 1
    return newest_first[:taken][::-1]
