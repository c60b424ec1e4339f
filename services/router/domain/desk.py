"""The routing core of one desk: a pure state machine.

No I/O, no clock, no randomness: the same calls give the same effects. It owns the Ticket and Agent
objects it is given; effects refer to them.
"""

from collections.abc import Iterable, Iterator

from services.router.domain import paging, steps
from services.router.domain.adoption import adopt_agent, adopt_ticket
from services.router.domain.agent import Agent
from services.router.domain.books import Books
from services.router.domain.census import Depth
from services.router.domain.commands import act
from services.router.domain.effects import Effect
from services.router.domain.entries import add_entry
from services.router.domain.events import (
    AgentProfiled,
    CustomerProfiled,
    DeskEvent,
    EntryAdded,
    Moved,
    PresenceReported,
    Pull,
    SetState,
)
from services.router.domain.expiry import go_off, restart_offers
from services.router.domain.group import limit_of
from services.router.domain.presence import Presence
from services.router.domain.profiles import profile_customer
from services.router.domain.protection import is_confidential
from services.router.domain.pulling import pull
from services.router.domain.revision import AT_ONCE, Backlog
from services.router.domain.roster import change_duty, profile_agent, set_state
from services.router.domain.rules import DeskRules
from services.router.domain.sharing import next_ticket
from services.router.domain.shifts import Guards
from services.router.domain.tasks import UNTIED
from services.router.domain.ticket import Ticket, TicketState
from services.router.domain.turn import Turn


