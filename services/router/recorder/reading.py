"""From an event to the document that is kept of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.router.domain.ticket import IN_HAND
from shared.contracts import Contract, Envelope, decode
from shared.contracts.agent_changed_v1 import AgentChanged
from shared.contracts.ticket_changed_v1 import Step, TicketChanged
from shared.messaging.records import Record
from shared.store.documents import AgentChangeDoc, ChangeDoc, StepDoc, TicketChangeDoc


def read(record: Record, *, kept: timedelta) -> ChangeDoc | None:
    """The document; None for an event that is not kept. Raises InvalidEvent.

    kept: how long after it happened. Customers do not occur in it, nor does anything they wrote.
    """
    event = decode(record.value)
    match event.data:
        case TicketChanged() as changed:
            agents = _handled(changed.steps)
            return TicketChangeDoc(
                **_common(record, event, changed, agents=agents, kept=kept),
                ticket=changed.ticket,
                queue=changed.queue,
                channel=changed.channel,
                version=changed.version,
                policy=changed.policy,
                steps=[_step(step) for step in changed.steps],
            )
        case AgentChanged() as changed:
            return AgentChangeDoc(
                **_common(record, event, changed, agents=[changed.agent], kept=kept),
                on=changed.on,
                state=changed.state,
                reason=changed.reason,
                connected=changed.connected,
                active=changed.active,
                skills=changed.skills,
                channels=None if changed.channels is None else list(changed.channels),
                capacity=changed.capacity,
                shifts=_shifts(changed),
                new_until=_seconds(changed.new_hire_until) or 0.0,
                hand=None if changed.hand is None else list(changed.hand),
            )
        case _:
            return None


def _common(
    record: Record,
    event: Envelope[Contract],
    changed: TicketChanged | AgentChanged,
    *,
    agents: list[str],
    kept: timedelta,
) -> ChangeDoc:
    at = event.at.timestamp()
    return ChangeDoc(
        _id=f"{event.id}@{round(at * 1000)}",
        about="ticket" if isinstance(changed, TicketChanged) else "agent",
        agents=agents,
        desk=changed.desk,
        shard=changed.shard,
        epoch=changed.epoch,
        seq=changed.seq,
        at=at,
        offset=record.offset,
        expires_at=event.at + kept,
    )


def _handled(steps: Iterable[Step]) -> list[str]:
    """Agents whose hands the ticket came into or left."""
    handled = (
        step.agent
        for step in steps
        if step.agent is not None and (step.from_state in IN_HAND) != (step.to_state in IN_HAND)
    )
    return sorted(set(handled))


def _step(step: Step) -> StepDoc:
    return StepDoc(
        n=step.n,
        on=step.on,
        from_state=step.from_state,
        to_state=step.to_state,
        at=step.at.timestamp(),
        agent=step.agent,
        assignment=step.assignment,
        until=_seconds(step.until),
        to_agent=step.to_agent,
        to_queue=step.to_queue,
        to_desk=step.to_desk,
        from_desk=step.from_desk,
        who=step.who,
        from_tier=step.from_tier,
        tier=step.tier,
        hosts=None if step.hosts is None else list(step.hosts),
        other=step.other,
        from_due_at=_seconds(step.from_due_at),
        due_at=_seconds(step.due_at),
        clock=step.clock,
        score=step.score,
        decision=step.decision,
    )


def _shifts(changed: AgentChanged) -> list[list[float]] | None:
    if changed.shifts is None:
        return None
    return [[each.starts_at.timestamp(), each.ends_at.timestamp()] for each in changed.shifts]


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()
