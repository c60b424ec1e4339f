"""Agents who let one offer after the other pass: they are not there, whatever they said.

Each offer that nobody answers costs a customer the time it stands. After so many in a row the agent
is set to a break, as peers do after a call that was not answered; saying that they are ready is all
it takes to come back. A decline is an answer.
"""

from typing import Final

from services.router.domain.agent import Agent, AgentState
from services.router.domain.books import Books
from services.router.domain.cards import show_agent
from services.router.domain.effects import AgentStepped
from services.router.domain.roster import reconcile
from services.router.domain.turn import Turn

REASON: Final = "missed offers"


def missed(books: Books, turn: Turn, agent_id: str) -> None:
    """An offer's time is over."""
    agent, most = _agent(books, agent_id), books.rules.missed_most
    if agent is None or not most or agent.state is not AgentState.READY:
        return
    agent.missed += 1
    if agent.missed < most:
        turn.add(AgentStepped(agent=agent, on="offer_missed", at=turn.now))
        return
    agent.missed = 0
    agent.state, agent.reason = AgentState.BREAK, REASON
    turn.add(AgentStepped(agent=agent, on="set_away", at=turn.now))
    seat = books.seat_of(agent_id)
    reconcile(books, turn, seat)
    show_agent(turn, seat, agent)


def answered(books: Books, turn: Turn, agent_id: str) -> None:
    """They took an offer, or declined it."""
    agent = _agent(books, agent_id)
    if agent is not None and agent.missed:
        agent.missed = 0
        turn.add(AgentStepped(agent=agent, on="offer_answered", at=turn.now))


def _agent(books: Books, agent_id: str) -> Agent | None:
    seat = books.seat(agent_id)
    return None if seat is None else seat.agent
