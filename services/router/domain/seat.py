"""One agent at the desk: who they are, what they hold, where matching finds them."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.router.domain.agent import Agent, AgentState
from services.router.domain.requirement import Requirement
from services.router.domain.shifts import CLOSED, OPEN
from services.router.domain.ticket import Ticket, TicketState
from services.router.domain.work_kinds import ALIKE, FIRM, WorkKinds

if TYPE_CHECKING:
    from services.router.domain.group import Group

_WAITING = TicketState.WAITING_CUSTOMER

Entry = tuple[float, float, str]
"""(load, idle_since, agent id): the order in which agents of one group are dealt to."""


@dataclass(slots=True, eq=False)
class Place:
    """Where an agent is found for one kind of work.

    load: weights of what they have in hand, so far as it stands in the way of such work.
    group: the agents alike among whom they are found; entry: their place there while they can
    be dealt to, None otherwise.
    """

    load: float = 0.0
    group: "Group | None" = None
    entry: Entry | None = None


class Seat:
    """agent: None while only tickets in their hands are known, not the agent.

    hand: the tickets they have (IN_HAND) by id.
    waiting_share: of its weight, what a ticket counts that waits for the customer.
    capacity: what they may have in hand at present.
    guard: how far their shift lets them be dealt to, see Duty.
    places: one for each kind of work that the desk tells apart, see WorkKinds.
    """

    __slots__ = ("agent", "capacity", "guard", "hand", "id", "kinds", "places", "waiting_share")

    def __init__(self, id: str, *, waiting_share: float = 1.0, kinds: WorkKinds = ALIKE) -> None:
        self.id = id
        self.waiting_share = waiting_share
        self.kinds = kinds
        self.agent: Agent | None = None
        self.hand: dict[str, Ticket] = {}
        self.capacity = 0.0
        self.guard: float = OPEN
        self.places = tuple([Place() for _ in kinds.all])

    @property
    def load(self) -> float:
        """Weights of all that they have in hand."""
        return self.places[-1].load

    @property
    def firm_load(self) -> float:
        """Weights of what they have in hand that cannot be interrupted."""
        return self.places[FIRM].load

    def place_for(self, requirement: Requirement) -> Place:
        """Where they are found for such a ticket."""
        return self.places[self.kinds.of(requirement)]

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
        self.places[-1].load = math.fsum([self._weight_of(held) for held in self.hand.values()])
        if len(self.places) > 1:
            firm = [t for t in self.hand.values() if self.kinds.of(t.requirement) == FIRM]
            self.places[FIRM].load = math.fsum([self._weight_of(held) for held in firm])

    def _weight_of(self, ticket: Ticket) -> float:
        weight = ticket.requirement.weight
        return weight * self.waiting_share if ticket.state is _WAITING else weight


def channels_of(agent: Agent) -> frozenset[str]:
    """Channels the profile allows and the agent is ready for."""
    if agent.ready_channels is None:
        return agent.channels
    return agent.channels & agent.ready_channels
