"""Reads what Meta sends part by part, so that a part of an unexpected shape loses nothing else."""

from collections.abc import Iterator
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from shared.contracts.message_received_v1 import Attachment

# Characters; four times what WhatsApp lets a person write. A longer text is cut: refusing it would
# lose the whole batch, since its event could be too large for a record.
MAX_TEXT: Final = 16_384
MAX_ATTACHMENTS: Final = 32

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


def _cut(value: object) -> object:
    return value[:MAX_TEXT] if isinstance(value, str) else value


def _or_none(value: object, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return None


Words = Annotated[str, BeforeValidator(_cut)]
Kind = Annotated[str, Field(max_length=64)]
# A part whose shape is not as documented is as good as absent.
Soft = Annotated[T | None, WrapValidator(_or_none)]


class Part(BaseModel):
    """What we read of an object; the rest is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class Place(Part):
    """Degrees."""

    latitude: float
    longitude: float

    def __str__(self) -> str:
        return f"{self.latitude:.6f}, {self.longitude:.6f}"


def read(model: type[M], value: object) -> M | None:
    """The value as this model; None where its shape is another."""
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


def objects(value: object, key: str) -> Iterator[dict[str, Any]]:
    """The objects in the list under this key; none where there is no such list."""
    found = value.get(key) if isinstance(value, dict) else None
    if isinstance(found, list):
        yield from (each for each in found if isinstance(each, dict))


def unreadable(kind: str) -> Attachment:
    """Stands for what Meta does not hand over: the agent sees that something came, and can ask."""
    return Attachment(name=f"unsupported: {kind or 'unknown'}"[:256])
