"""Who sends and who receives what: the part of the documents no model knows."""

from typing import Final, Literal, NamedTuple

Role = Literal[
    "integrator", "administrator", "ingest", "sorter", "dealer", "courier", "recorder", "notifier"
]

ROLES: Final[dict[Role, str]] = {
    "integrator": "Any program of yours that speaks Kafka: a channel, a bot, a report.",
    "administrator": "Whoever manages agents, customers and rules: `croupier`, a CRM.",
    "ingest": "Our doors: HTTP, Telegram, SMTP and others.",
    "sorter": "Finds the customer and the ticket of each message, and tells the desk.",
    "dealer": "Deals a desk's tickets to its agents; the only writer of tickets and agents.",
    "courier": "Delivers replies on the accounts that have a way out.",
    "recorder": "Keeps what happened, and what was written to customers.",
    "notifier": "Holds agents' sockets: shows cards, takes commands.",
}


class Channel(NamedTuple):
    """One topic: what it carries, and what its key is."""

    about: str
    key: str


_IDENTITY: Final = (
    "`channel:account:sender`, from the fields of that name: what one customer does on one "
    "channel stays in order."
)
_OR_CUSTOMER: Final = " For a profile `p:brand:customer`: its versions stay in order."
_CUSTOMERS: Final = (
    "MessageReceived",
    "MessageEdited",
    "MessageDeleted",
    "CustomerLeft",
    "CustomerRated",
    "BotTranscript",
)
_DESK: Final = "The desk: what happens at a desk stays in order, and has one owner."

CHANNELS: Final[dict[str, Channel]] = {
    "support.inbound.v1": Channel(
        "What customers do on a channel, and what they are to us.", _IDENTITY + _OR_CUSTOMER
    ),
    "support.tickets.v1": Channel("What is new on a ticket, for the dealer of its desk.", _DESK),
    "support.agents.v1": Channel("Agents' profiles, presence and commands.", _DESK),
    "support.assignments.v1": Channel(
        "Cards and answers for agents' screens.", "The agent: one agent's cards stay in order."
    ),
    "support.replies.v1": Channel("Messages to customers, waiting to be delivered.", _IDENTITY),
    "support.delivery.v1": Channel("What became of replies.", _IDENTITY),
    "support.signals.v1": Channel(
        "What is worth showing a customer this second, and never kept.", _IDENTITY
    ),
    "support.events.v1": Channel(
        "Everything that happened, for audit, analytics and replay.",
        "The ticket; for an agent's change the agent, for a dealer's turn `shard-<number>`.",
    ),
    "support.policy.v1": Channel(
        "Versions of the policy; compacted, so each version stays.", "`version-<number>`."
    ),
}


class Operation(NamedTuple):
    """One role sends to, or receives from, one topic: all its events, or those named."""

    role: Role
    action: Literal["send", "receive"]
    topic: str
    summary: str
    only: tuple[str, ...] = ()


