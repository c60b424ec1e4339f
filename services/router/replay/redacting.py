"""Records without what customers and agents wrote, and without who customers are.

No decision looks at any of it. What is only compared (messages, customers, where they wrote)
becomes a name that says nothing, the same for the same within one dump; words are left out.
"""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from services.router.replay.log import INPUTS, TOPICS
from shared.contracts import Contract, InvalidEvent, decode, encode
from shared.contracts.agent_changed_v1 import AgentChanged
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.contracts.announcement import Announcement
from shared.contracts.decline_ticket_v1 import DeclineTicket
from shared.contracts.escalate_ticket_v1 import EscalateTicket
from shared.contracts.open_task_v1 import OpenTask
from shared.contracts.park_ticket_v1 import ParkTicket
from shared.contracts.policy_published_v1 import PolicyPublished
from shared.contracts.reply_to_ticket_v1 import ReplyToTicket
from shared.contracts.resolve_ticket_v1 import ResolveTicket
from shared.contracts.set_agent_state_v1 import SetAgentState
from shared.contracts.ticket_changed_v1 import Step, TicketChanged
from shared.contracts.transfer_ticket_v1 import TransferTicket
from shared.contracts.turn_recorded_v1 import TurnRecorded
from shared.messaging.records import Record

_UNREADABLE = b"{}"

Name = Callable[[str], str]


class Redactor:
    """secret: whoever has it could tell a dump's names from guesses; throw it away."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def redact(self, record: Record) -> Record | None:
        """What a replay needs of it; None when it needs nothing."""
        if record.topic not in TOPICS:
            return None
        try:
            event = decode(record.value)
        except InvalidEvent:
            # what a dealer could not read was one of its turn's records all the same
            bare = record._replace(key=None, value=_UNREADABLE, headers=())
            return bare if record.topic in INPUTS else None
        if isinstance(event.data, AgentChanged):
            return None
        clean = {
            "id": self._name(event.id),
            "cause": None,
            "correlation": None,
            "data": event.data.model_copy(update=_hidden(event.data, self._name)),
        }
        value = encode(event.model_copy(update=clean))
        return record._replace(key=None, value=value, headers=())

    def _name(self, value: str) -> str:
        return f"x-{blake2b(value.encode(), digest_size=9, key=self._secret).hexdigest()}"


def _hidden(data: Contract, name: Name) -> dict[str, Any]:
    """Fields of an event, and what stands in their place."""
    hidden: dict[str, Any] = {}
    match data:
        case Announcement(entry=entry):
            names = {"message": name(entry.message), "identity": f"x:x:{name(entry.identity)}"}
            hidden["entry"] = entry.model_copy(update=names)
        case ReplyToTicket():
            hidden |= {"text": "", "seen": None if data.seen is None else name(data.seen)}
        case ResolveTicket():
            hidden["seen"] = name(data.seen)
        case AgentProfileChanged():
            hidden["name"] = ""
        case SetAgentState() | DeclineTicket():
            hidden["reason"] = None
        case ParkTicket():
            hidden["reason"] = "-"
        case OpenTask():
            hidden["note"] = "-"
        case TransferTicket() | EscalateTicket():
            hidden["note"] = None
        case TicketChanged():
            hidden["customer"] = name(data.customer)
            hidden["steps"] = tuple(_step(step, name) for step in data.steps)
        case TurnRecorded(overtaken=overtaken) if overtaken:
            hidden["overtaken"] = tuple(
                each.model_copy(update={"message": name(each.message)}) for each in overtaken
            )
        case PolicyPublished():
            hidden["by"] = ""
    return hidden


def _step(step: Step, name: Name) -> Step:
    hidden: dict[str, Any] = {"note": None, "decision": None}
    if step.opening is not None:
        hidden["opening"] = step.opening.model_copy(update={"message": name(step.opening.message)})
    return step.model_copy(update=hidden)
