"""From the desk's effects to what is written and what is said.

One Outbox is one turn: it collects effects in order and yields the documents of the transaction
and the records to publish after it. `n` numbers what it says, so that an agent's client can order
cards by (seq, n).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from services.router.dealer import announcing, telling
from services.router.dealer.announcing import Commit
from services.router.dealer.doings import Doings
from services.router.dealer.saying import said
from services.router.domain.effects import (
    AgentShown,
    AgentStepped,
    CardGone,
    CardShown,
    Effect,
    Paged,
    Rejected,
    ReplySent,
    TicketLeft,
    TicketsMerged,
    TicketsSplit,
    TicketStepped,
)
from services.router.domain.ticket import Ticket
from services.router.ports import AgentWrite, Stamp, TicketWrite
from shared.contracts import Contract, wrap
from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.base import encode_fields
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.contracts.ticket_moved_v1 import TicketMoved
from shared.contracts.turn_recorded_v1 import AppliedRange, Overtaken, TurnRecorded
from shared.messaging.records import Headers, Outgoing, check_size, outgoing
from shared.privacy.status_link import NO_LINKS, StatusLinks
from shared.runtime.clock import utc


@dataclass(slots=True)
class _Story:
    """What happened to one ticket in this turn: its steps, each with its place among all."""

    desk: str
    ticket: Ticket
    steps: list[tuple[int, TicketStepped]] = field(default_factory=list)
    stamp: Stamp | None = None
    to_desk: str | None = None


class OneDesk(Protocol):
    """What is asked of a desk beside its effects."""

    def hand_of(self, agent_id: str) -> tuple[str, ...]: ...

    def is_discreet(self, ticket: Ticket) -> bool: ...


class Desks(Protocol):
    """Those of the shard."""

    def desk(self, name: str) -> OneDesk: ...


class Outbox:
    """Collects one turn of one shard. Times given as epoch seconds.

    desks: what is asked of them beside their effects. links: where customers see their tickets.
    """

    def __init__(
        self,
        *,
        shard: int,
        epoch: int,
        seq: int,
        now: float,
        policy: int,
        desks: Desks,
        links: StatusLinks = NO_LINKS,
    ) -> None:
        self._desks = desks
        self._links = links
        self._commit = Commit(shard, epoch, seq)
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
                    self._say(telling.agent_card(desk, effect, self._stamp()), cause=effect.cause)
                case Rejected():
                    self._say(telling.rejection(effect, self._stamp()), cause=effect.command)
                case ReplySent():
                    self._reply(effect)
                case TicketsMerged() | TicketsSplit():
                    self._join(desk, effect)
                case TicketLeft():
                    self._leave(desk, effect)
                case Paged():
                    self._page(desk, effect)

    def pass_on(self, record: Outgoing) -> None:
        """Add a record as it is: forwarded to another desk, or a dead letter."""
        self._add(record)

    def close(
        self,
        applied: tuple[AppliedRange, ...],
        doings: Doings,
        overtaken: tuple[Overtaken, ...] = (),
    ) -> None:
        """Add the tickets' stories and the turn's own record. Nothing is added afterwards."""
        for story in self._stories.values():
            self._tell(story)
        self._say(
            TurnRecorded(
                now=self._at,
                policy=self._policy,
                applied=applied,
                work=doings.work,
                quiet=doings.quiet or None,
                loaded_at=_time(doings.loaded_at),
                offers_from=_time(doings.offers_from),
                set_aside=doings.set_aside or None,
                **self._commit._asdict(),
                overtaken=overtaken or None,
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

    def left_for(self, ticket: str) -> str | None:
        """The desk that the ticket went to in this very turn."""
        story = self._stories.get(ticket)
        return None if story is None else story.to_desk

    def ticket_writes(self) -> tuple[TicketWrite, ...]:
        return tuple(
            TicketWrite(
                desk=story.desk,
                ticket=story.ticket,
                expected=story.ticket.version,
                policy=self._policy,
                stamp=story.stamp,
                to_desk=story.to_desk,
                discreet=self._desks.desk(story.desk).is_discreet(story.ticket),
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
        stamp = self._stamp()
        self._story(desk, shown.ticket).stamp = stamp
        fields = telling.card_shown(desk, shown, stamp)
        self._say_fields(
            AssignmentCard, shown.agent, fields, cause=shown.cause, correlation=shown.last_message
        )

    def _take_away(self, desk: str, gone: CardGone) -> None:
        fields = telling.card_gone(desk, gone, self._stamp())
        correlation = gone.ticket.last_message
        self._say_fields(
            AssignmentCard, gone.agent, fields, cause=gone.cause, correlation=correlation
        )

    def _agent_stepped(self, desk: str, stepped: AgentStepped) -> None:
        agent = stepped.agent
        self._agents[agent.id] = AgentWrite(desk=desk, agent=agent, expected=agent.version)
        hand = self._desks.desk(desk).hand_of(agent.id)
        self._say(announcing.agent_changed(desk, stepped, hand, self._commit))

    def _reply(self, reply: ReplySent) -> None:
        text = reply.text
        if reply.agent is None:
            text = self._links.fill(text, reply.ticket.id)
        requested = announcing.reply_requested(reply, text)
        headers: Headers = (
            ("channel", requested.channel.encode()),
            ("account", requested.account.encode()),
        )
        correlation = reply.ticket.last_message
        self._say(requested, cause=reply.cause, correlation=correlation, headers=headers)

    def _join(self, desk: str, joined: TicketsMerged | TicketsSplit) -> None:
        contract, fields = announcing.joined(desk, joined, self._commit)
        self._say_fields(contract, joined.ticket.id, fields, cause=joined.cause)

    def _leave(self, desk: str, left: TicketLeft) -> None:
        self._story(desk, left.ticket).to_desk = left.desk
        fields: dict[str, object] = {
            "ticket": left.ticket.id,
            "desk": left.desk,
            "from_desk": desk,
        }
        self._say_fields(TicketMoved, left.desk, fields, cause=left.cause)

    def _page(self, desk: str, page: Paged) -> None:
        paged = announcing.on_call_paged(desk, page, self._commit, policy=self._policy)
        self._say(paged, correlation=page.ticket.last_message)

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
            "steps": [said(place, step) for place, step in story.steps],
            **self._commit._asdict(),
        }
        self._say_fields(TicketChanged, ticket.id, fields, correlation=ticket.last_message)

    def _stamp(self) -> Stamp:
        """Of what is said next."""
        return Stamp(self._commit.shard, self._commit.seq, len(self._said))

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
        return f"{self._commit.shard}.{self._commit.seq}.{len(self._said)}"

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


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else utc(seconds)
