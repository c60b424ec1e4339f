"""Another version of the rules takes hold of a desk: by the way a new owner would take it over.

Agents, and tickets that somebody has, change over at once; waiting tickets follow one after the
other, the earliest deadline first, so that a desk of a million goes on dealing meanwhile: what is
dealt first has changed over first.
"""

from collections.abc import Iterable, Iterator
from heapq import heapify, heappop

from services.router.domain.bond import ALONE
from services.router.domain.clocks import hold, release, set_by
from services.router.domain.rules import DeskRules
from services.router.domain.ticket import SETTLED, Hosts, Ticket, TicketState
from services.router.domain.treatment import Kind

_NOT_OURS = SETTLED | {TicketState.WAITING_CUSTOMER}
"""Where it is not for the desk to act next: clocks that may stand do."""

AT_ONCE = 5_000
"""Tickets of one tick: some fifty milliseconds."""


class Backlog:
    """Waiting tickets that the rules in force have not reached yet."""

    def __init__(self, tickets: Iterable[Ticket] = ()) -> None:
        self.tickets = {ticket.id: ticket for ticket in tickets}
        self._order = [(ticket.due_at, ticket.id) for ticket in self.tickets.values()]
        heapify(self._order)

    def take(self, ticket_id: str) -> Ticket | None:
        """One that something happened to: out of turn."""
        return self.tickets.pop(ticket_id, None)

    def next(self, most: int) -> Iterator[Ticket]:
        while most > 0 and self.tickets:
            ticket = self.tickets.pop(heappop(self._order)[1], None)
            if ticket is not None:
                most -= 1
                yield ticket


def treat(ticket: Ticket, rules: DeskRules) -> None:
    """Queue, needs, priority, deadline and times of hosts as these rules have them for a ticket of
    its kind."""
    if rules.treat is None:
        return
    treatment = rules.treat(kind_of(ticket))
    ticket.requirement = treatment.requirement
    ticket.priority = treatment.priority
    ticket.due_at = treatment.due_at(ticket.queued_at, later=ticket.later)
    if (treatment.clocks or ticket.clocks) and not ticket.tasks.parent:
        ticket.clocks = set_by(treatment.clocks, ticket.clocks, opened_at=ticket.opened_at)
    if ticket.bond.merged:
        ticket.bond = ticket.bond._replace(due_at=ticket.due_at)
        ticket.due_at = ticket.bond.earliest()
    if ticket.hosts:
        ticket.hosts = hosts_by(rules, (agent for agent, _ in ticket.hosts))


def hold_clocks(ticket: Ticket, rules: DeskRules, *, before: TicketState, now: float) -> None:
    """Stop them, those just given by the rules included, or let them run on, as whose turn it is to
    act changes. before: the state it was in."""
    if ticket.state in _NOT_OURS:
        ticket.clocks = hold(ticket.clocks, now=now)
    elif before in _NOT_OURS:
        theirs = rules.treat(kind_of(ticket)).clocks if rules.treat is not None else ()
        ticket.clocks = release(ticket.clocks, theirs, opened_at=ticket.opened_at, now=now)


def kind_of(ticket: Ticket) -> Kind:
    """A task is of no customer's language: the rules have a usual one for such."""
    return Kind(
        ticket.topic,
        "" if ticket.tasks.parent else ticket.lang,
        ticket.requirement.channel,
        ticket.tier,
        ticket.urgent,
        ticket.moved_to,
    )


def renew(ticket: Ticket, rules: DeskRules, *, at: float) -> None:
    """A new wait from `at` on, for an answer: with the time the rules allow, or else as much as the
    last one had at first. The rules have treated the ticket before."""
    own = ticket.bond.due_at if ticket.bond.merged else ticket.due_at
    ticket.later, ticket.answered = ticket.later or ticket.answered, False
    ticket.queued_at, ticket.due_at = at, at + own - ticket.queued_at
    ticket.climbed = ()
    if ticket.tasks.done:
        ticket.tasks = ticket.tasks._replace(done=())
    if ticket.bond != ALONE:
        ticket.bond = ticket.bond.renewed(due_at=ticket.due_at)
    treat(ticket, rules)


def hosts_by(rules: DeskRules, agents: Iterable[str]) -> Hosts:
    """The customer's own agents, with the time these rules keep a ticket for each."""
    return tuple(
        (agent, rules.next_host_seconds if place else rules.first_host_seconds)
        for place, agent in enumerate(agents)
    )
