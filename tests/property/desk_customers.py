"""What customers do."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from services.router.domain.clocks import Clock
from services.router.domain.effects import TicketStepped
from services.router.domain.events import CustomerProfiled, EntryAdded
from services.router.domain.requirement import Requirement
from services.router.domain.ticket import Ticket, TicketState
from tests.property.desk_strategies import (
    IN_THE_DESK_S_HANDS,
    PROTECTED,
    READ,
    UNTAKEN,
    WARN_SECONDS,
    agents,
    choices,
    hosts,
    kinds,
    laws,
    requirements,
)
from tests.property.desk_world import DeskWorld, protected


class Customers(DeskWorld):
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
        begins = whole.id in self.answered and whole.state in IN_THE_DESK_S_HANDS
        effects = self.tell(event)
        assert not (effects and repeated)
        self.entries[name] += not repeated
        if reopens and kind in READ and not repeated:
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
        untaken = ticket.state in UNTAKEN and not ticket.tasks.parent
        drawn = untaken and matter in PROTECTED and not protected(ticket) and not late
        event = CustomerProfiled("e", name, version, tier, tuple(own), matter)
        steps = [each.on for each in self.tell(event) if isinstance(each, TicketStepped)]
        assert steps == ["customer_profiled", "matter_opened"][: 0 if late else 1 + drawn]
        assert not drawn or (ticket.state, ticket.agent) == (TicketState.QUEUED, None)
        assert not drawn or (protected(ticket) and ticket.page_at > self.now)
        assert self.tell(event) == []
