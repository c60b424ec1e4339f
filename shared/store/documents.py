"""The documents in the store, field by field. Times are epoch seconds as doubles unless said.

Only the sorter inserts tickets, messages and identities, and writes customers; only the dealer of a
ticket's desk updates tickets, agents and shards.
"""

from typing import Any, NotRequired, TypedDict


class StampDoc(TypedDict):
    """Which commit last showed a card of the ticket: compared by the agent's client."""

    shard: int
    seq: int
    n: int


class BondDoc(TypedDict):
    """merged_into: the ticket it is part of while it is resolved; empty: none. split_from: ids of
    those it was part of before. merged: [id, deadline it brought] of its parts. due_at,
    last_message, identity: its own, apart from theirs."""

    merged_into: str
    split_from: list[str]
    merged: list[list[Any]]
    due_at: float
    last_message: str
    identity: str


class ClockDoc(TypedDict):
    """A clock of a ticket. told: 0, 1 (warned), 2 (missed). warn_at, held_from: 0: none. held:
    seconds during which it stood. of: the part that brought it; empty: its own."""

    name: str
    due_at: float
    warn_at: float
    told: int
    statutory: bool
    held: float
    held_from: float
    of: str


class TasksDoc(TypedDict):
    """parent, note: of a task: the ticket that it is done for, and what is to be done. Of a ticket
    that has tasks, or had: opened: how many ever. open: ids of those that are not done. asked: the
    latest commands that opened one. done: [task, agent] of what was done last, or empty."""

    parent: str
    note: str
    opened: int
    open: list[str]
    asked: list[str]
    done: list[str]


class TicketDoc(TypedDict, total=False):
    """`tickets`.

    needs: the requirement as one string (services/router/adapters/requirements.py): decoding a
        million of them at a take-over has to be cheap.
    joinable: its claim's id while further messages of the customer join; absent otherwise.
    urgent: the first message sounded so.
    queue, needs, priority, due_at: by the policy the ticket was last written under; a dealer goes
        by the one in force.
    seen: inbound partition (as a string) -> highest offset applied.
    nudge_at, kept_until, moved_to: absent until a dealer first wrote the ticket. moved_to: the
        queue it was transferred or moved on to, or opened in since a matter of its customer's is
        open there (then it is there from the first); empty: none.
    hosts: ids of the customer's own agents. profile: version of the profile that tier and hosts
        are from, 0: of none. Both absent in documents older than profiles.
    bond: absent until a dealer first wrote the ticket; null without one.
    lane: the protected queue in whose lane the customer's messages join; beside: their ordinary
        ticket at that time. Both absent of ordinary tickets.
    page_at, paged: when somebody is paged, and for what they were. Absent until a dealer
        first wrote the ticket.
    later: the present wait is not for the first answer. answered: all the customer wrote is.
        clocks: those beside the deadline. Absent until a dealer first wrote the ticket.
    climbed: [queue, how many of its steps are done in the present wait], the latest last. Absent
        until a dealer first wrote the ticket.
    deciders: agents who answered the customer or resolved it. barred: of these, whom a re-review
        passes by for ever; empty: there is none. Absent until a dealer first wrote the ticket.
    moves: how often it went to another desk. came_from: the desk it was at, until the one it is at
        has seen it; empty: it has. Absent until a dealer first wrote the ticket.
    tasks: those it has, or what it is a task of; null: neither. Absent until a dealer first wrote
        the ticket.
    discreet: its customer is told nothing of where it stands. Absent until a dealer first wrote the
        ticket: till then nobody knows.
    stamp: absent until the first card.
    """

    _id: str
    brand: str
    customer: str
    identity: str
    desk: str
    queue: str
    channel: str
    needs: str
    lang: str
    topic: str
    priority: int
    urgent: bool
    tier: str
    policy: int
    opened_at: float
    queued_at: float
    due_at: float
    state: str
    agent: str | None
    assignment: int
    until: float
    nudge_at: float
    kept_until: float
    moved_to: str
    hosts: list[str]
    profile: int
    bond: BondDoc | None
    lane: str
    beside: str
    page_at: float
    paged: list[str]
    later: bool
    answered: bool
    clocks: list[ClockDoc]
    climbed: list[list[Any]]
    deciders: list[str]
    barred: list[str]
    moves: int
    came_from: str
    tasks: TasksDoc | None
    discreet: bool
    gone_at: float
    skipped: list[list[Any]]
    seen: dict[str, int]
    last_message: str
    entries: int
    joinable: str
    stamp: StampDoc
    version: int


