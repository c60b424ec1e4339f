"""One agent at the desk: who they are, what they hold, where matching finds them."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.router.domain.agent import Agent, AgentState
from services.router.domain.shifts import CLOSED, OPEN
from services.router.domain.ticket import Ticket, TicketState

if TYPE_CHECKING:
    from services.router.domain.group import Group

_WAITING = TicketState.WAITING_CUSTOMER

Entry = tuple[float, float, str]
"""(load, idle_since, agent id): the order in which agents of one group are dealt to."""


@dataclass(slots=True, eq=False)
class Seat:
    """agent: None while only tickets in their hands are known, not the agent.

    hand: the tickets they have (IN_HAND) by id. load: sum of its weights.
    waiting_share: of its weight, what a ticket counts that waits for the customer.
    capacity: what they may have in hand at present.
    guard: how far their shift lets them be dealt to, see Duty.
    group: the agents alike among whom they are found; entry: their place there while they can
    be dealt to, None otherwise.
    """

    id: str
    waiting_share: float = 1.0
    agent: Agent | None = None
    hand: dict[str, Ticket] = field(default_factory=dict)
    load: float = 0.0
    capacity: float = 0.0
    guard: float = OPEN
    group: "Group | None" = None
    entry: Entry | None = None

    @property
    def available(self) -> bool:
        """Whether they may be dealt to at all; room, skills and channels are other questions."""
        return self.guard > CLOSED and self.ready

    @property
    def ready(self) -> bool:
        """Whether they are there for tickets, on shift or not."""
        agent = self.agent
        return (
            agent is not None
            and agent.active
            and agent.state is AgentState.READY
            and agent.connected
        )

    def keeps_offer(self, ticket: Ticket) -> bool:
        """Whether an offer may stay with them; the end of their shift takes nothing from them."""
        agent = self.agent
        return agent is not None and self.ready and ticket.requirement.channel in channels_of(agent)

    def pick_up(self, ticket: Ticket) -> None:
        self.hand[ticket.id] = ticket
        self.weigh()

    def put_down(self, ticket: Ticket) -> None:
        del self.hand[ticket.id]
        self.weigh()

    def weigh(self) -> None:
        """Call also when a ticket in hand begins or ends to wait for the customer."""
        # fsum over the few tickets in hand: exact, whatever order they came and went in
        self.load = math.fsum([self._weight_of(held) for held in self.hand.values()])

    def _weight_of(self, ticket: Ticket) -> float:
        weight = ticket.requirement.weight
        return weight * self.waiting_share if ticket.state is _WAITING else weight


def channels_of(agent: Agent) -> frozenset[str]:
    """Channels the profile allows and the agent is ready for."""
    if agent.ready_channels is None:
        return agent.channels
    return agent.channels & agent.ready_channels
