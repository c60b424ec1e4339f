"""What agents do with what they have, where they stand, and what they choose."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from services.router.domain.agent import AgentState
from services.router.domain.effects import TicketStepped
from services.router.domain.events import (
    Accept,
    AgentProfiled,
    Decline,
    DeskEvent,
    Escalate,
    FinishWrapUp,
    Park,
    PresenceReported,
    Pull,
    Reply,
    Resolve,
    SetState,
    Transfer,
)
from services.router.domain.ticket import Ticket, TicketState
from tests.property.desk_strategies import (
    agents,
    channel_sets,
    choices,
    handings,
    plans,
    skills,
    verbs,
)
from tests.property.desk_world import DeskWorld


class Agents(DeskWorld):
    @precondition(lambda self: self.in_hand())
    @rule(choice=choices, verb=verbs)
    def an_agent_acts(self, choice: int, verb: str) -> None:
        ticket = self.in_hand()[choice % len(self.in_hand())]
        assert ticket.agent is not None
        agent, name, number = ticket.agent, ticket.id, ticket.assignment
        commands: dict[str, DeskEvent] = {
            "accept": Accept("c", agent, name, number),
            "decline": Decline("c", agent, name, number, None),
            "reply": Reply("c", agent, name, number, "hello"),
            "ask back": Reply("c", agent, name, number, "which?", awaits=True),
            "resolve": Resolve("c", agent, name, number, ticket.last_message),
            "finish": FinishWrapUp("c", agent, name, number),
        }
        self.tell(commands[verb])

    @precondition(lambda self: self.in_hand())
    @rule(choice=choices, handing=handings)
    def an_agent_hands_a_ticket_on(self, choice: int, handing: float | str) -> None:
        """Park it for so long, or give it to somebody, or to a queue."""
        ticket = self.in_hand()[choice % len(self.in_hand())]
        assert ticket.agent is not None
        about = ("c", ticket.agent, ticket.id, ticket.assignment)
        if isinstance(handing, str) and handing.startswith("#"):
            if self.chosen.escalations:
                self.tell(Transfer(*about, to_queue=handing.removeprefix("#")))
        elif isinstance(handing, str):
            self.tell(Transfer(*about, to_agent=handing, note="please"))
        else:
            self.tell(Park(*about, self.now + handing, "waits for payments"))

    @precondition(lambda self: self.in_hand())
    @rule(choice=choices, answers=st.booleans())
    def an_agent_sends_a_ticket_for_re_review(self, choice: int, answers: bool) -> None:
        """Perhaps once they have answered it; somebody may be given it who decided it."""
        ticket = self.in_hand()[choice % len(self.in_hand())]
        assert ticket.agent is not None
        about = ("c", ticket.agent, ticket.id, ticket.assignment)
        if answers:
            self.tell(Reply(*about, "no"))
        self.tell(Escalate(*about, note="disputed"))

    @precondition(lambda self: self.chosen.pull and self.waiting())
    @rule(agent=agents, some=st.lists(choices, min_size=1, max_size=3), again=st.booleans())
    def an_agent_chooses_from_the_queue(self, agent: str, some: list[int], again: bool) -> None:
        """One after the other, while any wait."""
        for choice in some:
            if self.waiting():
                ticket = self.waiting()[choice % len(self.waiting())]
                self.an_agent_chooses(agent, ticket, again=again)

    def an_agent_chooses(self, agent: str, ticket: Ticket, *, again: bool) -> None:
        """What keeps them from being dealt it does so here, but for reserves; and only so often."""
        limit = self.chosen.pull
        assert limit is not None
        recent = [at for at in self.picks[agent] if at + limit.seconds > self.now]
        able = self.oracle.able(self.desk, ticket, self.agent(agent), self.now)
        due = self.something_is_due()
        self.pull(agent, ticket.id, again=again)
        taken = ticket.state is TicketState.ACCEPTED
        if taken:
            self.picks[agent].append(self.now)
            assert len(recent) < limit.most
        assert due or taken == (able and len(recent) < limit.most)

    @precondition(lambda self: self.chosen.pull)
    @rule(agent=agents, again=st.booleans())
    def an_agent_takes_the_next(self, agent: str, again: bool) -> None:
        if self.something_is_due():
            self.settle()
        expected = self.oracle.next_for(self.desk, self.agent(agent), self.now)
        taken = self.pull(agent, "", again=again)
        assert taken == ([] if expected is None else [expected.ticket])
        if expected is not None:
            self.oracle.credits = expected.credits

    @rule(agent=agents, state=st.sampled_from((AgentState.READY, AgentState.BREAK)))
    def an_agent_changes_state(self, agent: str, state: AgentState) -> None:
        self.tell(SetState("c", agent, state, None, None))

    @rule(agent=agents, channels=channel_sets)
    def an_agent_chooses_channels(self, agent: str, channels: frozenset[str]) -> None:
        self.tell(SetState("c", agent, AgentState.READY, channels, None))

    @rule(
        agent=agents,
        levels=skills,
        channels=channel_sets,
        capacity=st.sampled_from((0.0, 1.0, 2.0)),
        active=st.sampled_from((True, True, True, False)),
    )
    def an_agent_is_profiled(
        self,
        agent: str,
        levels: dict[str, int],
        channels: frozenset[str],
        capacity: float,
        active: bool,
    ) -> None:
        before = self.desk.agent(agent)
        shifts = None if before is None else before.shifts
        self.tell(AgentProfiled("e", agent, agent, levels, channels, capacity, active, shifts))

    @rule(agent=agents, plan=plans, new=st.sampled_from((0.0, 0.0, 60.0)))
    def an_agent_is_planned(
        self, agent: str, plan: tuple[tuple[float, float], ...] | None, new: float
    ) -> None:
        """plan: (begins, how long), from now. new: for so long they have a share of two slots."""
        spans = None if plan is None else [(self.now + begins, length) for begins, length in plan]
        shifts = None if spans is None else tuple((at, at + length) for at, length in spans)
        known = self.desk.agent(agent)
        assert known is not None
        about = (known.skills, known.channels, 2.0 if new else known.capacity, known.active)
        self.tell(AgentProfiled("e", agent, agent, *about, shifts, self.now + new if new else 0.0))

    @rule(notifier=st.sampled_from(("n0", "n1")), names=st.frozensets(agents))
    def a_notifier_reports(self, notifier: str, names: frozenset[str]) -> None:
        self.tell(PresenceReported("e", notifier, names, 5.0))

    def pull(self, agent: str, ticket: str, *, again: bool) -> list[str]:
        """What they take by it."""
        self.count += 1
        command = Pull(f"c{self.count}", agent, ticket)
        steps = [each for each in self.tell(command) if isinstance(each, TicketStepped)]
        dealt = [step for step in steps if step.on == "dealt"]
        for step in dealt:
            assert step.agent == agent
            self.check_room(step.ticket, agent)
            self.check_needs(step.ticket, agent)
            self.check_shift(step.ticket, agent)
        if again:
            assert not any(isinstance(each, TicketStepped) for each in self.tell(command))
        return [step.ticket.id for step in dealt]
