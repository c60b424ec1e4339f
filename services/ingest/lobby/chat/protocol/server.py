"""What the lobby says. Fields that have nothing to say are left out; more may come later."""

from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.ingest.lobby.chat.protocol.client import MAX_TEXT

State = Literal["none", "waiting", "with_agent", "resolved"]


class Ours(BaseModel):
    """Anything the lobby says."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(Ours):
    """text: characters of a message."""

    text: int = MAX_TEXT
    messages_per_minute: int


class Welcome(Ours):
    """Answers a hello. token: for the next one, until `expires_at`. logged_in_seconds: how long
    the login holds, for clients whose clock is wrong."""

    type: Literal["welcome"] = "welcome"
    token: Annotated[str, Field(repr=False)]
    expires_at: AwareDatetime
    lang: str
    heartbeat_seconds: float
    logged_in: bool
    logged_in_until: AwareDatetime | None = None
    logged_in_seconds: int | None = None
    limits: Limits


class EntryView(Ours):
    """One message of the conversation."""

    id: str
    by: Literal["you", "agent", "system"]
    name: str | None = None
    text: Annotated[str, Field(repr=False)]
    at: AwareDatetime
    attachments: tuple[dict[str, object], ...] | None = None
    cursor: str


class EntryTold(Ours):
    type: Literal["entry"] = "entry"
    entry: EntryView


class CaughtUp(Ours):
    """All that was said since `since` has been told."""

    type: Literal["caught_up"] = "caught_up"


class Ack(Ours):
    """The broker has it."""

    type: Literal["ack"] = "ack"
    id: str


class Nack(Ours):
    """Not durable: repeat it under the same id after that time. It may have happened."""

    type: Literal["nack"] = "nack"
    id: str
    reason: Literal["not_confirmed", "too_many_messages", "busy"]
    retry_after_seconds: float


class Status(Ours):
    """Where the customer's matter stands. position: 1 is next."""

    type: Literal["status"] = "status"
    state: State
    agent: str | None = None
    position: int | None = None
    wait_seconds: float | None = None


class AgentTypes(Ours):
    type: Literal["typing"] = "typing"


class AskRating(Ours):
    """Ask how it was. id: of the entry that asks, too."""

    type: Literal["ask_rating"] = "ask_rating"
    id: str


class Pong(Ours):
    type: Literal["pong"] = "pong"


class Problem(Ours):
    """A message did nothing. `detail` names the field where one is wrong."""

    type: Literal["error"] = "error"
    id: str | None = None
    reason: Literal["invalid", "too_large", "too_many_messages", "busy"]
    detail: str


AnyOurs: TypeAlias = (
    Welcome | EntryTold | CaughtUp | Ack | Nack | Status | AgentTypes | AskRating | Pong | Problem
)


def spoken(message: AnyOurs) -> str:
    """The message as it crosses the socket."""
    return message.model_dump_json(exclude_none=True)
