"""What is said of agents, of tickets that were joined or parted, to customers and to whoever is on
call."""

from typing import NamedTuple

from services.router.domain.agent import Agent
from services.router.domain.effects import (
    AgentStepped,
    Paged,
    ReplySent,
    TicketsMerged,
    TicketsSplit,
)
from services.router.domain.seat import channels_of
from services.router.domain.ticket import Ticket
from shared.contracts import Contract, Identity
from shared.contracts.agent_changed_v1 import AgentChanged
from shared.contracts.agent_profile_changed_v1 import Shift
from shared.contracts.on_call_paged_v1 import OnCallPaged
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.contracts.ticket_merged_v1 import TicketMerged
from shared.contracts.ticket_split_v1 import TicketSplit
from shared.runtime.clock import utc


class Commit(NamedTuple):
    """Which turn said it."""

    shard: int
    epoch: int
    seq: int


def agent_changed(
    desk: str, stepped: AgentStepped, hand: tuple[str, ...], commit: Commit
) -> AgentChanged:
    """hand: ids of the tickets they have."""
    agent = stepped.agent
    return AgentChanged(
        agent=agent.id,
        desk=desk,
        on=stepped.on,
        state=agent.state.value,
        reason=agent.reason,
        connected=agent.connected,
        active=agent.active,
        skills=dict(agent.skills),
        channels=tuple(sorted(channels_of(agent))),
        capacity=agent.capacity,
        shifts=_shifts(agent),
        new_hire_until=utc(agent.new_until) if agent.new_until else None,
        hand=hand,
        at=utc(stepped.at),
        **commit._asdict(),
    )


def reply_requested(reply: ReplySent, text: str) -> ReplyRequested:
    """text: as it is to be read."""
    identity = Identity.parse(reply.identity)
    return ReplyRequested(
        reply=reply.reply,
        ticket=reply.ticket.id,
        channel=identity.channel,
        account=identity.account,
        sender=identity.sender,
        text=text,
        by="system" if reply.agent is None else "agent",
        agent=reply.agent,
        notice=reply.notice or None,
        in_reply_to=_answered(reply.ticket),
        lang=reply.ticket.lang or None,
    )


def joined(
    desk: str, joined: TicketsMerged | TicketsSplit, commit: Commit
) -> tuple[type[Contract], dict[str, object]]:
    """The contract, and its fields."""
    fields: dict[str, object] = {
        "ticket": joined.ticket.id,
        "desk": desk,
        "agent": joined.agent,
        **commit._asdict(),
    }
    if isinstance(joined, TicketsMerged):
        return TicketMerged, fields | {"into": joined.into.id, "due_at": utc(joined.into.due_at)}
    parted = {"split_from": joined.was_in.id, "due_at": utc(joined.ticket.due_at)}
    return TicketSplit, fields | parted


def on_call_paged(desk: str, page: Paged, commit: Commit, *, policy: int) -> OnCallPaged:
    ticket = page.ticket
    return OnCallPaged.model_validate(
        {
            "page": page.page,
            "reason": page.reason,
            "clock": page.clock,
            "who": page.who,
            "ticket": ticket.id,
            "desk": desk,
            "queue": ticket.requirement.queue,
            "channel": ticket.requirement.channel,
            "lang": ticket.lang,
            "queued_at": utc(ticket.queued_at),
            "due_at": utc(ticket.due_at),
            "policy": policy,
            **commit._asdict(),
        }
    )


def _answered(ticket: Ticket) -> str:
    """The message that a reply to the ticket's identity is about. What a part brought last may have
    been written elsewhere."""
    bond = ticket.bond
    own = bond.merged and ticket.identity == bond.identity
    return bond.last_message if own else ticket.last_message


def _shifts(agent: Agent) -> tuple[Shift, ...] | None:
    if agent.shifts is None:
        return None
    return tuple(Shift(starts_at=utc(begins), ends_at=utc(ends)) for begins, ends in agent.shifts)
