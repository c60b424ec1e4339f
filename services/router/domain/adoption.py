"""Taking in what the store holds, after a take-over or at first sight.

Time may have jumped since it was written: whatever runs is cut to one full period from now.
"""

import math

from services.router.domain.agent import Agent
from services.router.domain.books import Books
from services.router.domain.effects import Handing, Opening
from services.router.domain.ladder import escalate_at, with_past_done
from services.router.domain.moving import brought_by
from services.router.domain.presence import Presence
from services.router.domain.protection import page_at
from services.router.domain.revision import hold_clocks, treat
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import IN_HAND, Ticket, TicketState
from services.router.domain.turn import Turn

_UNTOUCHED = 1


def adopt_ticket(books: Books, presence: Presence, turn: Turn, ticket: Ticket) -> None:
    rules = books.rules
    treat(ticket, rules)
    if ticket.clocks:
        hold_clocks(ticket, rules, before=ticket.state, now=turn.now)
    protected, ladders = rules.protected, rules.escalations
    since = ticket.queued_at
    if ticket.came_from:
        ticket.climbed, since = with_past_done(ticket, ladders, now=turn.now), turn.now
    if protected or ticket.page_at:
        ticket.page_at = page_at(ticket, protected, since=since)
    ticket.escalate_at = escalate_at(ticket, ladders) if ladders else 0.0
    _cut_timers(ticket, rules, turn.now)
    books.enter(ticket, turn.now)
    if ticket.state in IN_HAND and ticket.agent is not None:
        presence.doubt(ticket.agent)
    if ticket.came_from:
        opening = _opening(ticket)._replace(brought=brought_by(ticket))
        ticket.came_from = ""
        turn.step(ticket, "arrived", before=ticket.state, agent=None, opening=opening)
    if ticket.version == _UNTOUCHED and not ticket.tasks.parent:
        handing = Handing(to_queue=ticket.moved_to) if ticket.moved_to else None
        opening = _opening(ticket)
        turn.step(ticket, "opened", before=None, agent=None, opening=opening, handing=handing)


def adopt_agent(books: Books, presence: Presence, turn: Turn, agent: Agent) -> None:
    seat = books.seat_of(agent.id)
    seat.agent = agent
    agent.gone_at = min(agent.gone_at, turn.now)
    agent.idle_since = min(agent.idle_since, turn.now)
    books.place(seat, turn.now)
    presence.believe(agent.id, agent.notifiers, now=turn.now)


def _opening(ticket: Ticket) -> Opening:
    return Opening(
        brand=ticket.brand,
        lane=ticket.lane,
        topic=ticket.topic,
        lang=ticket.lang,
        tier=ticket.tier,
        urgent=ticket.urgent,
        hosts=tuple(agent for agent, _ in ticket.hosts),
        profile=ticket.profile,
        opened_at=ticket.opened_at,
        queued_at=ticket.queued_at,
        message=ticket.last_message,
        seen=ticket.seen,
    )


def _cut_timers(ticket: Ticket, rules: DeskRules, now: float) -> None:
    # most of a million tickets wait, and have no timer to cut
    if ticket.until:
        ticket.until = _cut(ticket.until, _period(ticket.state, rules), now)
    if ticket.nudge_at:
        ticket.nudge_at = _cut(ticket.nudge_at, _patience(ticket.state, rules), now)
    if ticket.kept_until:
        longest = max(rules.sticky_seconds, rules.transfer_seconds)
        ticket.kept_until = min(ticket.kept_until, now + longest)
    if ticket.page_at:
        ticket.page_at = _cut(ticket.page_at, _until_paged(ticket, rules), now)
    if ticket.gone_at:
        ticket.gone_at = min(ticket.gone_at, now)
    if ticket.skipped:
        ticket.skipped = tuple(
            (agent, min(until, now + rules.skip_seconds))
            for agent, until in ticket.skipped
            if until > now
        )


def _cut(ends: float, period: float, now: float) -> float:
    return min(ends, now + period) if period < math.inf else 0.0


def _period(state: TicketState, rules: DeskRules) -> float:
    """How long the state lasts at most; infinite where these rules give it no end."""
    periods = {
        TicketState.OFFERED: rules.offer_seconds,
        TicketState.ACCEPTED: rules.agent_silence_seconds or math.inf,
        TicketState.WAITING_CUSTOMER: rules.customer_silence_seconds or math.inf,
        TicketState.WRAP_UP: rules.wrap_up_seconds,
        TicketState.PARKED: rules.park_seconds_max,
        TicketState.RESOLVED: rules.reopen_seconds,
    }
    return periods.get(state, math.inf)


def _patience(state: TicketState, rules: DeskRules) -> float:
    """After how long whoever's turn it is to write is reminded; infinite: never."""
    waits = state is TicketState.WAITING_CUSTOMER
    return (rules.customer_nudge_seconds if waits else rules.agent_nudge_seconds) or math.inf


def _until_paged(ticket: Ticket, rules: DeskRules) -> float:
    """After how long somebody is paged for it as it is; infinite: never."""
    if ticket.state is TicketState.ACCEPTED:
        return rules.agent_lead_seconds or math.inf
    return rules.protected[ticket.requirement.queue].page_seconds