OPERATIONS: Final = (
    Operation(
        "integrator", "send", "support.inbound.v1", "Bring in what a customer did.", _CUSTOMERS
    ),
    Operation("integrator", "receive", "support.replies.v1", "Deliver replies on your channel."),
    Operation(
        "integrator",
        "send",
        "support.delivery.v1",
        "Report what became of a reply.",
        ("DeliveryReported",),
    ),
    Operation("integrator", "receive", "support.events.v1", "Watch, count, audit."),
    Operation(
        "administrator",
        "send",
        "support.agents.v1",
        "Hire, change or dismiss an agent.",
        ("AgentProfileChanged",),
    ),
    Operation(
        "administrator",
        "send",
        "support.inbound.v1",
        "Say which tier a customer has, and which agents of their own.",
        ("CustomerProfileChanged",),
    ),
    Operation("administrator", "send", "support.policy.v1", "Put a version in force."),
    Operation(
        "ingest", "send", "support.inbound.v1", "Publish what came in at a door.", _CUSTOMERS
    ),
    Operation("ingest", "receive", "support.replies.v1", "Show customers who chat the replies."),
    Operation(
        "ingest",
        "send",
        "support.delivery.v1",
        "Publish what providers say of our messages, and that who chats has a reply.",
        ("ProviderStatus", "DeliveryReported"),
    ),
    Operation(
        "ingest",
        "send",
        "support.assignments.v1",
        "Tell the agent that a customer types.",
        ("CustomerTyping",),
    ),
    Operation("ingest", "receive", "support.signals.v1", "Show the customer that the agent types."),
    Operation("sorter", "receive", "support.inbound.v1", "Find or open each message's ticket."),
    Operation("sorter", "send", "support.tickets.v1", "Announce it to the ticket's desk."),
    Operation("sorter", "receive", "support.policy.v1", "Sort by the version in force."),
    Operation("dealer", "receive", "support.tickets.v1", "Learn what waits."),
    Operation("dealer", "receive", "support.policy.v1", "Deal by the version in force."),
    Operation("dealer", "receive", "support.agents.v1", "Learn who works, and what they ask."),
    Operation("dealer", "send", "support.tickets.v1", "Forward to the desk a ticket moved to."),
    Operation("dealer", "send", "support.agents.v1", "Forward to the desk an agent moved to."),
    Operation(
        "dealer",
        "send",
        "support.assignments.v1",
        "Show agents what they hold.",
        ("AssignmentCard", "AgentCard", "CommandRejected"),
    ),
    Operation(
        "dealer",
        "send",
        "support.replies.v1",
        "Pass on what an agent answered, or what the policy says when nobody can.",
        ("ReplyRequested",),
    ),
    Operation("dealer", "send", "support.events.v1", "Record what happened, and why."),
    Operation("courier", "receive", "support.replies.v1", "Deliver them."),
    Operation(
        "courier",
        "receive",
        "support.delivery.v1",
        "Find out whose message a provider speaks of.",
        ("ProviderStatus",),
    ),
    Operation(
        "courier",
        "send",
        "support.delivery.v1",
        "Report what became of a reply.",
        ("DeliveryReported",),
    ),
    Operation("recorder", "receive", "support.events.v1", "Keep them for explanations."),
    Operation("recorder", "receive", "support.replies.v1", "Keep them for conversations."),
    Operation(
        "recorder",
        "receive",
        "support.delivery.v1",
        "Keep how far each reply came.",
        ("DeliveryReported",),
    ),
    Operation(
        "recorder",
        "send",
        "support.assignments.v1",
        "Tell an agent what became of a reply.",
        ("ReplyStatusChanged",),
    ),
    Operation("notifier", "receive", "support.assignments.v1", "Push cards to sockets."),
    Operation("notifier", "send", "support.signals.v1", "Tell a customer that the agent types."),
    Operation(
        "notifier",
        "send",
        "support.agents.v1",
        "Pass on agents' commands and presence.",
        (
            "NotifierHeartbeat",
            "SetAgentState",
            "AcceptTicket",
            "DeclineTicket",
            "ReplyToTicket",
            "ResolveTicket",
            "FinishWrapUp",
            "ParkTicket",
            "TransferTicket",
            "EscalateTicket",
            "OpenTask",
            "MergeTicket",
            "SplitTicket",
            "PullTicket",
        ),
    ),
)


class Header(NamedTuple):
    """One header of a record, a UTF-8 string."""

    name: str
    about: str
    required: bool


# Topic -> what its records carry beside the value, where they carry anything.
HEADERS: Final[dict[str, tuple[Header, ...]]] = {
    "support.inbound.v1": (
        Header(
            "producer",
            "Your program's name, at most 64 characters. Metrics name it when a card number was "
            "left unmasked; without it they name `channel:account`.",
            required=False,
        ),
    ),
    "support.replies.v1": (
        Header("channel", "The field `channel`: select yours unread.", required=True),
        Header("account", "The field `account`, likewise.", required=True),
    ),
}
