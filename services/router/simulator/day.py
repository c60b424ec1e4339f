"""What happens on a day, in virtual time.

The desk is told what customers and agents do, as the dealer would tell it, and acts by its own
rules; nothing of its insides is known here.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from services.router.domain.desk import Desk
from services.router.domain.effects import Effect, TicketStepped
from services.router.domain.events import (
    Accept,
    Decline,
    DeskEvent,
    EntryAdded,
    FinishWrapUp,
    Resolve,
)
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import TicketState
from services.router.simulator.admission import Admission, ticket_of
from services.router.simulator.clock import Clock
from services.router.simulator.crew import Crew
from services.router.simulator.customers import Customers, Visit
from services.router.simulator.habits import Habits, after_work, answer
from services.router.simulator.outcome import Outcome
from services.router.simulator.trace import Arrival, Shift

_EFFECTS_A_TICK: Final = 500


class Day:
    """One desk, its agents and its customers; see `run`."""

    def __init__(
        self,
        arrivals: Iterable[Arrival],
        shifts: Iterable[Shift],
        rules: DeskRules,
        *,
        seed: int,
        habits: Mapping[str, Habits],
        admit: Admission,
        start: float,
    ) -> None:
        # nobody reopens and no socket breaks here: closed at once, a ticket costs no memory;
        # nor does anybody write between taking a ticket and resolving it
        rules = replace(
            rules,
            reopen_seconds=0.0,
            silence_seconds=math.inf,
            agent_nudge_seconds=0.0,
            agent_lead_seconds=0.0,
            agent_silence_seconds=0.0,
            elsewhere={},  # there is no other desk to move on to
            missed_most=0,  # who ignores an offer is at their screen all the same
        )
        self._desk = Desk(rules)
        self._auto = rules.auto_accept
        self._seed = seed
        self._admit = admit
        self._start = self._now = start
        self._clock = Clock()
        self._visits: dict[str, Visit] = {}
        self._over: list[Visit] = []
        self._crew = Crew(shifts, habits, clock=self._clock, start=start, on_done=self._on_handled)
        self._customers = Customers(
            arrivals, clock=self._clock, start=start, on_visit=self._on_visit
        )
        self._heed: Mapping[str, Callable[[Visit, TicketStepped], None]] = {
            "dealt": self._on_dealt,
            "accepted": self._on_accepted,
            "resolved": self._on_resolved,
            "wrap_up_ended": self._on_freed,
            "abandoned": self._on_abandoned,
        }

    def outcomes(self, until: float) -> Iterator[Outcome]:
        for agent in self._crew.agents():
            self._desk.adopt_agent(agent, now=self._start)
        self._crew.plan(self._tell)
        self._customers.expect_next()
        while (now := self._next()) <= until and now < math.inf:
            self._advance(now)
            while self._over:
                yield self._over.pop().outcome(self._start)
        for visit in self._visits.values():
            yield visit.outcome(self._start)

    def _next(self) -> float:
        wakeup = self._desk.next_wakeup()
        planned = self._clock.next()
        return planned if wakeup is None else min(planned, wakeup)

    def _advance(self, now: float) -> None:
        """What is planned for this instant happens, and the desk draws its consequences."""
        self._now = now
        if self._clock.next() <= now:
            self._clock.happen()
        while self._desk.pending(now=now):
            self._note(self._desk.tick(now=now, limit=_EFFECTS_A_TICK))

    def _tell(self, event: DeskEvent) -> None:
        self._note(self._desk.apply(event, now=self._now))

    def _note(self, effects: list[Effect]) -> None:
        for effect in effects:
            if type(effect) is TicketStepped and (heed := self._heed.get(effect.on)) is not None:
                heed(self._visits[effect.ticket.id], effect)

    def _on_visit(self, visit: Visit) -> None:
        now = self._now
        requirement, due_at = self._admit(visit.arrival, now)
        ticket = ticket_of(
            visit.arrival, id=visit.ticket, requirement=requirement, due_at=due_at, now=now
        )
        self._visits[visit.ticket] = visit
        self._note(self._desk.adopt_ticket(ticket, now=now))
        if visit.patience < math.inf:
            self._clock.at(now + visit.patience, self._on_impatient, visit)

    def _on_impatient(self, visit: Visit) -> None:
        if visit.taken_at is None:
            ticket, now = visit.ticket, self._now
            self._tell(EntryAdded("left", ticket, ticket, "left", 0, 1, now, ticket, False))

    def _on_dealt(self, visit: Visit, step: TicketStepped) -> None:
        agent, assignment = step.agent, step.assignment
        if visit.arrival.channel in self._auto or agent is None or assignment is None:
            return
        given = answer(
            self._crew.habits_of(agent),
            seed=self._seed,
            ticket=visit.ticket,
            agent=agent,
            nth=assignment,
        )
        if given.accepts is None:
            return
        command: DeskEvent = (
            Accept("accept", agent, visit.ticket, assignment)
            if given.accepts
            else Decline("decline", agent, visit.ticket, assignment, None)
        )
        # rejected by the desk should the offer be gone by then
        self._clock.at(self._now + given.after, self._tell, command)

    def _on_accepted(self, visit: Visit, step: TicketStepped) -> None:
        assert step.agent is not None
        visit.taken_at, visit.agent = self._now, step.agent
        hands = self._crew.hands_of(step.agent)
        hands.take(visit.ticket, handling=visit.arrival.handling, now=self._now)

    def _on_handled(self, ticket_id: str, when: float) -> None:
        ticket = self._desk.ticket(ticket_id)
        assert ticket is not None
        assert ticket.agent is not None
        self._visits[ticket_id].done_at = when
        self._tell(Resolve("done", ticket.agent, ticket_id, ticket.assignment, ticket.last_message))

    def _on_resolved(self, visit: Visit, step: TicketStepped) -> None:
        if step.after is not TicketState.WRAP_UP:
            self._on_freed(visit, step)
            return
        assert step.agent is not None
        assert step.assignment is not None
        habits = self._crew.habits_of(step.agent)
        seconds = after_work(habits, seed=self._seed, ticket=visit.ticket, agent=step.agent)
        if seconds is not None:
            command = FinishWrapUp("finish", step.agent, visit.ticket, step.assignment)
            self._clock.at(self._now + seconds, self._tell, command)

    def _on_freed(self, visit: Visit, _step: TicketStepped) -> None:
        visit.freed_at = self._now
        self._over.append(self._visits.pop(visit.ticket))

    def _on_abandoned(self, visit: Visit, _step: TicketStepped) -> None:
        visit.left_at = self._now
        self._over.append(self._visits.pop(visit.ticket))
        self._customers.expect_again(visit, now=self._now)