class ClaimDoc(TypedDict):
    """`claims`: `_id` is a `claim_id`, so a customer has at most one joinable ticket in each lane.

    Inserted with its ticket, deleted in the turn that closes or abandons it. desk is the ticket's
    first one: where it has moved on, that desk's dealer forwards.
    """

    _id: str
    ticket: str
    desk: str
    brand: str
    customer: str


def claim_id(brand: str, customer: str, lane: str = "") -> str:
    """lane: a protected queue; empty: all the others. A customer's key holds a colon before any
    bar, which no lane does."""
    return f"{brand}|{lane}|{customer}" if lane else f"{brand}|{customer}"


class CustomerDoc(TypedDict):
    """`customers`: profiles. `_id` is `p:brand:customer`. hosts: ids of agents, the first to be
    tried first. matter: the protected queue in which a matter of theirs is open; empty: in none;
    absent in documents older than matters. version: of the profile; only a higher one replaces it.
    """

    _id: str
    tier: str
    hosts: list[str]
    matter: str
    version: int


class MessageDoc(TypedDict, total=False):
    """`messages`: one entry of a conversation. `_id` is `channel:account:message_id`.

    stored_at: a date, for the retention index. at: the provider's time. digest: of the event's
    body, so that one id with two bodies is noticed.
    """

    _id: str
    ticket: str | None
    kind: str
    identity: str
    customer: str
    brand: str
    desk: str
    partition: int
    offset: int
    at: float
    stored_at: Any
    text: str
    subject: str
    thread: str
    of: str
    attachments: list[dict[str, Any]]
    lang: str
    topic: str
    reopens: bool
    rating: int
    digest: bytes


class StepDoc(TypedDict, total=False):
    """A step of a ticket: see shared/contracts/ticket_changed_v1.py; times in epoch seconds.
    What an agent noted with it is not kept."""

    n: int | None
    on: str
    from_state: str | None
    to_state: str
    at: float
    agent: str | None
    assignment: int | None
    until: float | None
    to_agent: str | None
    to_queue: str | None
    to_desk: str | None
    from_desk: str | None
    who: str | None
    from_tier: str | None
    tier: str | None
    hosts: list[str] | None
    other: str | None
    from_due_at: float | None
    due_at: float | None
    clock: str | None
    score: NotRequired[int | None]
    decision: dict[str, Any] | None


class DeliveryDoc(TypedDict, total=False):
    """`deliveries`: replies on their way to a customer. `_id` is the reply's id. See the courier's
    Delivery for what is not said here.

    open: there while something is left to do, and so are text and subject. kept_until: a date;
        then the store drops it. parts, in_doubt: not in documents from before statuses.
    """

    _id: str
    ticket: str
    key: str
    partition: int
    offset: int
    channel: str
    account: str
    recipient: str
    text: str
    in_reply_to: str | None
    by: str
    lang: str
    subject: str
    thread: str
    heard_at: float
    asked_at: float
    expires_at: float
    kept_until: Any
    open: bool
    reported: bool
    state: str
    part: int
    attempt: int
    try_at: float
    since: float
    provider_ids: list[str]
    parts: int
    error: str
    instead: bool
    in_doubt: bool


class StatusDoc(TypedDict, total=False):
    """`statuses`: what a provider said of a message of ours, or of somebody else's on the account.
    `_id` is `channel:account:provider_id`.

    reply: our id of it, where the provider knows it; else not there. sender: of the customer, after
    the provider. rank: of the status, which only ever rises (services/ingest/courier/receipts.py);
    0 until there is one. mark: `partition:offset` of the record that said so. kept_until: a date;
    then the store drops it.
    """

    _id: str
    channel: str
    account: str
    provider_id: str
    reply: str
    sender: str
    rank: int
    status: Any
    at: float
    error: str
    mark: str
    kept_until: Any


