"""What the store would hold: tickets and agents as last written."""

from collections.abc import Iterable
from dataclasses import replace

from services.router.dealer.book import Answers, Book
from services.router.domain.agent import Agent
from services.router.domain.reach import EVERYBODY
from services.router.domain.ticket import IN_HAND, OPEN, Ticket, TicketState
from services.router.ports import AgentWrite, StoredAgent, StoredTicket, TicketWrite


class Memory:
    """Hands out copies, as a store does: what desks only have in mind is lost at a load."""

    def __init__(self) -> None:
        self._tickets: dict[str, StoredTicket] = {}
        self._agents: dict[str, StoredAgent] = {}

    def keep_tickets(self, stored: Iterable[StoredTicket]) -> None:
        self._tickets |= {each.ticket.id: _copied(each) for each in stored}

    def keep_agents(self, stored: Iterable[StoredAgent]) -> None:
        self._agents |= {each.agent.id: _hired(each) for each in stored}

    def write(self, tickets: Iterable[TicketWrite], agents: Iterable[AgentWrite]) -> None:
        """A turn was committed: versions go up by one."""
        for ticket in tickets:
            ticket.ticket.version = ticket.expected + 1
            if ticket.to_desk is not None:
                self.forget(ticket.ticket.id)
            else:
                self.keep_tickets([StoredTicket(ticket.desk, ticket.ticket)])
        for agent in agents:
            agent.agent.version = agent.expected + 1
            self.keep_agents([StoredAgent(agent.desk, agent.agent)])

    def forget(self, ticket: str) -> None:
        """It is another desk's: should it come back, that will be recorded."""
        self._tickets.pop(ticket, None)

    def fetch(self, ids: Iterable[str]) -> dict[str, StoredTicket]:
        """Those that are there, in any state."""
        return {each: _copied(self._tickets[each]) for each in ids if each in self._tickets}

    def offers(self) -> dict[tuple[str, int], int]:
        """(ticket, assignment) -> assignment, of the tickets in somebody's hands."""
        return {
            (each.ticket.id, each.ticket.assignment): each.ticket.assignment
            for each in self._tickets.values()
            if each.ticket.state in IN_HAND
        }

    def waiting(self) -> list[Ticket]:
        return [
            each.ticket
            for each in self._tickets.values()
            if each.ticket.state is TicketState.QUEUED
        ]

    def copy(self) -> "Memory":
        other = Memory()
        other.keep_tickets(self._tickets.values())
        other.keep_agents(self._agents.values())
        return other

    def load(self, book: Book, *, now: float) -> Answers:
        """Everything open into a book, as at a take-over."""
        agents = [each for each in self._agents.values() if each.desk in book.desks()]
        answers = book.adopt_agents(map(_hired, agents), now=now)
        tickets = [
            each
            for each in self._tickets.values()
            if each.desk in book.desks() and each.ticket.state in OPEN
        ]
        return answers + book.adopt_tickets(map(_copied, tickets), now=now)


def _copied(stored: StoredTicket) -> StoredTicket:
    ticket: Ticket = replace(stored.ticket, reach=EVERYBODY)
    return StoredTicket(stored.desk, ticket)


def _hired(stored: StoredAgent) -> StoredAgent:
    agent: Agent = replace(stored.agent)
    return StoredAgent(stored.desk, agent)
