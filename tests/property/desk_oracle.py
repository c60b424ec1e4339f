"""The routing rules again, by brute force: every ticket against every agent."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from services.router.domain.agent import Agent, AgentState
from services.router.domain.desk import Desk
from services.router.domain.requirement import Need, Requirement
from services.router.domain.reserve import Reserve
from services.router.domain.rules import DeskRules
from services.router.domain.shifts import Guards
from services.router.domain.ticket import IN_HAND, Ticket, TicketState

QUEUES = ("q", "phone")

NEW_SHARE = 0.5
"""Of the capacity of somebody new."""

WAITING_SHARE = 0.25
"""Of the weight of a ticket in hand that waits for the customer."""

Capability = tuple[tuple[tuple[str, int], ...], frozenset[str], float, float, bool]
"""(skills, channels, capacity, how many queues are open to them, for what can be interrupted)"""


def hand_of(desk: Desk, agent: str) -> list[Ticket]:
    return [t for t in desk.tickets() if t.state in IN_HAND and t.agent == agent]


def load_of(desk: Desk, agent: str, *, aside: frozenset[str] = frozenset()) -> float:
    """Weight in hand, but for tickets of the channels `aside`."""
    return math.fsum(
        ticket.requirement.weight
        * (WAITING_SHARE if ticket.state is TicketState.WAITING_CUSTOMER else 1.0)
        for ticket in hand_of(desk, agent)
        if ticket.requirement.channel not in aside
    )


def ready(agent: Agent) -> bool:
    return agent.active and agent.state is AgentState.READY and bool(agent.notifiers)


def capacity_of(agent: Agent, now: float) -> float:
    """A share while they are new, and a whole slot at least."""
    share = NEW_SHARE if now < agent.new_until else 1.0
    return max(agent.capacity * share, min(agent.capacity, 1.0))


def closed(guards: Guards, queue: str, agent: Agent, now: float) -> bool:
    """Whether their shift, or the guard before its end, keeps tickets of the queue from them."""
    ends = (ends for begins, ends in agent.shifts or () if begins <= now < ends)
    left = next(ends, -math.inf) - now
    return agent.shifts is not None and left <= guards.of(queue)


def channels(agent: Agent) -> frozenset[str]:
    return agent.channels if agent.ready_channels is None else agent.channels & agent.ready_channels


def has(agent: Agent, needs: tuple[Need, ...]) -> bool:
    return all(agent.skills.get(need.skill, 0) >= need.level for need in needs if need.hard)


def ways(requirement: Requirement, waited: float) -> list[tuple[int, int, tuple[Need, ...]]]:
    """(stage, place there, needs) of all that will do by now, the best first."""
    if not requirement.stages:
        return [(0, 0, ())]
    return [
        (number, place, way)
        for number, stage in enumerate(requirement.stages)
        if number == 0 or stage.after <= waited
        for place, way in enumerate(stage.ways)
    ]


class Expected(NamedTuple):
    """A deal: of which ticket, to whom (the best three), and the accounts after it."""

    ticket: str
    best: list[str]
    credits: dict[Capability, float]


@dataclass
class Oracle:
    """credits: what late tickets have saved up, by the capability of the agents who serve them."""

    rules: DeskRules
    credits: dict[Capability, float] = field(default_factory=dict)

    def interruptible(self, ticket: Ticket) -> bool:
        return ticket.requirement.channel in self.rules.interruptible

    def load(self, desk: Desk, agent: str, *, loose: bool) -> float:
        """What stands in the way of work, loose: that can be interrupted."""
        return load_of(desk, agent, aside=frozenset() if loose else self.rules.interruptible)

    def skilled(self, ticket: Ticket, agent: Agent, now: float) -> bool:
        """Whether they could ever be dealt the ticket as they are, with their hands empty."""
        need = ticket.requirement
        waited = now - ticket.queued_at
        return (
            ready(agent)
            and not closed(self.rules.guards, need.queue, agent, now)
            and need.channel in channels(agent)
            and has(agent, need.needs)
            and any(has(agent, way) for _, _, way in ways(need, waited))
            and agent.id not in ticket.barred
            and all(name != agent.id or until <= now for name, until in ticket.skipped)
        )

    def willing(self, ticket: Ticket, agent: Agent, now: float) -> bool:
        """Whether they could be dealt it if their hands were empty."""
        weight = ticket.requirement.weight
        return weight <= capacity_of(agent, now) and self.skilled(ticket, agent, now)

    def on_duty(self, ticket: Ticket, agent: Agent, now: float) -> bool:
        """Whether they are there for it, though perhaps busy, or passed over for a while."""
        return self.willing(replace(ticket, skipped=()), agent, now)

    def eligible(self, desk: Desk, ticket: Ticket, agent: Agent, now: float) -> bool:
        if not self.able(desk, ticket, agent, now):
            return False
        kept = self.kept(desk, ticket, now)
        return bool(kept) or self.withheld_by(desk, ticket, agent, now) is None

    def able(self, desk: Desk, ticket: Ticket, agent: Agent, now: float) -> bool:
        """Whether they could be dealt it as things are, but for reserves."""
        load = self.load(desk, agent.id, loose=self.interruptible(ticket))
        room = capacity_of(agent, now) + 1e-9 - load
        if not self.skilled(ticket, agent, now) or ticket.requirement.weight > room:
            return False
        kept = self.kept(desk, ticket, now)
        return not kept or agent.id in kept

    def kept(self, desk: Desk, ticket: Ticket, now: float) -> list[str]:
        """For whom a waiting ticket is kept."""
        end, kept = ticket.queued_at, []
        for name, seconds in _hosts(ticket, self.rules.sticky_seconds):
            agent = desk.agent(name)
            given_until = ticket.kept_until if name == ticket.agent else 0.0
            wanted = seconds > 0 or given_until > 0
            if agent is not None and wanted and self.willing(ticket, agent, now):
                kept.append(name)
                end += seconds
                if now < max(end, given_until):
                    return kept
        return []

    def withheld_by(self, desk: Desk, ticket: Ticket, agent: Agent, now: float) -> str | None:
        """The reserve that keeps an agent with room from a ticket."""
        loose = self.interruptible(ticket)
        load, weight = self.load(desk, agent.id, loose=loose), ticket.requirement.weight
        lost = _slots(agent, load, now) - _slots(agent, load + weight, now)
        for rule in self.rules.reserves:
            if rule.covers(agent.skills, channels(agent)) and not _is_for(rule, ticket):
                free = sum(
                    _slots(each, self.load(desk, each.id, loose=loose), now)
                    for each in desk.agents()
                    if ready(each)
                    and rule.covers(each.skills, channels(each))
                    and not all(closed(self.rules.guards, queue, each, now) for queue in QUEUES)
                )
                if lost > max(0, free - rule.slots):
                    return rule.name
        return None

    def next_deal(self, desk: Desk, now: float) -> Expected | None:
        """What must be dealt next."""
        able = ((ticket, self._ranked(desk, ticket, now)) for ticket in _in_order(desk))
        servable = [(ticket, best) for ticket, best in able if best]
        if self.rules.late_share is None:
            return self._deal(servable[0]) if servable else None
        timely = next((each for each in servable if each[0].due_at >= now), None)
        late = next((each for each in servable if each[0].due_at < now), None)
        if timely is None or late is None:
            only = timely or late
            return self._deal(only) if only else None
        pool = [ticket for ticket, _ in servable if not self.kept(desk, ticket, now)]
        return self._share_out(desk, now, timely=timely, late=late, pool=pool)

    def next_for(self, desk: Desk, agent: Agent, now: float) -> Expected | None:
        """What one agent must get who asks for the next."""
        share = self.rules.late_share
        mine = [each for each in _in_order(desk) if self.eligible(desk, each, agent, now)]
        timely = next((each for each in mine if each.due_at >= now), None)
        late = next((each for each in mine if each.due_at < now), None)
        if share is None or timely is None or late is None:
            return self._deal((mine[0], [agent])) if mine else None
        if self.interruptible(timely) != self.interruptible(late):
            return self._deal((late, [agent]))
        taker = self.capability(agent, late, now)
        saved = self.credits.get(taker, 0.0) + share
        if saved >= 1 - 1e-9:
            return self._deal((late, [agent]), {taker: saved - 1})
        return self._deal((timely, [agent]), {taker: min(1.0, saved)})

    def _share_out(
        self,
        desk: Desk,
        now: float,
        *,
        timely: "tuple[Ticket, list[Agent]]",
        late: "tuple[Ticket, list[Agent]]",
        pool: list[Ticket],
    ) -> Expected:
        share = self.rules.late_share
        assert share is not None

        def wanted(slot: Capability, *, by_late: bool) -> bool:
            return any(
                self.capability(agent, ticket, now) == slot
                and self.eligible(desk, ticket, agent, now)
                for ticket in pool
                if (ticket.due_at < now) is by_late
                for agent in desk.agents()
            )

        taker = self.capability(late[1][0], late[0], now)
        saved = self.credits.get(taker, 0.0)
        if not wanted(taker, by_late=False):
            return self._deal(late)
        if saved + share >= 1 - 1e-9:
            return self._deal(late, {taker: saved + share - 1})
        taker = self.capability(timely[1][0], timely[0], now)
        if not wanted(taker, by_late=True):
            return self._deal(timely)
        return self._deal(timely, {taker: min(1.0, self.credits.get(taker, 0.0) + share)})

    def capability(self, agent: Agent, ticket: Ticket, now: float) -> Capability:
        """As whom they are found for such a ticket."""
        loose = self.interruptible(ticket)
        open_queues = sum(not closed(self.rules.guards, each, agent, now) for each in QUEUES)
        skills = tuple(sorted(agent.skills.items()))
        return skills, channels(agent), capacity_of(agent, now), float(open_queues), loose

    def _deal(
        self,
        chosen: "tuple[Ticket, list[Agent]]",
        changed: dict[Capability, float] | None = None,
    ) -> Expected:
        ticket, best = chosen
        names = [agent.id for agent in best[:3]]
        return Expected(ticket.id, names, {**self.credits, **(changed or {})})

    def _ranked(self, desk: Desk, ticket: Ticket, now: float) -> list[Agent]:
        able = [agent for agent in desk.agents() if self.eligible(desk, ticket, agent, now)]
        kept = self.kept(desk, ticket, now)
        return sorted(able, key=partial(self._rank, desk, ticket, kept, now))

    def _rank(
        self, desk: Desk, ticket: Ticket, kept: list[str], now: float, agent: Agent
    ) -> tuple[Any, ...]:
        if kept:
            return (kept.index(agent.id),)
        hosts = [name for name, _ in _hosts(ticket, 0.0)]
        favour = hosts.index(agent.id) if agent.id in hosts else len(hosts)
        found = ways(ticket.requirement, now - ticket.queued_at)
        stage, place, way = next(each for each in found if has(agent, each[2]))
        capacity = capacity_of(agent, now)
        in_hand = self.load(desk, agent.id, loose=self.interruptible(ticket))
        unused = _unused(agent, ticket) - sum(need.level for need in way)
        load = in_hand / capacity if capacity else 0.0
        return favour, stage, place, unused, load, agent.idle_since, agent.id


def _in_order(desk: Desk) -> list[Ticket]:
    """What waits, in the order of deadlines."""
    waiting = (t for t in desk.tickets() if t.state is TicketState.QUEUED)
    return sorted(waiting, key=lambda t: (t.due_at, t.opened_at, t.id))


def _hosts(ticket: Ticket, sticky_seconds: float) -> Iterator[tuple[str, float]]:
    own = dict(ticket.hosts)
    if ticket.agent is not None:
        yield ticket.agent, max(sticky_seconds, own.pop(ticket.agent, 0.0))
    yield from own.items()


def _slots(agent: Agent, load: float, now: float) -> int:
    return max(0, math.floor(capacity_of(agent, now) + 1e-9 - load))


def _is_for(rule: Reserve, ticket: Ticket) -> bool:
    need = ticket.requirement
    wanted = [each.skill for each in need.needs if each.hard]
    wanted += [each.skill for stage in need.stages[:1] for way in stage.ways for each in way]
    return (rule.tier is None or rule.tier == ticket.tier) and (
        rule.skill is None or rule.skill in wanted
    )


def _unused(agent: Agent, ticket: Ticket) -> int:
    unused = sum(agent.skills.values())
    for need in ticket.requirement.needs:
        level = agent.skills.get(need.skill, 0)
        if need.hard:
            unused -= need.level
        elif level >= need.level:
            unused -= level + need.level
    return unused
