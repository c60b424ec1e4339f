"""Every ticket in its place: a queue, a hand, or neither. All moves between them go through here,
so that queues, loads, counters and timers cannot disagree with the tickets."""

from collections.abc import Iterator
from sys import intern

from services.router.domain import endings
from services.router.domain.agent import Agent
from services.router.domain.census import Census
from services.router.domain.clocks import Clocks
from services.router.domain.events import CustomerProfiled
from services.router.domain.ladder import escalate_at, with_done, with_past_done
from services.router.domain.lookout import Lookout
from services.router.domain.matching import Matcher
from services.router.domain.protection import NOBODY_READY, NOT_TAKEN, page_at
from services.router.domain.revision import hold_clocks, hosts_by, renew, treat
from services.router.domain.rota import Rota
from services.router.domain.rules import DeskRules
from services.router.domain.seat import Seat
from services.router.domain.ticket import IN_HAND, OPEN, Ticket, TicketState
from services.router.domain.timers import TimerKind, Timers
from services.router.domain.waiting_room import WaitingRoom

_WAITING = TicketState.WAITING_CUSTOMER


class Books:
    """tickets: all in memory. over: ids of those closed or abandoned, to be forgotten."""

    def __init__(self, rules: DeskRules) -> None:
        self.rules = rules
        self.tickets: dict[str, Ticket] = {}
        self.over: dict[str, None] = {}
        self.silence: dict[str, float] = {}
        self.census = Census()
        self.timers = Timers(self._is_live)
        self.rota = Rota()
        self._seats: dict[str, Seat] = {}
        self.matcher = Matcher(self.tickets, self._seats, rules)
        self.lookout = Lookout(self.matcher, rules.protected)
        self.room = WaitingRoom(
            self.matcher,
            self.lookout,
            self.timers,
            tickets=self.tickets,
            seats=self._seats,
            rules=rules,
        )

    def seat(self, agent_id: str) -> Seat | None:
        return self._seats.get(agent_id)

    def agents(self) -> Iterator[Agent]:
        return (seat.agent for seat in self._seats.values() if seat.agent is not None)

    def seat_of(self, agent_id: str) -> Seat:
        """Also for an agent whose tickets are known before they are."""
        seat = self._seats.get(agent_id)
        if seat is None:
            seat = self._seats[agent_id] = Seat(
                agent_id, waiting_share=self.rules.waiting_share, kinds=self.matcher.pools.kinds
            )
        return seat

    def place(self, seat: Seat, now: float) -> None:
        """An agent is new, or their profile, state, shift, channels or presence changed."""
        if seat.agent is not None:
            self._rate(seat, seat.agent, now)
        self.matcher.place(seat)
        self.room.revisit_hosted(seat.id, now)
        self.lookout.doubt()

    def _rate(self, seat: Seat, agent: Agent, now: float) -> None:
        """How much of what they may be dealt by now, and when that changes by itself."""
        seat.guard, until = self.rules.guards.duty(agent.shifts, now)
        seat.capacity = agent.capacity_at(now, new_share=self.rules.new_hire_share)
        self.rota.note(seat.id, min(until, agent.new_until) if now < agent.new_until else until)

    def enter(self, ticket: Ticket, now: float) -> None:
        """Take in a ticket from the store, in whatever state it is."""
        ticket.brand, ticket.lang = intern(ticket.brand), intern(ticket.lang)
        ticket.topic, ticket.tier = intern(ticket.topic), intern(ticket.tier)
        ticket.moved_to = intern(ticket.moved_to)
        self.tickets[ticket.id] = ticket
        if ticket.state in IN_HAND and ticket.agent is not None:
            self._take_up(ticket, ticket.agent)
        if ticket.gone_at:
            self._arm_grace(ticket)
        for _, until in ticket.skipped:
            self.timers.arm(TimerKind.SKIP, ticket.id, until)
        self._settle(ticket, now)

    def begin(self, task: Ticket, now: float) -> None:
        """Take in a task that is opened now."""
        treat(task, self.rules)
        self._set_alarms(task, now)
        self.enter(task, now)

    def move(
        self,
        ticket: Ticket,
        state: TicketState,
        *,
        agent: str | None,
        now: float,
        until: float = 0.0,
        nudge_at: float = 0.0,
        kept_until: float = 0.0,
        lead_at: float = 0.0,
    ) -> None:
        """Change a ticket's state, and who has it, with all that follows. lead_at: when a team lead
        is told unless the agent who accepted it has answered; 0: never, or done."""
        self._unsettle(ticket)
        before, holder = ticket.state, ticket.agent
        ticket.state, ticket.agent = state, agent
        ticket.until, ticket.nudge_at, ticket.kept_until = until, nudge_at, kept_until
        if TicketState.ACCEPTED in (before, state):
            ticket.page_at = lead_at
        self._set_alarms(ticket, now)
        if ticket.clocks:
            hold_clocks(ticket, self.rules, before=before, now=now)
        if holder is not None and before in IN_HAND:
            self._hold_on(ticket, self.seat_of(holder), before, now)
        elif agent is not None and state in IN_HAND:
            self._touch(self.seat_of(agent), now)
            self._take_up(ticket, agent)
        self._settle(ticket, now)

    def divert(self, ticket: Ticket, queue: str, now: float) -> None:
        """To be treated as one of this queue from now on. Of one that waits, what else follows from
        the queue follows by the `move` after it."""
        waits = ticket.state is TicketState.QUEUED
        if waits:
            self.room.leave(ticket)
        self.census.remove(ticket)
        endings.lapse_clocks(self.timers, ticket)
        ticket.moved_to = queue
        treat(ticket, self.rules)
        ticket.climbed = with_past_done(ticket, self.rules.escalations, now=now)
        endings.arm_clocks(self.timers, ticket)
        self.census.add(ticket)
        if waits:
            self.room.enter(ticket, now)

    def climb(self, ticket: Ticket, queue: str, done: int, *, to: str, now: float) -> None:
        """So many steps of this queue are done while it waits. to: where the last one moves it on;
        empty: nowhere."""
        self._unsettle(ticket)
        ticket.climbed = with_done(ticket.climbed, queue, done)
        if to:
            ticket.moved_to = to
            treat(ticket, self.rules)
        self._set_alarms(ticket, now)
        self._settle(ticket, now)

    def profile(self, ticket: Ticket, event: CustomerProfiled, now: float) -> None:
        """To be treated by this profile of its customer from now on, also while it waits."""
        waits = ticket.state is TicketState.QUEUED
        if waits:
            self.room.leave(ticket)
        self.census.remove(ticket)
        endings.lapse_clocks(self.timers, ticket)
        ticket.profile, ticket.tier = event.version, intern(event.tier)
        ticket.hosts = hosts_by(self.rules, event.hosts)
        treat(ticket, self.rules)
        if ticket.clocks:
            hold_clocks(ticket, self.rules, before=ticket.state, now=now)
        endings.arm_clocks(self.timers, ticket)
        self.census.add(ticket)
        if waits:
            self.room.enter(ticket, now)

    def renew(self, ticket: Ticket, *, at: float) -> None:
        """A new wait for an answer begins. Not while it waits in the queue."""
        self.census.remove(ticket)
        endings.lapse_clocks(self.timers, ticket)
        renew(ticket, self.rules, at=at)
        endings.arm_clocks(self.timers, ticket)
        self.census.add(ticket)

    def set_clocks(self, ticket: Ticket, clocks: Clocks) -> None:
        """Something was told of them, or they came and went with a part."""
        endings.lapse_clocks(self.timers, ticket)
        ticket.clocks = clocks
        endings.arm_clocks(self.timers, ticket)

    def note_page(self, ticket: Ticket, reason: str) -> None:
        """Somebody on call is told of it: for this reason never again."""
        ticket.paged = (*ticket.paged, reason)
        if reason == NOBODY_READY:
            self.lookout.leave(ticket)
        if reason == NOT_TAKEN:
            self.timers.lapse(TimerKind.PAGE)
            ticket.page_at = 0.0

    def mark_gone(self, ticket: Ticket, at: float) -> None:
        """The agent who has it lost connection."""
        ticket.gone_at = at
        self._arm_grace(ticket)

    def mark_back(self, ticket: Ticket) -> None:
        if ticket.gone_at:
            ticket.gone_at = 0.0
            self.timers.lapse(TimerKind.GRACE)

    def skip(self, ticket: Ticket, agent: str, until: float) -> None:
        """Do not offer this ticket to this agent until then. Not while it waits."""
        self.end_skip(ticket, agent)
        ticket.skipped = (*ticket.skipped, (agent, until))
        self.timers.arm(TimerKind.SKIP, ticket.id, until)

    def end_skip(self, ticket: Ticket, agent: str) -> None:
        """It may be offered to this agent again. Not while it waits."""
        others = tuple(pair for pair in ticket.skipped if pair[0] != agent)
        if len(others) < len(ticket.skipped):
            self.timers.lapse(TimerKind.SKIP)
        ticket.skipped = others

    def end_skips(self, ticket: Ticket, now: float) -> None:
        """Drop what of its skip list is over."""
        waits = ticket.state is TicketState.QUEUED
        if waits:
            self.room.leave(ticket)
        kept = tuple(pair for pair in ticket.skipped if pair[1] > now)
        for _ in range(len(ticket.skipped) - len(kept)):
            self.timers.lapse(TimerKind.SKIP)
        ticket.skipped = kept
        if waits:
            self.room.enter(ticket, now)

    def let_go(self, ticket: Ticket) -> None:
        """A ticket that waits is another desk's from now on."""
        self._unsettle(ticket)
        for _ in ticket.skipped:
            self.timers.lapse(TimerKind.SKIP)
        del self.tickets[ticket.id]

    def forget_over(self) -> None:
        """Let go of the tickets that are closed or abandoned and still are."""
        for ticket_id in self.over:
            ticket = self.tickets.pop(ticket_id)
            self.census.remove(ticket)
            for _ in ticket.skipped:
                self.timers.lapse(TimerKind.SKIP)
        self.over.clear()

    def _set_alarms(self, ticket: Ticket, now: float) -> None:
        ticket.page_at = page_at(ticket, self.rules.protected, since=now)
        ticket.escalate_at = escalate_at(ticket, self.rules.escalations)

    def _unsettle(self, ticket: Ticket) -> None:
        self.census.remove(ticket)
        endings.lapse(self.timers, ticket)
        if ticket.state is TicketState.QUEUED:
            self.room.leave(ticket)
        self.over.pop(ticket.id, None)

    def _settle(self, ticket: Ticket, now: float) -> None:
        self.census.add(ticket)
        endings.arm(self.timers, ticket)
        if ticket.state is TicketState.QUEUED:
            self.room.enter(ticket, now)
        elif ticket.state not in OPEN:
            self.over[ticket.id] = None

    def _take_up(self, ticket: Ticket, agent_id: str) -> None:
        seat = self.seat_of(agent_id)
        seat.pick_up(ticket)
        self.matcher.reload(seat, freed=False)

    def _hold_on(self, ticket: Ticket, seat: Seat, before: TicketState, now: float) -> None:
        """What was in hand stays there, perhaps with another weight, or is laid down."""
        if ticket.state not in IN_HAND:
            self._lay_down(ticket, seat, now)
        elif _WAITING in (before, ticket.state):
            load = seat.load
            seat.weigh()
            self.matcher.reload(seat, freed=seat.load < load)

    def _lay_down(self, ticket: Ticket, seat: Seat, now: float) -> None:
        self.mark_back(ticket)
        self._touch(seat, now)
        seat.put_down(ticket)
        self.matcher.reload(seat, freed=True)

    def _touch(self, seat: Seat, now: float) -> None:
        if seat.agent is not None:
            seat.agent.idle_since = now

    def _arm_grace(self, ticket: Ticket) -> None:
        self.timers.arm(TimerKind.GRACE, ticket.id, ticket.gone_at + self.rules.grace_seconds)

    def _is_live(self, kind: TimerKind, key: str, when: float) -> bool:
        if kind is TimerKind.SILENCE:
            return self.silence.get(key) == when
        ticket = self.tickets.get(key)
        if ticket is None:
            return False
        if kind is TimerKind.REACH:
            return ticket.state is TicketState.QUEUED and self.room.reach_ends(ticket) == when
        return endings.stands(kind, ticket, when, grace_seconds=self.rules.grace_seconds)
