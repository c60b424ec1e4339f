"""From the desk's effects to what is written and what is said.

One Outbox is one turn: it collects effects in order and yields the documents of the transaction
and the records to publish after it. `n` numbers what it says, so that an agent's client can order
cards by (seq, n).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from services.router.dealer.doings import Doings
from services.router.dealer.saying import clocks_said, said, tasks_said
from services.router.domain.agent import Agent
from services.router.domain.effects import (
    AgentShown,
    AgentStepped,
    CardGone,
    CardShown,
    Effect,
    Paged,
    Rejected,
    ReplySent,
    TicketsMerged,
    TicketsSplit,
    TicketStepped,
)
from services.router.domain.seat import channels_of
from services.router.domain.ticket import Ticket, TicketState
from services.router.ports import AgentWrite, Stamp, TicketWrite
from shared.contracts import Contract, Identity, wrap
from shared.contracts.agent_card_v1 import AgentCard
from shared.contracts.agent_changed_v1 import AgentChanged
from shared.contracts.agent_profile_changed_v1 import Shift
from shared.contracts.assignment_card_v1 import AssignmentCard, CardState
from shared.contracts.base import encode_fields
from shared.contracts.command_rejected_v1 import CommandRejected
from shared.contracts.on_call_paged_v1 import OnCallPaged
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.contracts.ticket_merged_v1 import TicketMerged
from shared.contracts.ticket_split_v1 import TicketSplit
from shared.contracts.turn_recorded_v1 import AppliedRange, TurnRecorded
from shared.messaging.records import Headers, Outgoing, check_size, outgoing
from shared.runtime.clock import utc

_CARD_STATES: dict[TicketState, CardState] = {
    TicketState.OFFERED: "offered",
    TicketState.ACCEPTED: "accepted",
    TicketState.WAITING_CUSTOMER: "waiting_customer",
    TicketState.WRAP_UP: "wrap_up",
}


@dataclass(slots=True)
class _Story:
    """What happened to one ticket in this turn: its steps, each with its place among all."""

    desk: str
    ticket: Ticket
    steps: list[tuple[int, TicketStepped]] = field(default_factory=list)
    stamp: Stamp | None = None


class Outbox:
    """Collects one turn of one shard. Times given as epoch seconds.

    hand_of: given a desk and an agent, the ids of the tickets in their hands.
    """

    def __init__(
        self,
        *,
        shard: int,
        epoch: int,
        seq: int,
        now: float,
        policy: int,
        hand_of: Callable[[str, str], tuple[str, ...]],
    ) -> None:
        self._hand_of = hand_of
        self._shard = shard
        self._epoch = epoch
        self._seq = seq
        self._at = utc(now)
        self._policy = policy
        self._said: list[Outgoing] = []
        self._stories: dict[str, _Story] = {}
        self._agents: dict[str, AgentWrite] = {}
        self._steps = 0
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._said) + len(self._stories)

    def take(self, desk: str, effects: Iterable[Effect]) -> None:
        """Add what one desk answered."""
        for effect in effects:
            match effect:
                case TicketStepped():
                    self._story(desk, effect.ticket).steps.append((self._steps, effect))
                    self._steps += 1
                case CardShown():
                    self._show(desk, effect)
                case CardGone():
                    self._take_away(desk, effect)
                case AgentStepped():
                    self._agent_stepped(desk, effect)
                case AgentShown():
                    self._show_agent(desk, effect)
                case Rejected():
                    self._reject(effect)
                case ReplySent():
                    self._reply(effect)
                case TicketsMerged() | TicketsSplit():
                    self._join(desk, effect)
                case Paged():
                    self._page(desk, effect)

    def pass_on(self, record: Outgoing) -> None:
        """Add a record as it is: forwarded to another desk, or a dead letter."""
        self._add(record)

    def close(self, applied: tuple[AppliedRange, ...], doings: Doings) -> None:
        """Add the tickets' stories and the turn's own record. Nothing is added afterwards."""
        for story in self._stories.values():
            self._tell(story)
        self._say(
            TurnRecorded(
                shard=self._shard,
                epoch=self._epoch,
                seq=self._seq,
                now=self._at,
                policy=self._policy,
                applied=applied,
                work=doings.work,
                quiet=doings.quiet or None,
                loaded_at=_time(doings.loaded_at),
                offers_from=_time(doings.offers_from),
                set_aside=doings.set_aside or None,
            )
        )

    def records(self) -> tuple[Outgoing, ...]:
        return tuple(self._said)

    def steps(self) -> Iterator[tuple[str, TicketStepped]]:
        """Every step of the turn with its desk."""
        for story in self._stories.values():
            for _, step in story.steps:
                yield story.desk, step

    def placed_steps(self) -> Iterator[tuple[int, TicketStepped]]:
        """Every step of the turn with its place among all."""
        for story in self._stories.values():
            yield from story.steps

    def opened(self, ticket: str) -> bool:
        """Whether the ticket was opened in this very turn."""
        return self._stories[ticket].steps[0][1].on == "opened"

    def ticket_writes(self) -> tuple[TicketWrite, ...]:
        return tuple(
            TicketWrite(
                desk=story.desk,
                ticket=story.ticket,
                expected=story.ticket.version,
                policy=self._policy,
                stamp=story.stamp,
            )
            for story in self._stories.values()
        )

    def agent_writes(self) -> tuple[AgentWrite, ...]:
        return tuple(self._agents.values())

    def _story(self, desk: str, ticket: Ticket) -> _Story:
        story = self._stories.get(ticket.id)
        if story is None:
            story = self._stories[ticket.id] = _Story(desk, ticket)
        return story

    def _show(self, desk: str, shown: CardShown) -> None:
        self._story(desk, shown.ticket).stamp = Stamp(self._shard, self._seq, len(self._said))
        fields = self._card(desk, shown.ticket, agent=shown.agent, assignment=shown.assignment)
        fields["state"] = _CARD_STATES[shown.state]
        fields["last_message"] = shown.last_message
        fields["messages"] = shown.entries
        if shown.merged:
            fields["merged"] = shown.merged
        if shown.clocks:
            fields["clocks"] = clocks_said(shown.clocks)
        if shown.review:
            fields["review"] = True
        fields |= tasks_said(shown.tasks)
        if shown.respond_by:
            fields["respond_by"] = utc(shown.respond_by)
        self._say_fields(
            AssignmentCard, shown.agent, fields, cause=shown.cause, correlation=shown.last_message
        )

    def _take_away(self, desk: str, gone: CardGone) -> None:
        ticket = gone.ticket
        fields = self._card(desk, ticket, agent=gone.agent, assignment=gone.assignment)
        fields["state"] = "gone"
        fields["reason"] = gone.reason
        fields["last_message"] = ticket.last_message
        fields["messages"] = ticket.entries
        self._say_fields(
            AssignmentCard, gone.agent, fields, cause=gone.cause, correlation=ticket.last_message
        )

    def _card(self, desk: str, ticket: Ticket, *, agent: str, assignment: int) -> dict[str, object]:
        """What every card has."""
        requirement = ticket.requirement
        return {
            "agent": agent,
            "shard": self._shard,
            "seq": self._seq,
            "n": len(self._said),
            "desk": desk,
            "ticket": ticket.id,
            "assignment": assignment,
            "queue": requirement.queue,
            "priority": ticket.priority,
            "channel": requirement.channel,
            "lang": ticket.lang,
            "topic": ticket.topic,
            "customer": ticket.customer,
            "opened_at": utc(ticket.opened_at),
            "due_at": utc(ticket.due_at),
        }

    def _agent_stepped(self, desk: str, stepped: AgentStepped) -> None:
        agent = stepped.agent
        self._agents[agent.id] = AgentWrite(desk=desk, agent=agent, expected=agent.version)
        self._say(
            AgentChanged(
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
                hand=self._hand_of(desk, agent.id),
                at=utc(stepped.at),
                shard=self._shard,
                epoch=self._epoch,
                seq=self._seq,
            )
        )

    def _show_agent(self, desk: str, shown: AgentShown) -> None:
        self._say(
            AgentCard.model_validate(
                {
                    "agent": shown.agent,
                    "shard": self._shard,
                    "seq": self._seq,
                    "n": len(self._said),
                    "desk": desk,
                    "state": shown.state,
                    "channels": shown.channels,
                    "reason": shown.reason,
                    "load": shown.load,
                    "capacity": shown.capacity,
                }
            ),
            cause=shown.cause,
        )

    def _reject(self, rejected: Rejected) -> None:
        self._say(
            CommandRejected.model_validate(
                {
                    "agent": rejected.agent,
                    "shard": self._shard,
                    "seq": self._seq,
                    "n": len(self._said),
                    "command": rejected.command,
                    "ticket": rejected.ticket,
                    "reason": rejected.reason,
                    "detail": rejected.detail,
                }
            ),
            cause=rejected.command,
        )

    def _reply(self, reply: ReplySent) -> None:
        identity = Identity.parse(reply.identity)
        headers: Headers = (
            ("channel", identity.channel.encode()),
            ("account", identity.account.encode()),
        )
        self._say(
            ReplyRequested(
                reply=reply.reply,
                ticket=reply.ticket.id,
                channel=identity.channel,
                account=identity.account,
                sender=identity.sender,
                text=reply.text,
                by="system" if reply.agent is None else "agent",
                agent=reply.agent,
                in_reply_to=_answered(reply.ticket),
            ),
            cause=reply.cause,
            correlation=reply.ticket.last_message,
            headers=headers,
        )

    def _join(self, desk: str, joined: TicketsMerged | TicketsSplit) -> None:
        fields: dict[str, object] = {
            "ticket": joined.ticket.id,
            "desk": desk,
            "agent": joined.agent,
            "shard": self._shard,
            "epoch": self._epoch,
            "seq": self._seq,
        }
        contract: type[Contract]
        if isinstance(joined, TicketsMerged):
            contract = TicketMerged
            fields |= {"into": joined.into.id, "due_at": utc(joined.into.due_at)}
        else:
            contract = TicketSplit
            fields |= {"split_from": joined.was_in.id, "due_at": utc(joined.ticket.due_at)}
        self._say_fields(contract, joined.ticket.id, fields, cause=joined.cause)

    def _page(self, desk: str, page: Paged) -> None:
        ticket = page.ticket
        self._say(
            OnCallPaged.model_validate(
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
                    "policy": self._policy,
                    "shard": self._shard,
                    "epoch": self._epoch,
                    "seq": self._seq,
                }
            ),
            correlation=ticket.last_message,
        )

    def _tell(self, story: _Story) -> None:
        ticket = story.ticket
        fields: dict[str, object] = {
            "ticket": ticket.id,
            "desk": story.desk,
            "customer": ticket.customer,
            "queue": ticket.requirement.queue,
            "channel": ticket.requirement.channel,
            "version": ticket.version + 1,
            "policy": self._policy,
            "shard": self._shard,
            "epoch": self._epoch,
            "seq": self._seq,
            "steps": [said(place, step) for place, step in story.steps],
        }
        self._say_fields(TicketChanged, ticket.id, fields, correlation=ticket.last_message)

    def _say_fields(
        self,
        contract: type[Contract],
        key: str,
        fields: dict[str, object],
        *,
        cause: str | None = None,
        correlation: str | None = None,
    ) -> None:
        """For what is said of every ticket: no model is made on the way to the wire."""
        value = encode_fields(
            contract, fields, id=self._next_id(), at=self._at, cause=cause, correlation=correlation
        )
        self._add(Outgoing(contract.TOPIC, key.encode(), value))

    def _next_id(self) -> str:
        """seq is never used twice, not even by another owner, so neither is the id."""
        return f"{self._shard}.{self._seq}.{len(self._said)}"

    def _say(
        self,
        data: Contract,
        *,
        cause: str | None = None,
        correlation: str | None = None,
        headers: Headers = (),
    ) -> None:
        event = wrap(
            data,
            id=self._next_id(),
            at=self._at,
            cause=cause,
            correlation=correlation,
        )
        self._add(outgoing(event, headers))

    def _add(self, record: Outgoing) -> None:
        # refused here, before the commit: after it there would be no way back
        check_size(record)
        self._said.append(record)
        self.size_bytes += len(record.value) + len(record.key)


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


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else utc(seconds)
