"""A command could not be carried out."""

from typing import ClassVar, Literal

from shared.contracts.base import Id
from shared.contracts.card import AgentBound

RejectionReason = Literal[
    "unknown_agent",
    "unknown_ticket",
    "not_yours",
    "wrong_assignment",
    "wrong_state",
    "unseen_message",
    "not_allowed",
    "unknown_queue",
]


class CommandRejected(AgentBound):
    """`detail` is a sentence for the agent: what was wrong and what to do."""

    TYPE: ClassVar[str] = "CommandRejected"

    command: Id
    ticket: Id | None = None
    reason: RejectionReason
    detail: str
