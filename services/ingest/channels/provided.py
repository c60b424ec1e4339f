"""What the models of providers' payloads have in common.

All of it was written by strangers: strings and numbers are bounded, fields we do not know are
ignored, and an explicit null is no value.
"""

import re
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

MAX_FILES: Final = 32

Seconds = Annotated[int, Field(ge=0, le=253_402_300_799)]
Milliseconds = Annotated[int, Field(ge=0, le=253_402_300_799_999)]
Size = Annotated[int, Field(ge=0, le=2**63 - 1)]
# An id that some send as a string and some as a number; it becomes a part of ours.
ShortId = Annotated[
    str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$", coerce_numbers_to_str=True)
]

_MAX_REF: Final = 512
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")


class Part(BaseModel):
    """Some part of a payload."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, hide_input_in_errors=True, allow_inf_nan=False
    )

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: each for name, each in value.items() if each is not None}


class Place(Part):
    """Degrees."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]

    def __str__(self) -> str:
        return f"{self.latitude:.6f}, {self.longitude:.6f}"


def reference(channel: str, *places: str) -> str | None:
    """An attachment's `ref`: of these ids and URLs at the provider, the first that fits. None where
    none does (a URL of more than 500 characters): then the file is known by name only, since a URL
    that was cut leads nowhere."""
    for place in places:
        ref = f"{channel}:{place}"
        if place and len(ref) <= _MAX_REF and not _CONTROLS.search(ref):
            return ref
    return None


def language(code: str) -> str | None:
    """ISO 639-1, of a code such as `en` or `pt-BR`."""
    found = re.match(r"[a-z]{2}(?![a-z])", code)
    return found.group() if found else None


def lines(*parts: str) -> str:
    """Those that say something, one below the other, as far as an event has room."""
    return "\n".join(part for part in parts if part)[:65_536]
