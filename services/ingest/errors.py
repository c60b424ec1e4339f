"""Why a request is not accepted. Doors translate: HTTP to a problem document, SMTP to a reply code.

Only Unavailable is about us; it asks for the same message again. The others are the caller's.
"""

from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

RETRY_AFTER_SECONDS: Final = 5


class Refused(Exception):
    """The request is not acceptable as it stands. `status` is what HTTP answers."""

    status = 400


class Unauthenticated(Refused):
    """No valid key, secret or signature. Nothing says which account exists."""

    status = 401


@dataclass(frozen=True)
class Complaint:
    """One field that is wrong. Never quotes the value: it may be a customer's words."""

    field: str
    message: str


class BadInput(Refused):
    """Fields that are wrong."""

    status = 422

    def __init__(self, *complaints: Complaint) -> None:
        super().__init__("; ".join(f"{each.field}: {each.message}" for each in complaints))
        self.complaints: Final = complaints

    @classmethod
    def of(cls, error: ValidationError) -> "BadInput":
        """From pydantic's error: where and what, without the values."""
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        return cls(*(Complaint(_path(each["loc"]), each["msg"]) for each in problems[:20]))


class NotJson(Refused):
    """The body is no JSON, or beyond the limits of depth, keys or strings."""


class NotAForm(Refused):
    """The body is no form, or beyond the limits of fields and sizes."""


class TooLarge(Refused):
    """The body, or the event it becomes, is above its limit."""

    status = 413


class WrongMedia(Refused):
    """A content type or encoding the door does not take."""

    status = 415


class TooSlow(Refused):
    """The body did not arrive in time."""

    status = 408


class Unavailable(Exception):
    """We could not make the message durable, or are not sure that we did: send it again."""


def _path(where: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in where) or "body"
