"""Whatever happens at a desk, in whatever order, its promises hold.

Two desks hear the same: `desk`, and `twin`, which is now and then replaced by one loaded from the
store. Both must always say the same, and each deal must be the one brute force finds.
"""

from copy import deepcopy

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from services.router.domain.desk import Desk
from services.router.domain.events import PresenceReported
from services.router.domain.reach import EVERYBODY
from tests.property.desk_agents import Agents
from tests.property.desk_bonds import Bonds
from tests.property.desk_customers import Customers
from tests.property.desk_oracle import Oracle
from tests.property.desk_promises import Promises


class DeskMachine(Customers, Agents, Bonds, Promises):
    @rule(seconds=st.sampled_from((0.5, 10.0, 20.0, 60.0, 300.0)))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def the_desk_settles(self) -> None:
        self.settle()

    @rule()
    def another_process_takes_over(self) -> None:
        """What it loads is what was written; it must then go on as the first would have."""
        self.settle()
        self.forget()
        for ticket in self.desk.tickets():
            ticket.version = 2
        self.twin = self.successor()
        if self.chosen.late_share is not None:  # whose accounts begin anew with each owner
            self.desk = self.successor()
            self.oracle = Oracle(self.chosen)
            own = (ticket for ticket in self.desk.tickets() if not ticket.tasks.parent)
            self.store |= {ticket.id: ticket for ticket in own}

    def successor(self) -> Desk:
        stored = deepcopy((list(self.desk.tickets()), list(self.desk.agents())))
        successor = Desk(self.chosen)
        for ticket in stored[0]:
            ticket.reach, ticket.escalate_at = EVERYBODY, 0.0  # which the store does not have
            assert successor.adopt_ticket(ticket, now=self.now) == []
        for agent in stored[1]:
            assert successor.adopt_agent(agent, now=self.now) == []
        for _ in self.until_it_rests(successor):
            assert successor.tick(now=self.now, limit=5) == []
        return successor

    def teardown(self) -> None:
        """Left alone, every offer ends and the desk comes to rest."""
        self.tell(PresenceReported("e", "n0", frozenset(), 5.0))
        self.tell(PresenceReported("e", "n1", frozenset(), 5.0))
        for _ in range(4):
            self.now += self.chosen.grace_seconds
            self.settle()
        assert self.in_hand() == []


pytestmark = pytest.mark.timeout(600)  # processor work; on a busy machine minutes of it

TestDesk = DeskMachine.TestCase
TestDesk.settings = settings(max_examples=150, stateful_step_count=40)
