"""Whatever happens at a desk, in whatever order, its promises hold.

Two desks hear the same: `desk`, and `twin`, which is now and then replaced by one loaded from the
store. Both must always say the same, and each deal must be the one brute force finds.
"""

import math
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from services.router.domain.agent import Agent, AgentState
from services.router.domain.clocks import MISSED, WARNED, Clock
from services.router.domain.desk import Desk
from services.router.domain.effects import Effect, Paged, ReplySent, TicketStepped
from services.router.domain.events import (
    Accept,
    AgentProfiled,
    CustomerProfiled,
    Decline,
    DeskEvent,
    EntryAdded,
    Escalate,
    FinishWrapUp,
    Merge,
    OpenTask,
    Park,
    PresenceReported,
    Pull,
    Reply,
    Resolve,
    SetState,
    Split,
    Transfer,
)
from services.router.domain.picks import PickLimit
from services.router.domain.protection import NOBODY_READY, NOT_TAKEN, Protection
from services.router.domain.reach import EVERYBODY
from services.router.domain.requirement import Need, Requirement, Stage
from services.router.domain.reserve import Reserve
from services.router.domain.revision import kind_of
from services.router.domain.rules import DeskRules
from services.router.domain.shifts import Guards
from services.router.domain.ticket import IN_HAND, SETTLED, Ticket, TicketState
from tests.property.desk_climbs import LADDERS, Climbs, Treating
from tests.property.desk_oracle import (
    NEW_SHARE,
    WAITING_SHARE,
    Oracle,
    capacity_of,
    closed,
    load_of,
)
from tests.property.desk_silences import Silences
from tests.property.desk_tasks import Ties

_MANY = 1_000
NOON = 1_790_000_000.0
WARN_SECONDS = 20.0
_READ = ("message", "edit", "transcript")
_IN_THE_DESK_S_HANDS = {
    TicketState.ACCEPTED,
    TicketState.WAITING_CUSTOMER,
    TicketState.WRAP_UP,
    TicketState.PARKED,
}
_UNTAKEN = {TicketState.QUEUED, TicketState.OFFERED}
AGENTS = tuple(f"a{i}" for i in range(5))
RESERVES = (
    Reserve("lithuanian", slots=1, skill="lang.lt"),
    Reserve("vip", slots=2, tier="vip", among=(Need("topic.bonus"),)),
    Reserve("anybody", slots=1, tier="vip"),
)
PROTECTED = {"phone": Protection(25.0, {"en": "Soon."}, "en")}
rules = st.builds(
    DeskRules,
    desk=st.just("main"),
    version=st.just(1),
    silence_seconds=st.just(1e9),
    reopen_seconds=st.just(300.0),
    auto_accept=st.just(frozenset({"sms"})),
    interruptible=st.sampled_from(
        (frozenset[str](), frozenset[str](), frozenset({"email"}), frozenset({"email", "sms"}))
    ),
    late_share=st.sampled_from((None, None, 0.25, 0.5, 1.0)),
    reserves=st.sampled_from(((), RESERVES[:1], RESERVES[2:], RESERVES[:2], RESERVES)),
    sticky_seconds=st.sampled_from((0.0, 0.0, 15.0)),
    waiting_share=st.just(WAITING_SHARE),
    new_hire_share=st.just(NEW_SHARE),
    customer_nudge_seconds=st.sampled_from((0.0, 10.0)),
    customer_silence_seconds=st.sampled_from((0.0, 40.0)),
    agent_nudge_seconds=st.sampled_from((0.0, 10.0)),
    agent_lead_seconds=st.sampled_from((0.0, 25.0)),
    agent_silence_seconds=st.sampled_from((0.0, 40.0)),
    park_seconds_max=st.just(60.0),
    transfer_seconds=st.sampled_from((0.0, 15.0, 15.0)),
    pull=st.sampled_from((None, PickLimit(1, 30.0), PickLimit(2, 30.0))),
    guards=st.sampled_from((Guards(10.0), Guards(20.0, {"phone": 0.0}))),
    protected=st.just(PROTECTED),
    queues=st.just(frozenset({"q", "spare"})),
    escalations=st.sampled_from(LADDERS),
)
CHANNELS = ("web", "email", "sms")

