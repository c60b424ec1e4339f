"""What a client may say. Unknown fields are refused: a misspelt one must not pass in silence."""

from typing import Annotated, Final, Literal, Self, TypeAlias

import orjson
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from shared.contracts.base import Id, Positive, Slug, Text
from shared.contracts.set_agent_state_v1 import AgentStateName

MAX_TOKEN: Final = 8_192
MAX_PAGE: Final = 50

MessageId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
Reason = Annotated[str, Field(max_length=128)]
Note = Annotated[str, Field(max_length=1024)]


class Said(BaseModel):
    """Anything a client says."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Hello(Said):
    """First message, within 10 s of the connection; sent again later, it renews the token."""

    type: Literal["hello"]
    token: Annotated[str, Field(min_length=1, max_length=MAX_TOKEN, repr=False)]


class Command(Said):
    """`id` is the client's own: repeat a command under the same id, never another one."""

    type: Literal["command"]
    id: MessageId


class TicketCommand(Command):
    """`assignment` is the number on the card the agent acted on."""

    ticket: Id
    assignment: Positive


class Accept(TicketCommand):
    do: Literal["accept"]


class Decline(TicketCommand):
    do: Literal["decline"]
    reason: Reason | None = None


class Reply(TicketCommand):
    """`seen`: id of the last customer message on screen. `awaits`: the customer is to answer."""

    do: Literal["reply"]
    text: Annotated[Text, Field(min_length=1, repr=False)]
    seen: Id | None = None
    awaits: bool = False


class Resolve(TicketCommand):
    """`seen` must be the card's `last_message`."""

    do: Literal["resolve"]
    seen: Id


class FinishWrapUp(TicketCommand):
    do: Literal["finish_wrap_up"]


class Park(TicketCommand):
    """`until`: when the ticket wakes, unless the customer writes before."""

    do: Literal["park"]
    until: AwareDatetime
    reason: Annotated[str, Field(min_length=1, max_length=256, repr=False)]


class Transfer(TicketCommand):
    """To an agent or to a queue of the same desk, or to another desk and perhaps a queue there."""

    do: Literal["transfer"]
    to_agent: Id | None = None
    to_queue: Slug | None = None
    to_desk: Slug | None = None
    note: Annotated[Note | None, Field(repr=False)] = None

    @model_validator(mode="after")
    def _to_one(self) -> Self:
        elsewhere = self.to_queue is not None or self.to_desk is not None
        if (self.to_agent is not None) == elsewhere:
            raise ValueError("give to_agent alone, or to_queue, to_desk or both of these")
        return self


class Escalate(TicketCommand):
    """For re-review. `to_queue`: of the same desk; absent means as the policy says."""

    do: Literal["escalate"]
    to_queue: Slug | None = None
    note: Annotated[Note | None, Field(repr=False)] = None


class OpenTask(TicketCommand):
    """Others are to do something. `to_queue`: of the same desk. `wait`: set it aside meanwhile."""

    do: Literal["open_task"]
    to_queue: Slug
    note: Annotated[Note, Field(min_length=1, repr=False)]
    wait: bool = True


class Merge(TicketCommand):
    """`other` becomes part of `ticket`."""

    do: Literal["merge"]
    other: Id


class Split(TicketCommand):
    """`other` is no part of `ticket` any more."""

    do: Literal["split"]
    other: Id


class Pull(Command):
    """`ticket`: one that waits at the desk; absent: the next that the agent could be dealt."""

    do: Literal["pull"]
    ticket: Id | None = None


class SetState(Command):
    """`channels`: ready for these only; absent means all of the agent's profile."""

    do: Literal["set_state"]
    state: AgentStateName
    channels: Annotated[tuple[Slug, ...], Field(max_length=32)] | None = None
    reason: Reason | None = None


class Conversation(Said):
    """Asks for a page of a ticket's messages, the newest first of all.

    id: the client's own, named by the answer.
    before: what the previous page gave to continue with.
    """

    type: Literal["conversation"]
    id: MessageId | None = None
    ticket: Id
    before: Annotated[str, Field(max_length=64)] | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 20


class Typing(Said):
    """The agent types an answer; at most every 3 s. It is a hint: nothing answers it."""

    type: Literal["typing"]
    ticket: Id


class Resync(Said):
    """Asks for a snapshot."""

    type: Literal["resync"]


AnyTicketCommand: TypeAlias = (
    Accept
    | Decline
    | Reply
    | Resolve
    | FinishWrapUp
    | Park
    | Transfer
    | Escalate
    | OpenTask
    | Merge
    | Split
)
AnyCommand: TypeAlias = AnyTicketCommand | Pull | SetState
_Commands = Annotated[AnyCommand, Field(discriminator="do")]
AnySaid: TypeAlias = Hello | Conversation | Typing | Resync | AnyCommand
_SAID: Final[TypeAdapter[AnySaid]] = TypeAdapter(
    Annotated[Hello | Conversation | Typing | Resync | _Commands, Field(discriminator="type")]
)
_MESSAGE_ID: Final[TypeAdapter[str]] = TypeAdapter(MessageId)
_TAGS: Final = frozenset(
    {"hello", "conversation", "typing", "resync", "command"}
    | {"accept", "decline", "reply", "resolve", "finish_wrap_up", "park", "transfer"}
    | {"escalate", "open_task", "merge", "split", "pull", "set_state"}
)


class Misspoken(ValueError):
    """No message of the protocol. The text names each field; it is for the client, not for logs.

    id: the message's own, where that much could be read.
    """

    def __init__(self, complaint: str, *, id: str | None) -> None:
        super().__init__(complaint)
        self.id = id


def parse(text: str | bytes) -> AnySaid:
    """Read one message. Raises Misspoken."""
    try:
        return _SAID.validate_json(text, strict=True)
    except ValidationError as error:
        raise Misspoken(_complaint(error), id=_id_of(text)) from None


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
    """The field's path, without the names of the union's members."""
    tags = 0
    while tags < min(2, len(loc)) and loc[tags] in _TAGS:
        tags += 1
    return ".".join(map(str, loc[tags:])) or "message"
