"""What ties tickets to each other: tasks, and merging."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from services.router.domain.effects import TicketStepped
from services.router.domain.events import Accept, FinishWrapUp, Merge, OpenTask, Resolve, Split
from services.router.domain.ticket import Ticket, TicketState
from tests.property.desk_strategies import choices
from tests.property.desk_world import DeskWorld, parts_of


class Bonds(DeskWorld):
    @precondition(lambda self: self.in_hand())
    @rule(
        choice=choices,
        queues=st.lists(st.sampled_from(("q", "spare")), min_size=1, max_size=2),
        wait=st.booleans(),
        again=st.booleans(),
        soon=st.booleans(),
    )
    def an_agent_asks_others_to_do_something(
        self, choice: int, queues: list[str], wait: bool, again: bool, soon: bool
    ) -> None:
        """Perhaps one thing and another; the ticket may wait for the last one to be asked for.
        soon: what can be dealt of it is."""
        ticket = self.in_hand()[choice % len(self.in_hand())]
        assert ticket.agent is not None
        for left, queue in enumerate(reversed(queues)):
            self.count += 1
            about = (f"c{self.count}", ticket.agent, ticket.id, ticket.assignment)
            command = OpenTask(*about, queue, "look for it", wait and left + 1 == len(queues))
            self.tell(command)
            if again:
                assert not any(isinstance(each, TicketStepped) for each in self.tell(command))
        if soon:
            self.settle()

    @precondition(lambda self: self.tasks_in_hand())
    @rule(choice=choices)
    def a_task_is_done(self, choice: int) -> None:
        """Which takes an acceptance where it was only offered."""
        task = self.tasks_in_hand()[choice % len(self.tasks_in_hand())]
        assert task.agent is not None
        about = ("c", task.agent, task.id, task.assignment)
        self.tell(Accept(*about))
        self.tell(Resolve(*about, "anything"))
        assert task.state not in (TicketState.OFFERED, TicketState.ACCEPTED)

    @precondition(lambda self: self.with_tasks_in_hand())
    @rule(choice=choices)
    def a_ticket_is_over_before_its_tasks(self, choice: int) -> None:
        ticket = self.with_tasks_in_hand()[choice % len(self.with_tasks_in_hand())]
        assert ticket.agent is not None
        about = ("c", ticket.agent, ticket.id, ticket.assignment)
        self.tell(Resolve(*about, ticket.last_message))

    @precondition(lambda self: self.in_hand())
    @rule(choice=choices, other=choices, again=st.booleans())
    def an_agent_merges_another_ticket(self, choice: int, other: int, again: bool) -> None:
        """One that waits, or any that is known to the desk, so that refusals come up, too."""
        ticket = self.in_hand()[choice % len(self.in_hand())]
        assert ticket.agent is not None
        known = sorted(self.desk.tickets(), key=lambda each: each.id)
        waiting = [each for each in known if each.state is TicketState.QUEUED]
        pool = waiting if other % 2 and waiting else known
        part = pool[other // 2 % len(pool)].id
        merge = Merge("c", ticket.agent, ticket.id, ticket.assignment, part)
        self.tell(merge)
        if again and part in parts_of(ticket):
            assert not any(isinstance(each, TicketStepped) for each in self.tell(merge))

    @precondition(lambda self: self.wholes())
    @rule(choice=choices, other=choices, again=st.booleans())
    def an_agent_splits_a_ticket_off(self, choice: int, other: int, again: bool) -> None:
        ticket = self.wholes()[choice % len(self.wholes())]
        assert ticket.agent is not None
        part = parts_of(ticket)[other % len(parts_of(ticket))]
        about = ("c", ticket.agent, ticket.id, ticket.assignment, part)
        self.tell(Split(*about))
        if ticket.state in (TicketState.ACCEPTED, TicketState.WAITING_CUSTOMER):
            assert part not in parts_of(ticket)
        if again:
            assert not any(isinstance(each, TicketStepped) for each in self.tell(Split(*about)))
            assert not any(isinstance(each, TicketStepped) for each in self.tell(Merge(*about)))

    @precondition(lambda self: self.wholes())
    @rule(choice=choices)
    def a_merged_matter_is_over(self, choice: int) -> None:
        """Unless something speaks against it, and nobody comes back while that would reopen it."""
        ticket = self.wholes()[choice % len(self.wholes())]
        assert ticket.agent is not None
        about = ("c", ticket.agent, ticket.id, ticket.assignment)
        self.tell(Resolve(*about, ticket.last_message))
        self.tell(FinishWrapUp(*about))
        self.now += self.chosen.reopen_seconds
        self.settle()

    def tasks_in_hand(self) -> list[Ticket]:
        return [ticket for ticket in self.in_hand() if ticket.tasks.parent]

    def with_tasks_in_hand(self) -> list[Ticket]:
        return [ticket for ticket in self.in_hand() if ticket.tasks.open]

    def wholes(self) -> list[Ticket]:
        """Tickets in hand that others are part of."""
        return [ticket for ticket in self.in_hand() if ticket.bond.merged]
