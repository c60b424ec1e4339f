"""What providers' answers have in common."""

from typing import Any

import orjson

from services.ingest.courier.sender import Reply


def said_of(reply: Reply) -> dict[str, Any]:
    """The JSON object of an answer; empty where it is none."""
    try:
        said = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def retry_after(reply: Reply) -> float | None:
    """Seconds, where the answer says them so; a date is not read."""
    header = reply.headers.get("retry-after", "")
    return float(header) if header.isascii() and header.isdecimal() and len(header) < 6 else None
