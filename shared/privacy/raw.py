"""Takes card numbers out of bytes that may be anything: JSON of an event, half of it, or no text.

JSON hides digits from `mask`: whatever is not ASCII may be escaped there, in halves of 16 bits, and
the digits of an escape run into those of a number after it.
"""

import re
from typing import Final

import orjson

from shared.privacy.mask import mask, mask_tree

_ESCAPED: Final = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")


def mask_raw(raw: bytes) -> bytes:
    """The bytes without card numbers; the same bytes where there are none."""
    text = mask(raw.decode("utf-8", "surrogateescape")).text
    masked = _masked_json(text)
    if masked is None:
        plain = _ESCAPED.sub(_unescaped, text)
        without = mask(plain).text
        masked = text if without == plain else without
    return masked.encode("utf-8", "surrogateescape")


def _masked_json(text: str) -> str | None:
    """The text where it is JSON; None where it is not."""
    try:
        value = orjson.loads(text)
        masked, _ = mask_tree(value)
        return text if masked == value else orjson.dumps(masked).decode()
    except (ValueError, TypeError, RecursionError):  # no JSON, or nested too deeply
        return None


def _unescaped(found: re.Match[str]) -> str:
    units = bytes.fromhex(found[0].replace("\\u", ""))
    return units.decode("utf-16-be", "replace")