class Desk:
    """Every `now` is in epoch seconds; one behind an earlier one counts as that one.

    Deals happen in `tick` alone, so whatever is already at the broker can be applied before
    anything expires or is dealt.
    """

    def __init__(self, rules: DeskRules) -> None:
        self._books = Books(rules)
        self._presence = Presence(self._books)
        self._backlog = Backlog()
        self._now = 0.0

    def change_rules(self, rules: DeskRules) -> None:
        """Another version of the rules, from now on. Timers that run are cut to its periods. Call
        it when everything the desk has answered is written."""
        before, presence, turn = self._books, self._presence, self._turn(self._now)
        self._books = Books(rules)
        self._presence = Presence(self._books)
        for agent in before.agents():
            adopt_agent(self._books, self._presence, turn, agent)
        self._presence.inherit(presence, now=turn.now)
        waiting: list[Ticket] = [*self._backlog.tickets.values()]
        for ticket in before.tickets.values():
            if ticket.state is TicketState.QUEUED and ticket.tasks == UNTIED:
                waiting.append(ticket)
            else:
                adopt_ticket(self._books, self._presence, turn, ticket)
        self._backlog = Backlog(waiting)

    def adopt_ticket(self, ticket: Ticket, *, now: float) -> list[Effect]:
        """Take in a ticket from the store, at take-over or when first announced.

        One that no dealer touched yet (version 1) is `opened`. Timers are cut to one full period
        from now. A closed or abandoned one stays until the next tick, should an entry reopen it.
        """
        return self.adopt_tickets((ticket,), now=now)

    def adopt_tickets(self, tickets: Iterable[Ticket], *, now: float) -> list[Effect]:
        """Take in one after the other: a million at a take-over."""
        turn, books, presence = self._turn(now), self._books, self._presence
        for ticket in tickets:
            adopt_ticket(books, presence, turn, ticket)
        return self._answer(turn)

    def adopt_agent(self, agent: Agent, *, now: float) -> list[Effect]:
        """Take in an agent from the store. Presence is believed; silence counts from now."""
        turn = self._turn(now)
        adopt_agent(self._books, self._presence, turn, agent)
        return turn.effects

    def apply(self, event: DeskEvent, *, now: float) -> list[Effect]:
        """Take note of what happened, or do what an agent asks for."""
        turn = self._turn(now)
        self._reach(turn, event)
        match event:
            case EntryAdded():
                add_entry(self._books, turn, event)
            case CustomerProfiled():
                profile_customer(self._books, turn, event)
            case Moved():
                pass  # whether it is here was seen to before
            case PresenceReported():
                self._presence.report(event, now=turn.now)
            case AgentProfiled():
                notifiers = self._presence.notifiers_of(event.agent)
                profile_agent(self._books, turn, event, notifiers=notifiers)
            case SetState():
                set_state(self._books, turn, event)
            case Pull():
                pull(self._books, turn, event)
            case _:
                act(self._books, turn, event)
        return self._answer(turn)

    def tick(self, *, now: float, limit: int, expire: bool = True) -> list[Effect]:
        """End what is due, draw the consequences of shifts and changed presence, deal, and page for
        those whom nobody is there for.

        expire False: let no timer go off and page for nobody, for what would have prevented it may
        still be on its way. Stops after `limit` steps or about as many effects: call again while
        `pending`. Forgets the tickets that were closed or abandoned before it.
        """
        turn = self._turn(now)
        self._books.forget_over()
        for ticket in self._backlog.next(AT_ONCE):
            adopt_ticket(self._books, self._presence, turn, ticket)
        ends, page = ((self._end_due,), (self._page,)) if expire else ((), ())
        steps = 0
        for advance in (self._change_duty, *ends, self._settle_presence, self._deal, *page):
            while max(steps, len(turn.effects)) < limit and advance(turn):
                steps += 1
        return self._answer(turn)

    def pending(self, *, now: float, expire: bool = True) -> bool:
        """Whether a tick may do something at once. May err on the side of yes."""
        books = self._books
        at = max(now, self._now)
        ends = books.timers.is_due(at) or books.lookout.pending
        due = books.rota.is_due(at) or (expire and ends)
        return bool(due or self._presence.pending or books.matcher.pending or self._backlog.tickets)

    def restart_offers(self, *, now: float) -> None:
        """Give every standing offer its full time from now: its card was confirmed only now.
        Nothing is written; whoever loads the desk next cuts timers anyway."""
        restart_offers(self._books, now=self._turn(now).now)

    def next_wakeup(self) -> float | None:
        """When the earliest timer goes off, epoch seconds; None: nothing ends by itself."""
        times = (self._books.timers.next(), self._books.rota.next())
        return min((at for at in times if at is not None), default=None)

    def knows(self, ticket_id: str) -> bool:
        return ticket_id in self._books.tickets or ticket_id in self._backlog.tickets

    def ticket(self, ticket_id: str) -> Ticket | None:
        return self._books.tickets.get(ticket_id) or self._backlog.tickets.get(ticket_id)

    def agent(self, agent_id: str) -> Agent | None:
        seat = self._books.seat(agent_id)
        return seat.agent if seat is not None else None

    def tickets(self) -> Iterator[Ticket]:
        yield from self._books.tickets.values()
        yield from self._backlog.tickets.values()

    def agents(self) -> Iterator[Agent]:
        return self._books.agents()

    @property
    def guards(self) -> Guards:
        """How long before the end of a shift tickets are not dealt any more."""
        return self._books.rules.guards

    def load_of(self, agent_id: str) -> float:
        """Weights of the tickets in an agent's hands."""
        seat = self._books.seat(agent_id)
        return seat.load if seat is not None else 0.0

    def load_for(self, ticket: Ticket, agent_id: str) -> float:
        """Of the weights in an agent's hands, what stands in the way of such a ticket."""
        seat = self._books.seat(agent_id)
        return seat.place_for(ticket.requirement).load if seat is not None else 0.0

    def capacity_of(self, agent_id: str) -> float:
        """What an agent may have in hand at present."""
        seat = self._books.seat(agent_id)
        return seat.capacity if seat is not None else 0.0

    def overloaded(self) -> list[str]:
        """Ids of the agents with more in hand than they may have, leaving aside what can be
        interrupted: nothing is dealt to them."""
        return [agent.id for agent in self.agents() if self.is_overloaded(agent.id)]

    def is_overloaded(self, agent_id: str) -> bool:
        """See `overloaded`."""
        seat = self._books.seat(agent_id)
        return seat is not None and seat.firm_load > limit_of(seat.capacity)

    def hand_of(self, agent_id: str) -> tuple[str, ...]:
        """Ids of the tickets in an agent's hands."""
        seat = self._books.seat(agent_id)
        return tuple(seat.hand) if seat is not None else ()

    def is_discreet(self, ticket: Ticket) -> bool:
        """Whether its customer is to notice nothing of where it is."""
        return is_confidential(ticket, self._books.rules.protected)

    def depth(self) -> Depth:
        """Tickets by queue and state, and since when they wait."""
        return self._books.census.depth()

    def _reach(self, turn: Turn, event: DeskEvent) -> None:
        """The tickets that the event is about must not wait for their turn to change over."""
        if not self._backlog.tickets:
            return
        about = self.ticket(getattr(event, "ticket", ""))
        whole = about.bond.merged_into if about is not None else ""
        for ticket_id in (getattr(event, "ticket", ""), getattr(event, "other", ""), whole):
            ticket = self._backlog.take(ticket_id)
            if ticket is not None:
                adopt_ticket(self._books, self._presence, turn, ticket)

    def _change_duty(self, turn: Turn) -> bool:
        agent = self._books.rota.pop_due(turn.now)
        if agent is None:
            return False
        change_duty(self._books, turn, self._books.seat_of(agent))
        return True

    def _end_due(self, turn: Turn) -> bool:
        due = self._books.timers.pop_due(turn.now)
        if due is None:
            return False
        go_off(self._books, self._presence, turn, *due)
        return True

    def _settle_presence(self, turn: Turn) -> bool:
        if not self._presence.pending:
            return False
        self._presence.settle_one(turn)
        return True

    def _deal(self, turn: Turn) -> bool:
        ticket = next_ticket(self._books.matcher, self._books.rules, now=turn.now)
        if ticket is None:
            return False
        steps.deal(self._books, turn, ticket)
        return True

    def _page(self, turn: Turn) -> bool:
        ticket = self._books.lookout.next()
        if ticket is None:
            return False
        paging.nobody_ready(self._books, turn, ticket)
        return True

    def _answer(self, turn: Turn) -> list[Effect]:
        """With what customers are told of it."""
        rules = self._books.rules
        if rules.notices:
            turn.effects.extend([*rules.notices.told(turn.effects, rules.protected)])
        return turn.effects

    def _turn(self, now: float) -> Turn:
        self._now = max(now, self._now)
        return Turn(self._now)
