"""A conversation as lines for a terminal."""

from collections.abc import Iterator
from datetime import datetime

from cli.agent_desk import Message

MOST_CHARACTERS = 200
"""Of one entry's text on the screen."""


def told(status: Message) -> str:
    """What became of a reply, in one line."""
    error = f": {status['error']}" if status.get("error") else ""
    return f"reply {status['reply']} to {status['ticket']} {status['status']}{error}"


def lines(page: Message) -> Iterator[str]:
    """One an entry, oldest first; a reply with what became of it."""
    for entry in page["entries"]:
        at = datetime.fromisoformat(entry["at"]).strftime("%H:%M:%S")
        text = " ".join((entry.get("text") or f"({entry['kind']})").split())
        yield f"{at} {_whose(entry)}: {text[:MOST_CHARACTERS]}{_became(entry)}"


def _whose(entry: Message) -> str:
    by = entry.get("by", "customer")
    return f"{by} {entry['agent']}" if entry.get("agent") else str(by)


def _became(entry: Message) -> str:
    if "status" not in entry:
        return ""
    error = f": {entry['error']}" if entry.get("error") else ""
    return f" [{entry['status']}{error}]"
