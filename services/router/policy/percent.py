"""Shares as people write them: `25%`."""

import re
from functools import partial
from typing import Annotated, Final

from pydantic import PlainValidator

_PERCENT: Final = re.compile(r"(\d{1,3})%")


def share(value: object, *, least: int = 1) -> float:
    """A part of one, from a percentage of `least` or more. Raises ValueError."""
    found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if found is None or not least <= int(found[1]) <= 100:
        raise ValueError(f"not a share: write a percentage from {least}% to 100%")
    return int(found[1]) / 100


Share = Annotated[float, PlainValidator(share)]
"""A part of one, above 0 and at most 1, from a percentage."""

ShareOrNone = Annotated[float, PlainValidator(partial(share, least=0))]
"""From 0 to 1, from a percentage."""
