"""What a customer's client may say. Unknown fields are refused: a misspelt one must not pass in
silence."""

from typing import Annotated, Final, Literal, TypeAlias

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shared.contracts.announcement import Rating

MAX_TOKEN: Final = 4_096
MAX_TEXT: Final = 10_000
"""Characters of a message: however JSON escapes them, they fit into a frame."""
MAX_GOT: Final = 200

Token = Annotated[str, Field(min_length=1, max_length=MAX_TOKEN)]
MessageId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
Cursor = Annotated[str, Field(max_length=64)]
Lang = Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$")]
"""A browser's language, such as `lt` or `en-GB`."""


class Said(BaseModel):
    """Anything a client says."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Hello(Said):
    """First message, within 10 s of the connection; sent again later, it logs in or renews."""

    type: Literal["hello"]
    token: Annotated[Token | None, Field(repr=False)] = None
    customer_token: Annotated[Token | None, Field(repr=False)] = None
    lang: Lang | None = None
    since: Cursor | None = None


class Message(Said):
    """`id` is the client's own: repeat a message under the same id, never another one."""

    type: Literal["message"]
    id: MessageId
    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT, pattern=r"\S", repr=False)]


class Typing(Said):
    type: Literal["typing"]


class Got(Said):
    """The device shows these entries."""

    type: Literal["got"]
    entries: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=512)], ...], Field(max_length=MAX_GOT)
    ]


class Leave(Said):
    """`id` as of a message."""

    type: Literal["leave"]
    id: MessageId


class Rate(Said):
    """`id` as of a message. How it was, once it is over: 1 (bad) to 5 (good)."""

    type: Literal["rate"]
    id: MessageId
    score: Rating
    comment: Annotated[str, Field(max_length=2_000, repr=False)] = ""


class Ping(Said):
    type: Literal["ping"]


AnySaid: TypeAlias = Hello | Message | Typing | Got | Leave | Rate | Ping
_SAID: Final[TypeAdapter[AnySaid]] = TypeAdapter(Annotated[AnySaid, Field(discriminator="type")])
_MESSAGE_ID: Final[TypeAdapter[str]] = TypeAdapter(MessageId)
_TAGS: Final = frozenset({"hello", "message", "typing", "got", "leave", "rate", "ping"})


class Misspoken(ValueError):
    """No message of the protocol. The text names each field; it is for the client, not for logs.

    id: the message's own, where that much could be read.
    """

    def __init__(self, complaint: str, *, id: str | None) -> None:
        super().__init__(complaint)
        self.id = id


def parse(text: str | bytes) -> AnySaid:
    """Read one message. Raises Misspoken, and nothing else whatever the bytes."""
    try:
        return _SAID.validate_json(text, strict=True)
    except ValidationError as error:
        raise Misspoken(_complaint(error), id=_id_of(text)) from None
    except UnicodeEncodeError:
        raise Misspoken("message: not Unicode", id=None) from None


def language(lang: str | None) -> str | None:
    """ISO 639-1 of a browser's language; None where it has no such code."""
    if lang is None:
        return None
    code = lang.replace("_", "-").partition("-")[0].lower()
    return code if len(code) == 2 else None


def _id_of(text: str | bytes) -> str | None:
    try:
        said = orjson.loads(text)
        return _MESSAGE_ID.validate_python(said.get("id"), strict=True)
    except (orjson.JSONDecodeError, ValidationError, AttributeError):
        return None


def _complaint(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_context=False, include_input=False)[:5]
    return "; ".join(f"{_place(problem['loc'])}: {problem['msg']}" for problem in problems)[:500]


def _place(loc: tuple[int | str, ...]) -> str:
    """The field's path, without the name of the union's member."""
    if loc and loc[0] in _TAGS:
        loc = loc[1:]
    return ".".join(map(str, loc)) or "message"
