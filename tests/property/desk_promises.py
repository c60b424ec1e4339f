"""What is true of a desk after every step."""

import math

from hypothesis.stateful import invariant

from services.router.domain.protection import NOT_TAKEN
from services.router.domain.ticket import IN_HAND, TicketState
from tests.property.desk_oracle import load_of
from tests.property.desk_strategies import AGENTS
from tests.property.desk_world import DeskWorld, parts_of, protected


class Promises(DeskWorld):
    @invariant()
    def load_is_the_weight_in_hand(self) -> None:
        for agent in AGENTS:
            assert self.desk.load_of(agent) == load_of(self.desk, agent)

    @invariant()
    def every_offer_has_an_end_the_desk_wakes_for(self) -> None:
        ends = [t.until for t in self.desk.tickets() if t.state is TicketState.OFFERED]
        if ends:
            wakeup = self.desk.next_wakeup()
            assert wakeup is not None
            assert wakeup <= min(ends) <= max(ends) <= self.now + self.chosen.offer_seconds

    @invariant()
    def what_nobody_takes_has_a_page_the_desk_wakes_for(self) -> None:
        for ticket in self.desk.tickets():
            if ticket.state is TicketState.ACCEPTED:
                continue
            untaken = ticket.state in {TicketState.QUEUED, TicketState.OFFERED}
            waits = protected(ticket) and untaken and NOT_TAKEN not in ticket.paged
            assert bool(ticket.page_at) == waits
            if waits:
                assert (self.desk.next_wakeup() or 0.0) <= ticket.page_at

    @invariant()
    def a_lead_is_told_of_an_agent_s_silence_when_its_time_has_come(self) -> None:
        self.silences.check(self.desk)

    @invariant()
    def what_waits_has_a_next_step_the_desk_wakes_for(self) -> None:
        for ticket in self.desk.tickets():
            if ticket.state is TicketState.QUEUED:
                due_at = self.climbs.due_at(ticket)
                assert due_at is None or (self.desk.next_wakeup() or math.inf) <= due_at

    @invariant()
    def age_is_kept(self) -> None:
        for ticket in self.desk.tickets():
            brought = [due_at for _, due_at in ticket.bond.merged if due_at]
            queued_at, due_at = self.ages[ticket.id]
            assert (ticket.queued_at, ticket.due_at) == (queued_at, min([due_at, *brought]))

    @invariant()
    def what_the_law_gives_is_neither_moved_nor_taken_back(self) -> None:
        for ticket in self.desk.tickets():
            parts = [part for part in parts_of(ticket) if self.is_part(part, ticket)]
            mine = {part: self.laws[part] for part in parts if part in self.laws}
            if ticket.id in self.laws:
                mine[""] = self.laws[ticket.id]
            running = {clock.of: clock for clock in ticket.clocks}
            for of, law in mine.items():
                assert of in running
                assert (running[of].due_at, running[of].warn_at) == (law.due_at, law.warn_at)

    @invariant()
    def what_is_merged_is_part_of_one_open_ticket_and_in_no_hand(self) -> None:
        for part in self.desk.tickets():
            if part.bond.merged_into and part.state is TicketState.RESOLVED:
                whole = self.desk.ticket(part.bond.merged_into)
                assert whole is not None
                assert whole.state not in (TicketState.CLOSED, TicketState.ABANDONED)
                assert part.id in parts_of(whole)
                assert set(part.deciders) <= set(whole.deciders)
                assert set(part.barred) <= set(whole.barred)
                assert part.until == 0

    @invariant()
    def tasks_and_their_tickets_know_each_other(self) -> None:
        self.ties.check(self.desk)

    @invariant()
    def who_decided_a_ticket_is_known_and_under_review_it_is_in_none_of_their_hands(self) -> None:
        for ticket in self.desk.tickets():
            assert self.decided.get(ticket.id, set()) <= set(ticket.deciders)
            assert self.reviewed.get(ticket.id, set()) <= set(ticket.barred)
            assert set(ticket.barred) <= set(ticket.deciders)
            assert ticket.state not in IN_HAND or ticket.agent not in ticket.barred

    @invariant()
    def every_entry_is_counted(self) -> None:
        """By the ticket it was written to, and by the one that this is part of."""
        for ticket in self.desk.tickets():
            came = [part for part in parts_of(ticket) if self.is_part(part, ticket)]
            if len(came) == len(parts_of(ticket)):
                parts = sum(self.entries[part] for part in came)
                assert ticket.entries == self.entries[ticket.id] + parts

    @invariant()
    def counters_agree_with_the_tickets(self) -> None:
        tickets = list(self.desk.tickets())
        for (queue, state), counted in self.desk.depth().counts.items():
            found = [t for t in tickets if (t.requirement.queue, t.state) == (queue, state)]
            assert counted == len(found)