class ReplyDoc(TypedDict, total=False):
    """`replies`: what was written to customers, for the conversation. `_id` is the reply's id.

    A report may be read before its reply: until then the document has a status alone, and no
    ticket, so that no conversation has it.

    key: the customer's, `channel:account:sender`. by: agent, bot or system. agent: null of others.
    notice: what a text of the policy tells; null of all others.
    at: when it was written. stored_at: a date, for the retention index.
    status: asked, sent, delivered, read or failed; status_at, error: of that. rank: of the status,
        which only ever rises (services/router/domain/replies.py). mark: `partition:offset` of the
        report.
    """

    _id: str
    ticket: str
    key: str
    channel: str
    account: str
    text: str
    by: str
    agent: str | None
    notice: str | None
    at: float
    stored_at: Any
    status: str
    status_at: float
    error: str
    mark: str
    rank: int


class ChangeDoc(TypedDict):
    """What both kinds of `decisions` have: what came of one turn, as `support.events.v1` told it.

    _id: the event's id and its time in ms, since ids begin anew when shards are dropped.
    about: `ticket` or `agent`. at: the turn's time. offset: of the event, which tells changes of
        one agent in one turn apart. expires_at: a date; then the store drops it.
    agents: the agent who changed; for a ticket those whose hands it came into or left.
    """

    _id: str
    about: str
    agents: list[str]
    desk: str
    shard: int
    epoch: int
    seq: int
    at: float
    offset: int
    expires_at: Any


class TicketChangeDoc(ChangeDoc):
    """A ticket's steps of one turn. version: of its document after them."""

    ticket: str
    queue: str
    channel: str
    version: int
    policy: int
    steps: list[StepDoc]


class AgentChangeDoc(ChangeDoc):
    """The agent as they were after one change. skills, channels, capacity, hand: None where the
    event did not say. shifts: (begins, ends), epoch seconds; None or not there: without a plan.
    new_until: epoch seconds; 0 or not there: not new."""

    on: str
    state: str
    reason: str | None
    connected: bool
    active: bool
    skills: dict[str, int] | None
    channels: list[str] | None
    capacity: float | None
    shifts: NotRequired[list[list[float]] | None]
    new_until: NotRequired[float]
    hand: list[str] | None


class AgentDoc(TypedDict, total=False):
    """`agents`. skills: skill -> level 1..5. shifts: (begins, ends), epoch seconds; null: without a
    plan. new_until: epoch seconds; 0: not new. picks: when they last chose tickets from the queue.
    pulled: [command, ticket] of the last that they took from there. missed: how many offers in a
    row they let pass."""

    _id: str
    desk: str
    name: str
    skills: dict[str, int]
    channels: list[str]
    capacity: float
    shifts: list[list[float]] | None
    new_until: float
    picks: list[float]
    pulled: list[list[str]]
    missed: int
    active: bool
    state: str
    reason: str | None
    ready_channels: list[str] | None
    notifiers: list[str]
    gone_at: float
    idle_since: float
    version: int


class ShardDoc(TypedDict, total=False):
    """`shards`: the lock, the applied offsets and the outbox of one Kafka partition.

    offsets: topic (dots as in Kafka) -> next offset to apply; a list of pairs, since field names
        with dots are awkward. marks: the broker timestamps (ms) of the records just below them,
        which tell a recreated topic from the one we knew.
    outbox: [topic, key, value, headers] of everything the last commit has to say.
    trouble: {topic, offset, attempts} of records that failed before, at most one a topic; else
        null.
    """

    _id: int
    epoch: int
    seq: int
    now: float
    partitions: int
    policy: int
    offsets: list[list[Any]]
    marks: list[list[Any]]
    outbox: list[list[Any]]
    trouble: list[dict[str, Any]] | None