skills = st.dictionaries(
    st.sampled_from(("lang.ru", "lang.lt", "topic.bonus", "lang.en", "licence")),
    st.integers(1, 3),
    min_size=1,
)
channel_sets = st.frozensets(st.sampled_from(CHANNELS), min_size=1)
needs = st.lists(
    st.builds(
        Need,
        skill=st.sampled_from(("lang.ru", "lang.lt", "topic.bonus")),
        level=st.integers(1, 2),
        hard=st.booleans(),
    ),
    max_size=2,
    unique_by=lambda need: need.skill,
).map(lambda listed: tuple(sorted(listed)))
ways = st.lists(
    st.lists(
        st.builds(Need, st.sampled_from(("lang.en", "licence")), st.integers(1, 3)), max_size=2
    ).map(tuple),
    min_size=1,
    max_size=2,
).map(tuple)
stages = st.one_of(
    st.just(()),
    st.tuples(
        st.builds(Stage, st.just(0.0), ways),
        st.builds(Stage, st.sampled_from((10.0, 10.5)), ways),
        st.builds(Stage, st.sampled_from((20.0, 70.0)), ways),
    ),
)
requirements = st.builds(
    Requirement,
    queue=st.sampled_from(("q", "q", "phone")),
    channel=st.sampled_from(CHANNELS),
    needs=needs,
    weight=st.sampled_from((0.3, 0.5, 1.0)),
    stages=stages,
)
agents = st.sampled_from(AGENTS)
hosts = st.one_of(
    st.just(()),
    st.lists(
        st.tuples(agents, st.sampled_from((0.0, 10.0, 30.0))),
        max_size=2,
        unique_by=lambda host: host[0],
    ).map(tuple),
)
plans = st.one_of(
    st.none(),
    st.lists(
        st.tuples(st.sampled_from((-5.0, 0.0, 10.0, 40.0)), st.sampled_from((15.0, 60.0))),
        max_size=2,
    ).map(tuple),
)
laws = st.sampled_from((0.0, 0.0, 35.0, 90.0))
choices = st.integers(0, 1_000)
kinds = st.sampled_from(("message", "message", "message", "edit", "delete", "left"))
verbs = st.sampled_from(("accept", "accept", "decline", "reply", "ask back", "resolve", "finish"))
handings = st.sampled_from((5.0, 15.0, 90.0)) | agents | agents | st.sampled_from(("#q", "#spare"))


class DeskMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.store: dict[str, Ticket] = {}
        self.ages: dict[str, tuple[float, float]] = {}
        self.passed: dict[tuple[str, str | None], float] = {}
        self.entries: dict[str, int] = {}
        self.answered: set[str] = set()
        self.laws: dict[str, Clock] = {}
        self.picks: dict[str, list[float]] = {agent: [] for agent in AGENTS}
        self.decided: dict[str, set[str]] = {}
        self.reviewed: dict[str, set[str]] = {}
        self.count = 0

    @initialize(
        chosen=rules, profiles=st.lists(st.tuples(skills, channel_sets), min_size=5, max_size=5)
    )
    def everybody_comes_in(
        self, chosen: DeskRules, profiles: list[tuple[dict[str, int], frozenset[str]]]
    ) -> None:
        self.treating = Treating()
        if chosen.escalations:  # whatever moves a ticket asks what becomes of it
            chosen = replace(chosen, treat=self.treating.treat)
        self.chosen = chosen
        self.climbs = Climbs(chosen.escalations)
        self.ties = Ties()
        self.silences = Silences(chosen)
        self.oracle = Oracle(chosen)
        self.desk, self.twin = Desk(chosen), Desk(chosen)
        for name, (levels, channels) in zip(AGENTS, profiles, strict=True):
            self.tell(AgentProfiled("e", name, name, levels, channels, 1.0, True))
            self.tell(SetState("e", name, AgentState.READY, None, None))
        self.tell(PresenceReported("e", "n0", frozenset(AGENTS), 5.0))

    @rule(
        need=requirements,
        due=st.integers(-5, 50),
        tier=st.sampled_from(("standard", "standard", "vip")),
        own=hosts,
        law=laws,
        many=st.integers(1, 3),
    )
    def customers_write(self, need: Requirement, many: int, **others: Any) -> None:
        for _ in range(many):
            self.a_customer_writes(need, **others)

    def a_customer_writes(
        self,
        need: Requirement,
        *,
        due: int,
        tier: str,
        own: tuple[tuple[str, float], ...],
        law: float,
    ) -> None:
        self.count += 1
        name = f"t{self.count:03d}"
        self.treating.expect(name, need, due)
        ticket = Ticket(
            id=name,
            requirement=need,
            brand="b",
            customer=name,
            identity=name,
            lang="ru",
            topic=name,
            priority=0,
            tier=tier,
            opened_at=self.now,
            queued_at=self.now,
            due_at=self.now + due,
            seen=((0, self.count),),
            last_message=f"m{self.count}",
            hosts=own,
        )
        if law:
            ends = self.now + law
            self.laws[name] = Clock("law", ends, ends - WARN_SECONDS, statutory=True)
            ticket.clocks = (self.laws[name],)
        self.adopt(ticket)

    @precondition(lambda self: self.store)
    @rule(choice=choices, kind=kinds, reopens=st.booleans(), repeated=st.booleans())
    def a_customer_goes_on(self, choice: int, kind: str, reopens: bool, repeated: bool) -> None:
        name = sorted(self.store)[choice % len(self.store)]
        if not self.desk.knows(name):  # closed and forgotten: the dealer reads it from the store
            self.adopt(replace(self.store[name], version=2))
        self.write(name, kind, reopens=reopens, repeated=repeated)

    @precondition(lambda self: self.answered)
    @rule(choice=choices, reopens=st.booleans())
    def a_customer_asks_again(self, choice: int, reopens: bool) -> None:
        """After an answer, where that is still in memory."""
        name = sorted(self.answered)[choice % len(self.answered)]
        if self.desk.knows(name):
            self.write(name, "message", reopens=reopens, repeated=False)

    def write(self, name: str, kind: str, *, reopens: bool, repeated: bool) -> None:
        self.count += 1
        offset = 0 if repeated else self.count
        message = f"m{self.count}"
        event = EntryAdded("e", name, message, kind, 0, offset, self.now, name, reopens)
        whole = self.whole_of(name)
        begins = whole.id in self.answered and whole.state in _IN_THE_DESK_S_HANDS
        effects = self.tell(event)
        assert not (effects and repeated)
        self.entries[name] += not repeated
        if reopens and kind in _READ and not repeated:
            assert begins == any(
                isinstance(each, TicketStepped) and each.timing for each in effects
            )
            self.answered.discard(whole.id)

    @precondition(lambda self: self.store)
    @rule(
        choice=choices,
        tier=st.sampled_from(("standard", "vip")),
        own=st.lists(agents, max_size=2, unique=True),
        matter=st.sampled_from(("", "phone", "phone", "spare")),
        late=st.booleans(),
    )
    def a_customer_is_profiled(
        self, choice: int, tier: str, own: list[str], matter: str, late: bool
    ) -> None:
        """Perhaps with a matter of theirs, which moves what nobody has taken, once."""
        name = sorted(self.store)[choice % len(self.store)]
        if not self.desk.knows(name):
            self.adopt(replace(self.store[name], version=2))
        self.count += 1
        version = 0 if late else self.count
        matter = matter if self.chosen.escalations else ""
        ticket = self.desk.ticket(name)
        assert ticket is not None
        untaken = ticket.state in _UNTAKEN and not ticket.tasks.parent
        drawn = untaken and matter in PROTECTED and not protected(ticket) and not late
        event = CustomerProfiled("e", name, version, tier, tuple(own), matter)
        steps = [each.on for each in self.tell(event) if isinstance(each, TicketStepped)]
        assert steps == ["customer_profiled", "matter_opened"][: 0 if late else 1 + drawn]
        assert not drawn or (ticket.state, ticket.agent) == (TicketState.QUEUED, None)
        assert not drawn or (protected(ticket) and ticket.page_at > self.now)
        assert self.tell(event) == []

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
        if again and part in _parts(ticket):
            assert not any(isinstance(each, TicketStepped) for each in self.tell(merge))

    @precondition(lambda self: self.wholes())
    @rule(choice=choices, other=choices, again=st.booleans())
    def an_agent_splits_a_ticket_off(self, choice: int, other: int, again: bool) -> None:
        ticket = self.wholes()[choice % len(self.wholes())]
        assert ticket.agent is not None
        part = _parts(ticket)[other % len(_parts(ticket))]
        about = ("c", ticket.agent, ticket.id, ticket.assignment, part)
        self.tell(Split(*about))
        if ticket.state in (TicketState.ACCEPTED, TicketState.WAITING_CUSTOMER):
            assert part not in _parts(ticket)
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
            parts = [part for part in _parts(ticket) if self.is_part(part, ticket)]
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
                assert part.id in _parts(whole)
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
            came = [part for part in _parts(ticket) if self.is_part(part, ticket)]
            if len(came) == len(_parts(ticket)):
                parts = sum(self.entries[part] for part in came)
                assert ticket.entries == self.entries[ticket.id] + parts

    @invariant()
    def counters_agree_with_the_tickets(self) -> None:
        tickets = list(self.desk.tickets())
        for (queue, state), counted in self.desk.depth().counts.items():
            found = [t for t in tickets if (t.requirement.queue, t.state) == (queue, state)]
            assert counted == len(found)

    def teardown(self) -> None:
        """Left alone, every offer ends and the desk comes to rest."""
        self.tell(PresenceReported("e", "n0", frozenset(), 5.0))
        self.tell(PresenceReported("e", "n1", frozenset(), 5.0))
        for _ in range(4):
            self.now += self.chosen.grace_seconds
            self.settle()
        assert self.in_hand() == []

    def in_hand(self) -> list[Ticket]:
        return [ticket for ticket in self.desk.tickets() if ticket.state in IN_HAND]

    def tasks_in_hand(self) -> list[Ticket]:
        return [ticket for ticket in self.in_hand() if ticket.tasks.parent]

    def with_tasks_in_hand(self) -> list[Ticket]:
        return [ticket for ticket in self.in_hand() if ticket.tasks.open]

    def wholes(self) -> list[Ticket]:
        """Tickets in hand that others are part of."""
        return [ticket for ticket in self.in_hand() if ticket.bond.merged]

    def whole_of(self, name: str) -> Ticket:
        """The ticket that an entry to this one concerns."""
        ticket = self.desk.ticket(name)
        assert ticket is not None
        whole = self.desk.ticket(ticket.bond.merged_into)
        return whole if whole is not None and self.is_part(name, whole) else ticket

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

    def something_is_due(self) -> bool:
        """Whom tickets reach, and what agents may be dealt, is as of the last tick till then."""
        wakeup = self.desk.next_wakeup()
        return wakeup is not None and wakeup <= self.now

    def waiting(self) -> list[Ticket]:
        waiting = (each for each in self.desk.tickets() if each.state is TicketState.QUEUED)
        return sorted(waiting, key=lambda each: each.id)

    def agent(self, name: str) -> Agent:
        agent = self.desk.agent(name)
        assert agent is not None
        return agent

    def is_part(self, name: str, whole: Ticket) -> bool:
        part = self.desk.ticket(name)
        return (
            part is not None
            and part.state is TicketState.RESOLVED
            and part.bond.merged_into == whole.id
        )

    def adopt(self, ticket: Ticket) -> None:
        other = deepcopy(ticket)
        self.ages.setdefault(ticket.id, (ticket.queued_at, ticket.due_at))
        self.entries.setdefault(ticket.id, ticket.entries)
        effects = self.desk.adopt_ticket(ticket, now=self.now)
        assert effects == self.twin.adopt_ticket(other, now=self.now)
        self.climbs.note(effects, self.now)
        self.store[ticket.id] = ticket

    def tell(self, event: DeskEvent) -> list[Effect]:
        effects = self.desk.apply(event, now=self.now)
        assert effects == self.twin.apply(event, now=self.now)
        self.note(effects)
        return effects

    def settle(self) -> None:
        for _ in self.until_it_rests(self.desk):
            expected = self.oracle.next_deal(self.desk, self.now)
            effects = self.desk.tick(now=self.now, limit=1)
            self.note(effects)
            match effects:
                case [TicketStepped(on="dealt") as step, *_]:
                    assert step.decision is not None
                    best = [candidate.agent for candidate in step.decision.best]
                    assert expected is not None
                    assert (step.ticket.id, best) == (expected.ticket, expected.best)
                    assert step.agent == best[0]
                    self.oracle.credits = expected.credits
                    self.check_room(step.ticket, step.agent)
                    self.check_needs(step.ticket, step.agent)
                    self.check_shift(step.ticket, step.agent)
        self.settle_twin()
        self.check_nothing_waits_in_vain()

    def until_it_rests(self, desk: Desk) -> Iterator[int]:
        """Once for each tick it asks for; nothing may keep it busy for ever."""
        for tick in range(_MANY):
            if not desk.pending(now=self.now):
                return
            yield tick
        raise AssertionError("the desk does not come to rest")

    def settle_twin(self) -> None:
        """The same end, whatever the size of its ticks."""
        for _ in self.until_it_rests(self.twin):
            self.twin.tick(now=self.now, limit=7)
        assert _tickets(self.twin) == _tickets(self.desk)
        assert _agents(self.twin) == _agents(self.desk)

    def check_room(self, ticket: Ticket, agent: str | None) -> None:
        """Of what was dealt now; what can be interrupted may lie beside it."""
        dealt_to = self.desk.agent(agent or "")
        assert dealt_to is not None
        loose = self.oracle.interruptible(ticket)
        load = self.oracle.load(self.desk, dealt_to.id, loose=loose)
        assert load <= capacity_of(dealt_to, self.now) + 1e-9

    def check_needs(self, ticket: Ticket, agent: str | None) -> None:
        """Whatever falls with time, this does not."""
        dealt_to = self.desk.agent(agent or "")
        assert dealt_to is not None
        for need in ticket.requirement.needs:
            assert dealt_to.skills.get(need.skill, 0) >= need.level or not need.hard

    def check_shift(self, ticket: Ticket, agent: str | None) -> None:
        """Nobody is dealt a ticket outside of their shift, nor in the guard before its end."""
        dealt_to = self.desk.agent(agent or "")
        assert dealt_to is not None
        assert not closed(self.chosen.guards, ticket.requirement.queue, dealt_to, self.now)

    def check_nothing_waits_in_vain(self) -> None:
        for ticket in self.desk.tickets():
            if ticket.state is TicketState.QUEUED:
                for agent in self.desk.agents():
                    assert not self.oracle.eligible(self.desk, ticket, agent, self.now)
                told = not protected(ticket) or NOBODY_READY in ticket.paged
                assert told or self.somebody_is_there(ticket)
                assert (self.climbs.due_at(ticket) or math.inf) > self.now
            assert not 0 < self.silences.lead_at(ticket) <= self.now
            if ticket.state not in SETTLED:
                assert all(clock.told == told_by(clock, self.now) for clock in ticket.clocks)

    def somebody_is_there(self, ticket: Ticket) -> bool:
        agents = self.desk.agents()
        return any(self.oracle.on_duty(ticket, agent, self.now) for agent in agents)

    def forget(self) -> None:
        for desk in (self.desk, self.twin):
            assert desk.tick(now=self.now, limit=1) == []

    def note(self, effects: list[Effect]) -> None:
        self.climbs.note(effects, self.now)
        self.ties.note(effects, self.now)
        self.silences.note(effects, self.now)
        for effect in effects:
            if isinstance(effect, TicketStepped):
                self.note_task(effect)
                self.note_age(effect)
                self.note_decision(effect)
                self.note_offer(effect)
            if isinstance(effect, Paged) and effect.who is None:
                self.note_page(effect, effects)

    def note_page(self, page: Paged, effects: list[Effect]) -> None:
        """Never in vain, and never twice; who is told that nobody is there is told once."""
        ticket, told = page.ticket, any(isinstance(each, ReplySent) for each in effects)
        assert len(set(ticket.paged)) == len(ticket.paged)
        if page.reason.startswith("clock_"):
            assert any(clock.told == told_by(clock, self.now) for clock in ticket.clocks)
            return
        assert protected(ticket)
        assert told == (page.reason == NOBODY_READY)
        if page.reason == NOBODY_READY:
            assert not self.somebody_is_there(ticket)
        else:
            assert ticket.state in {TicketState.QUEUED, TicketState.OFFERED}
            assert self.now - ticket.opened_at >= PROTECTED["phone"].page_seconds

    def note_task(self, step: TicketStepped) -> None:
        """What begins with it, and who it passes by for a while."""
        task = step.ticket
        if step.on == "opened" and task.tasks.parent:
            self.ages[task.id] = (task.queued_at, task.due_at)
            self.entries[task.id] = task.entries
            self.passed[task.id, step.agent] = step.at
            for past in (self.decided, self.reviewed):
                past[task.id] = set(past.get(task.tasks.parent, ()))

    def note_age(self, step: TicketStepped) -> None:
        """A reopened ticket begins a new wait, and so does a question after an answer; nothing else
        may change its age. In another queue it has another deadline, from the same beginning."""
        ticket = step.ticket
        handed = step.handing is not None and step.handing.to_queue and step.on != "task_opened"
        if self.chosen.treat is not None and handed:
            queued_at, _ = self.ages[ticket.id]
            treatment = self.chosen.treat(kind_of(ticket))
            self.ages[ticket.id] = (queued_at, treatment.due_at(queued_at))
        if step.on == "replied":
            self.answered.add(ticket.id)
        again = step.on == "entry_added" and step.timing is not None
        assert not again or ticket.id in self.answered
        if step.on == "merged" and step.before is not TicketState.WRAP_UP:
            self.note_question_merged(step)
        if again or (step.on == "reopened" and step.after is TicketState.QUEUED):
            self.answered.discard(ticket.id)
            old = self.ages[ticket.id]
            assert ticket.due_at - ticket.queued_at == old[1] - old[0]
            self.ages[ticket.id] = (ticket.queued_at, ticket.due_at)

    def note_question_merged(self, step: TicketStepped) -> None:
        """What had an answer waits anew, since when the question did that became part of it."""
        part, joining = step.ticket, step.joining
        assert joining is not None
        if joining.other in self.answered and part.id not in self.answered:
            self.answered.discard(joining.other)
            old = self.ages[joining.other]
            self.ages[joining.other] = (part.queued_at, part.queued_at + old[1] - old[0])
            self.silences.asked(joining.other, self.now)

    def note_decision(self, step: TicketStepped) -> None:
        """Who answered or resolved it decided it; so did who decided what became one with it."""
        name, agent = step.ticket.id, step.agent
        if step.on in {"replied", "resolved", "escalated"}:
            assert agent is not None
            self.decided.setdefault(name, set()).add(agent)
        if step.on == "escalated":
            self.reviewed[name] = set(self.decided[name])
        if step.on in {"merged_in", "split_off"}:
            assert step.joining is not None
            for past in (self.decided, self.reviewed):
                past.setdefault(name, set()).update(past.get(step.joining.other, ()))

    def note_offer(self, step: TicketStepped) -> None:
        """Who let an offer pass is not offered the ticket again for a while."""
        offer = (step.ticket.id, step.agent)
        if step.handing is not None:
            self.passed.pop((step.ticket.id, step.handing.to_agent), None)
        if step.on in {"declined", "offer_expired", "agent_silent", "transferred"}:
            self.passed[offer] = step.at
        elif step.on == "dealt":
            assert step.agent not in self.reviewed.get(step.ticket.id, set())
            assert step.at >= self.passed.get(offer, -math.inf) + self.chosen.skip_seconds


def told_by(clock: Clock, now: float) -> int:
    """What is to be told of a clock by now."""
    return MISSED if clock.due_at <= now else WARNED if clock.warn_at <= now else 0


def protected(ticket: Ticket) -> bool:
    return ticket.requirement.queue in PROTECTED


def _parts(ticket: Ticket) -> list[str]:
    return [part for part, _ in ticket.bond.merged]


def _tickets(desk: Desk) -> dict[str, Ticket]:
    """All but those a take-over would not load, however the two stand with forgetting them."""
    over = (TicketState.CLOSED, TicketState.ABANDONED)
    return {t.id: replace(t, version=0) for t in desk.tickets() if t.state not in over}


def _agents(desk: Desk) -> dict[str, Agent]:
    return {agent.id: agent for agent in desk.agents()}


TestDesk = DeskMachine.TestCase
TestDesk.settings = settings(max_examples=150, stateful_step_count=40)
