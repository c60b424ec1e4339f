"""What the notifier says. Fields that have nothing to say are left out; more may come later."""

from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.contracts.assignment_card_v1 import CardState
from shared.contracts.command_rejected_v1 import RejectionReason
from shared.contracts.delivery_reported_v1 import DeliveryStatus
from shared.contracts.identity import Assurance
from shared.contracts.set_agent_state_v1 import AgentStateName

PROTOCOL_VERSION = 1

ReplyState: TypeAlias = Literal["asked"] | DeliveryStatus


class Ours(BaseModel):
    """Anything the notifier says."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Stamped(Ours):
    """Where a card stands in the order of a shard's commits."""

    shard: int
    seq: int
    n: int


class CardClock(Ours):
    """due_at: when its time is over. statutory: set by a law or a card scheme, not by the desk."""

    name: str
    due_at: AwareDatetime
    statutory: bool


class CardTask(Ours):
    """A task that is done, and by whom."""

    task: str
    by: str


class Card(Stamped):
    """A ticket in the agent's hands, whole. `gone` takes it away; `reason` then says why."""

    ticket: str
    assignment: int
    state: CardState
    reason: str | None = None
    desk: str
    queue: str
    priority: int
    channel: str
    lang: str
    topic: str
    customer: str
    assurance: Assurance | None = None
    opened_at: AwareDatetime
    due_at: AwareDatetime
    respond_by: AwareDatetime | None = None
    last_message: str
    messages: int
    merged: tuple[str, ...] | None = None
    clocks: tuple[CardClock, ...] | None = None
    review: bool | None = None
    parent: str | None = None
    note: Annotated[str | None, Field(repr=False)] = None
    tasks: int | None = None
    task_done: CardTask | None = None


class AgentView(Stamped):
    """The agent's own state. A snapshot does not know the load: the next card of it does."""

    desk: str
    state: AgentStateName
    channels: tuple[str, ...]
    reason: str | None = None
    load: float | None = None
    capacity: float


class Welcome(Ours):
    """Answers a hello. The socket is closed at `expires_at` unless another hello comes first."""

    type: Literal["welcome"] = "welcome"
    protocol: int = PROTOCOL_VERSION
    agent: str
    session: str
    expires_at: AwareDatetime
    heartbeat_seconds: float


class Snapshot(Ours):
    """Everything in the agent's hands: replaces whatever the client believed."""

    type: Literal["snapshot"] = "snapshot"
    shard: int
    seq: int
    agent: AgentView
    cards: tuple[Card, ...]
    digest: str


class CardChanged(Ours):
    """cause: id of this agent's command that the card answers."""

    type: Literal["card"] = "card"
    card: Card
    at: AwareDatetime
    cause: str | None = None


class AgentChanged(Ours):
    """cause: id of this agent's command that it answers."""

    type: Literal["agent"] = "agent"
    agent: AgentView
    at: AwareDatetime
    cause: str | None = None


class Rejected(Ours):
    """A command was not carried out. `detail` is a sentence for the agent."""

    type: Literal["rejected"] = "rejected"
    command: str
    ticket: str | None = None
    reason: RejectionReason
    detail: str


class Ack(Ours):
    """The broker has the command: it will be answered by a card or a rejection."""

    type: Literal["ack"] = "ack"
    id: str


class Nack(Ours):
    """Not confirmed: repeat it under the same id after that time. It may have happened."""

    type: Literal["nack"] = "nack"
    id: str
    reason: Literal["not_confirmed", "too_many_messages", "busy"]
    retry_after_seconds: float


class Entry(Ours):
    """One message of a conversation, or a reply. `of`: the message that an edit or a deletion is
    about. agent, status, error: of a reply."""

    id: str
    kind: str
    by: Literal["customer", "agent", "bot", "system"]
    at: AwareDatetime
    text: str | None = None
    subject: str | None = None
    lang: str | None = None
    of: str | None = None
    attachments: tuple[dict[str, object], ...] = ()
    agent: str | None = None
    status: ReplyState | None = None
    error: str | None = None


class ConversationPage(Ours):
    """Oldest first. `before` asks for the page before this one; absent on the first page ever."""

    type: Literal["conversation"] = "conversation"
    id: str | None = None
    ticket: str
    entries: tuple[Entry, ...]
    before: str | None = None


class ReplyStatus(Ours):
    """A reply of this agent's went on its way, or failed. A hint: a page has what is true."""

    type: Literal["reply_status"] = "reply_status"
    reply: str
    ticket: str
    status: DeliveryStatus
    at: AwareDatetime
    error: str | None = None


class Heartbeat(Ours):
    """The digest of the agent's cards in the store."""

    type: Literal["heartbeat"] = "heartbeat"
    at: AwareDatetime
    digest: str


class CustomerTypes(Ours):
    """The ticket's customer types: show it for some 5 s."""

    type: Literal["typing"] = "typing"
    ticket: str


class Problem(Ours):
    """A message did nothing. `detail` names the field where one is wrong.

    id: of the message, where it had one that could be read.
    """

    type: Literal["error"] = "error"
    id: str | None = None
    reason: Literal["invalid", "not_yours", "too_many_messages", "busy", "unavailable"]
    detail: str


AnyOurs: TypeAlias = (
    Welcome
    | Snapshot
    | CardChanged
    | AgentChanged
    | Rejected
    | Ack
    | Nack
    | ConversationPage
    | ReplyStatus
    | Heartbeat
    | CustomerTypes
    | Problem
)


def spoken(message: AnyOurs) -> str:
    """The message as it crosses the socket."""
    return message.model_dump_json(exclude_none=True)
