"""Shares as people write them: `25%`."""

import re
from typing import Annotated, Final

from pydantic import PlainValidator

_PERCENT: Final = re.compile(r"(\d{1,3})%")


def share(value: object) -> float:
    """A part of one. Raises ValueError."""
    found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if found is None or not 1 <= int(found[1]) <= 100:
        raise ValueError("not a share: write a percentage from 1% to 100%")
    return int(found[1]) / 100


Share = Annotated[float, PlainValidator(share)]
"""A part of one, above 0 and at most 1, from a percentage."""
