"""Where tickets wait: in the class of those who may take them for the present, until that changes
with time or with who is on shift."""

import math
from collections.abc import Mapping

from services.router.domain.fit import fit
from services.router.domain.lookout import Lookout
from services.router.domain.matching import Matcher
from services.router.domain.reach import EVERYBODY, ends_at, free_from, hosts_of, reach_of
from services.router.domain.rules import DeskRules
from services.router.domain.seat import Seat, channels_of
from services.router.domain.ticket import Ticket
from services.router.domain.timers import TimerKind, Timers


class WaitingRoom:
    """Puts tickets into the matcher's classes and takes them out."""

    def __init__(
        self,
        matcher: Matcher,
        lookout: Lookout,
        timers: Timers,
        *,
        tickets: Mapping[str, Ticket],
        seats: Mapping[str, Seat],
        rules: DeskRules,
    ) -> None:
        self._matcher = matcher
        self._lookout = lookout
        self._timers = timers
        self._tickets = tickets
        self._seats = seats
        self._sticky_seconds = rules.sticky_seconds
        self._guards = rules.guards
        self._hosted: dict[str, dict[str, None]] = {}

    def enter(self, ticket: Ticket, now: float) -> None:
        """It begins to wait, or waits on."""
        if ticket.requirement.stages or ticket.hosts or ticket.agent is not None:
            self._direct(ticket, now)
        elif ticket.reach is not EVERYBODY:  # its requirement had stages under another policy
            ticket.reach = EVERYBODY
        self._matcher.wait(ticket)
        self._lookout.enter(ticket)

    def leave(self, ticket: Ticket) -> None:
        """Call before the ticket changes."""
        self._lookout.leave(ticket)
        self._matcher.leave(ticket)
        if ticket.requirement.stages or ticket.reach.kept:
            ends = self.reach_ends(ticket)
            ticket.reach = EVERYBODY
            if ends < math.inf:
                self._timers.lapse(TimerKind.REACH)
        if ticket.hosts or ticket.agent is not None:
            self._forget_hosts(ticket)

    def reach_ends(self, ticket: Ticket) -> float:
        """When whom it reaches changes by itself, epoch seconds; infinite: never."""
        return ends_at(ticket, self._sticky_seconds)

    def revisit(self, ticket: Ticket, now: float) -> None:
        """See whom it reaches by now."""
        self.leave(ticket)
        self.enter(ticket, now)

    def revisit_hosted(self, agent: str, now: float) -> None:
        """See whom the tickets reach that may be kept for this agent, who has changed."""
        for ticket_id in tuple(self._hosted.get(agent, ())):
            self.revisit(self._tickets[ticket_id], now)

    def _direct(self, ticket: Ticket, now: float) -> None:
        def on_shift(agent: str, stage: int) -> bool:
            return self._on_shift(ticket, agent, stage)

        sticky_seconds = self._sticky_seconds
        ticket.reach = reach_of(ticket, sticky_seconds=sticky_seconds, now=now, on_shift=on_shift)
        ends = self.reach_ends(ticket)
        if ends < math.inf:
            self._timers.arm(TimerKind.REACH, ticket.id, ends)
        if now < free_from(ticket, sticky_seconds):
            for agent, _ in hosts_of(ticket, sticky_seconds):
                self._hosted.setdefault(agent, {})[ticket.id] = None

    def _forget_hosts(self, ticket: Ticket) -> None:
        for agent, _ in hosts_of(ticket, self._sticky_seconds):
            hosted = self._hosted.get(agent, {})
            hosted.pop(ticket.id, None)
            if not hosted:
                self._hosted.pop(agent, None)

    def _on_shift(self, ticket: Ticket, agent_id: str, stage: int) -> bool:
        """Whether the agent could take the ticket if they had a free slot."""
        seat = self._seats.get(agent_id)
        agent = seat.agent if seat is not None else None
        requirement = ticket.requirement
        return (
            seat is not None
            and agent is not None
            and seat.ready
            and not self._guards.closes(requirement.queue, seat.guard)
            and requirement.channel in channels_of(agent)
            and requirement.weight <= seat.capacity
            and fit(agent.skills, requirement, stage) is not None
            and agent_id not in ticket.barred
            and all(skipped != agent_id for skipped, _ in ticket.skipped)
        )
