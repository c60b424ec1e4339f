"""Durations as people write them: `20s`, `5m`, `4h`, `2d`, `1h30m`."""

import re
from typing import Annotated, Final

from pydantic import PlainValidator

_PART: Final = re.compile(r"(\d+)(s|m|h|d)")
_SECONDS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def seconds(value: object) -> float:
    """Seconds of a duration. Raises ValueError: a bare number has no unit."""
    if isinstance(value, str):
        parts = _PART.findall(value)
        if parts and "".join(number + unit for number, unit in parts) == value:
            return sum(int(number) * _SECONDS[unit] for number, unit in parts)
    raise ValueError("not a duration: write a number with its unit, such as 20s, 5m, 4h or 1h30m")


def as_written(value: float) -> str:
    """A duration as people write it: `1h30m`; parts of a second are shown as they are."""
    left, words = value, ""
    for unit, size in reversed(_SECONDS.items()):
        number, left = divmod(left, size)
        words += f"{number:.0f}{unit}" if number else ""
    return words + f"+{left:g}s" * bool(left) or "0s"


Duration = Annotated[float, PlainValidator(seconds)]
"""Seconds, from a text with a unit."""
