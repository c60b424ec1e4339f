"""A desk and its twin, who hear the same, and what is known of them by what they said."""

import math
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from services.router.domain.agent import Agent, AgentState
from services.router.domain.clocks import MISSED, WARNED, Clock
from services.router.domain.desk import Desk
from services.router.domain.effects import Effect, Paged, ReplySent, TicketStepped
from services.router.domain.events import AgentProfiled, DeskEvent, PresenceReported, SetState
from services.router.domain.protection import NOBODY_READY
from services.router.domain.revision import kind_of
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import IN_HAND, SETTLED, Ticket, TicketState
from tests.property.desk_climbs import Climbs, Treating
from tests.property.desk_oracle import Oracle, capacity_of, closed
from tests.property.desk_silences import Silences
from tests.property.desk_strategies import (
    AGENTS,
    MANY,
    NOON,
    PROTECTED,
    channel_sets,
    rules,
    skills,
)
from tests.property.desk_tasks import Ties


class DeskWorld(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.store: dict[str, Ticket] = {}
        self.ages: dict[str, tuple[float, float]] = {}
        self.passed: dict[tuple[str, str | None], float] = {}
        self.entries: dict[str, int] = {}
        self.answered: set[str] = set()
        self.laws: dict[str, Clock] = {}
        self.picks: dict[str, list[float]] = {agent: [] for agent in AGENTS}
        self.decided: dict[str, set[str]] = {}
        self.reviewed: dict[str, set[str]] = {}
        self.count = 0

    @initialize(
        chosen=rules, profiles=st.lists(st.tuples(skills, channel_sets), min_size=5, max_size=5)
    )
    def everybody_comes_in(
        self, chosen: DeskRules, profiles: list[tuple[dict[str, int], frozenset[str]]]
    ) -> None:
        self.treating = Treating()
        if chosen.escalations:  # whatever moves a ticket asks what becomes of it
            chosen = replace(chosen, treat=self.treating.treat)
        self.chosen = chosen
        self.climbs = Climbs(chosen.escalations)
        self.ties = Ties()
        self.silences = Silences(chosen)
        self.oracle = Oracle(chosen)
        self.desk, self.twin = Desk(chosen), Desk(chosen)
        for name, (levels, channels) in zip(AGENTS, profiles, strict=True):
            self.tell(AgentProfiled("e", name, name, levels, channels, 1.0, True))
            self.tell(SetState("e", name, AgentState.READY, None, None))
        self.tell(PresenceReported("e", "n0", frozenset(AGENTS), 5.0))

    def in_hand(self) -> list[Ticket]:
        return [ticket for ticket in self.desk.tickets() if ticket.state in IN_HAND]

    def whole_of(self, name: str) -> Ticket:
        """The ticket that an entry to this one concerns."""
        ticket = self.desk.ticket(name)
        assert ticket is not None
        whole = self.desk.ticket(ticket.bond.merged_into)
        return whole if whole is not None and self.is_part(name, whole) else ticket

    def something_is_due(self) -> bool:
        """Whom tickets reach, and what agents may be dealt, is as of the last tick till then."""
        wakeup = self.desk.next_wakeup()
        return wakeup is not None and wakeup <= self.now

    def waiting(self) -> list[Ticket]:
        waiting = (each for each in self.desk.tickets() if each.state is TicketState.QUEUED)
        return sorted(waiting, key=lambda each: each.id)

    def agent(self, name: str) -> Agent:
        agent = self.desk.agent(name)
        assert agent is not None
        return agent

    def is_part(self, name: str, whole: Ticket) -> bool:
        part = self.desk.ticket(name)
        return (
            part is not None
            and part.state is TicketState.RESOLVED
            and part.bond.merged_into == whole.id
        )

    def adopt(self, ticket: Ticket) -> None:
        other = deepcopy(ticket)
        self.ages.setdefault(ticket.id, (ticket.queued_at, ticket.due_at))
        self.entries.setdefault(ticket.id, ticket.entries)
        effects = self.desk.adopt_ticket(ticket, now=self.now)
        assert effects == self.twin.adopt_ticket(other, now=self.now)
        self.climbs.note(effects, self.now)
        self.store[ticket.id] = ticket

    def tell(self, event: DeskEvent) -> list[Effect]:
        effects = self.desk.apply(event, now=self.now)
        assert effects == self.twin.apply(event, now=self.now)
        self.note(effects)
        return effects

    def settle(self) -> None:
        for _ in self.until_it_rests(self.desk):
            expected = self.oracle.next_deal(self.desk, self.now)
            effects = self.desk.tick(now=self.now, limit=1)
            self.note(effects)
            match effects:
                case [TicketStepped(on="dealt") as step, *_]:
                    assert step.decision is not None
                    best = [candidate.agent for candidate in step.decision.best]
                    assert expected is not None
                    assert (step.ticket.id, best) == (expected.ticket, expected.best)
                    assert step.agent == best[0]
                    self.oracle.credits = expected.credits
                    self.check_room(step.ticket, step.agent)
                    self.check_needs(step.ticket, step.agent)
                    self.check_shift(step.ticket, step.agent)
        self.settle_twin()
        self.check_nothing_waits_in_vain()

    def until_it_rests(self, desk: Desk) -> Iterator[int]:
        """Once for each tick it asks for; nothing may keep it busy for ever."""
        for tick in range(MANY):
            if not desk.pending(now=self.now):
                return
            yield tick
        raise AssertionError("the desk does not come to rest")

    def settle_twin(self) -> None:
        """The same end, whatever the size of its ticks."""
        for _ in self.until_it_rests(self.twin):
            self.twin.tick(now=self.now, limit=7)
        assert tickets_of(self.twin) == tickets_of(self.desk)
        assert agents_of(self.twin) == agents_of(self.desk)

    def check_room(self, ticket: Ticket, agent: str | None) -> None:
        """Of what was dealt now; what can be interrupted may lie beside it."""
        dealt_to = self.desk.agent(agent or "")
        assert dealt_to is not None
        loose = self.oracle.interruptible(ticket)
        load = self.oracle.load(self.desk, dealt_to.id, loose=loose)
        assert load <= capacity_of(dealt_to, self.now) + 1e-9

    def check_needs(self, ticket: Ticket, agent: str | None) -> None:
        """Whatever falls with time, this does not."""
        dealt_to = self.desk.agent(agent or "")
        assert dealt_to is not None
        for need in ticket.requirement.needs:
            assert dealt_to.skills.get(need.skill, 0) >= need.level or not need.hard

    def check_shift(self, ticket: Ticket, agent: str | None) -> None:
        """Nobody is dealt a ticket outside of their shift, nor in the guard before its end."""
        dealt_to = self.desk.agent(agent or "")
        assert dealt_to is not None
        assert not closed(self.chosen.guards, ticket.requirement.queue, dealt_to, self.now)

    def check_nothing_waits_in_vain(self) -> None:
        for ticket in self.desk.tickets():
            if ticket.state is TicketState.QUEUED:
                for agent in self.desk.agents():
                    assert not self.oracle.eligible(self.desk, ticket, agent, self.now)
                told = not protected(ticket) or NOBODY_READY in ticket.paged
                assert told or self.somebody_is_there(ticket)
                assert (self.climbs.due_at(ticket) or math.inf) > self.now
            assert not 0 < self.silences.lead_at(ticket) <= self.now
            if ticket.state not in SETTLED:
                assert all(clock.told == told_by(clock, self.now) for clock in ticket.clocks)

    def somebody_is_there(self, ticket: Ticket) -> bool:
        agents = self.desk.agents()
        return any(self.oracle.on_duty(ticket, agent, self.now) for agent in agents)

    def forget(self) -> None:
        for desk in (self.desk, self.twin):
            assert desk.tick(now=self.now, limit=1) == []

    def note(self, effects: list[Effect]) -> None:
        self.climbs.note(effects, self.now)
        self.ties.note(effects, self.now)
        self.silences.note(effects, self.now)
        for effect in effects:
            if isinstance(effect, TicketStepped):
                self.note_task(effect)
                self.note_age(effect)
                self.note_decision(effect)
                self.note_offer(effect)
            if isinstance(effect, Paged) and effect.who is None:
                self.note_page(effect, effects)

    def note_page(self, page: Paged, effects: list[Effect]) -> None:
        """Never in vain, and never twice; who is told that nobody is there is told once."""
        ticket, told = page.ticket, any(isinstance(each, ReplySent) for each in effects)
        assert len(set(ticket.paged)) == len(ticket.paged)
        if page.reason.startswith("clock_"):
            assert any(clock.told == told_by(clock, self.now) for clock in ticket.clocks)
            return
        assert protected(ticket)
        assert told == (page.reason == NOBODY_READY)
        if page.reason == NOBODY_READY:
            assert not self.somebody_is_there(ticket)
        else:
            assert ticket.state in {TicketState.QUEUED, TicketState.OFFERED}
            assert self.now - ticket.opened_at >= PROTECTED["phone"].page_seconds

    def note_task(self, step: TicketStepped) -> None:
        """What begins with it, and who it passes by for a while."""
        task = step.ticket
        if step.on == "opened" and task.tasks.parent:
            self.ages[task.id] = (task.queued_at, task.due_at)
            self.entries[task.id] = task.entries
            self.passed[task.id, step.agent] = step.at
            for past in (self.decided, self.reviewed):
                past[task.id] = set(past.get(task.tasks.parent, ()))

    def note_age(self, step: TicketStepped) -> None:
        """A reopened ticket begins a new wait, and so does a question after an answer; nothing else
        may change its age. In another queue it has another deadline, from the same beginning."""
        ticket = step.ticket
        handed = step.handing is not None and step.handing.to_queue and step.on != "task_opened"
        if self.chosen.treat is not None and handed:
            queued_at, _ = self.ages[ticket.id]
            treatment = self.chosen.treat(kind_of(ticket))
            self.ages[ticket.id] = (queued_at, treatment.due_at(queued_at))
        if step.on == "replied":
            self.answered.add(ticket.id)
        again = step.on == "entry_added" and step.timing is not None
        assert not again or ticket.id in self.answered
        if step.on == "merged" and step.before is not TicketState.WRAP_UP:
            self.note_question_merged(step)
        if again or (step.on == "reopened" and step.after is TicketState.QUEUED):
            self.answered.discard(ticket.id)
            old = self.ages[ticket.id]
            assert ticket.due_at - ticket.queued_at == old[1] - old[0]
            self.ages[ticket.id] = (ticket.queued_at, ticket.due_at)

    def note_question_merged(self, step: TicketStepped) -> None:
        """What had an answer waits anew, since when the question did that became part of it."""
        part, joining = step.ticket, step.joining
        assert joining is not None
        if joining.other in self.answered and part.id not in self.answered:
            self.answered.discard(joining.other)
            old = self.ages[joining.other]
            self.ages[joining.other] = (part.queued_at, part.queued_at + old[1] - old[0])
            self.silences.asked(joining.other, self.now)

    def note_decision(self, step: TicketStepped) -> None:
        """Who answered or resolved it decided it; so did who decided what became one with it."""
        name, agent = step.ticket.id, step.agent
        if step.on in {"replied", "resolved", "escalated"}:
            assert agent is not None
            self.decided.setdefault(name, set()).add(agent)
        if step.on == "escalated":
            self.reviewed[name] = set(self.decided[name])
        if step.on in {"merged_in", "split_off"}:
            assert step.joining is not None
            for past in (self.decided, self.reviewed):
                past.setdefault(name, set()).update(past.get(step.joining.other, ()))

    def note_offer(self, step: TicketStepped) -> None:
        """Who let an offer pass is not offered the ticket again for a while."""
        offer = (step.ticket.id, step.agent)
        if step.handing is not None:
            self.passed.pop((step.ticket.id, step.handing.to_agent), None)
        if step.on in {"declined", "offer_expired", "agent_silent", "transferred"}:
            self.passed[offer] = step.at
        elif step.on == "dealt":
            assert step.agent not in self.reviewed.get(step.ticket.id, set())
            assert step.at >= self.passed.get(offer, -math.inf) + self.chosen.skip_seconds


def told_by(clock: Clock, now: float) -> int:
    """What is to be told of a clock by now."""
    return MISSED if clock.due_at <= now else WARNED if clock.warn_at <= now else 0


def protected(ticket: Ticket) -> bool:
    return ticket.requirement.queue in PROTECTED


def parts_of(ticket: Ticket) -> list[str]:
    return [part for part, _ in ticket.bond.merged]


def tickets_of(desk: Desk) -> dict[str, Ticket]:
    """All but those a take-over would not load, however the two stand with forgetting them."""
    over = (TicketState.CLOSED, TicketState.ABANDONED)
    return {t.id: replace(t, version=0) for t in desk.tickets() if t.state not in over}


def agents_of(desk: Desk) -> dict[str, Agent]:
    return {agent.id: agent for agent in desk.agents()}
