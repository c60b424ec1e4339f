"""A desk for tests: short sentences to tell it things, and to ask what it answered."""

from dataclasses import dataclass, field
from itertools import count

from services.router.domain.agent import Agent, AgentState
from services.router.domain.desk import Desk
from services.router.domain.effects import CardGone, CardShown, Effect, Rejected, TicketStepped
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
from services.router.domain.requirement import Need, Requirement, Skills
from services.router.domain.rules import DeskRules
from services.router.domain.shifts import Shift
from services.router.domain.ticket import Ticket, TicketState

NOON = 1_790_000_000.0
RU: Skills = {"lang.ru": 3}
CHANNELS = frozenset({"web", "email"})
RULES = DeskRules(desk="main", version=7, silence_seconds=1e6)


def requirement(
    *needs: Need, queue: str = "payments", channel: str = "web", weight: float = 1.0
) -> Requirement:
    return Requirement(
        queue=queue, channel=channel, needs=needs or (Need("lang.ru"),), weight=weight
    )


@dataclass
class Driver:
    """now: advanced by `wait`. Every call settles the desk unless it says otherwise."""

    rules: DeskRules = RULES
    now: float = NOON
    effects: list[Effect] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.desk = Desk(self.rules)
        self._ids = count(1)
        self._offsets = count(1)

    def tell(self, event: DeskEvent) -> list[Effect]:
        """Apply one event; nothing is dealt."""
        return self.desk.apply(event, now=self.now)

    def settle(self) -> list[Effect]:
        """Tick until there is nothing left to do at this instant."""
        effects: list[Effect] = []
        for _ in range(10_000):
            if not self.desk.pending(now=self.now):
                return effects
            effects += self.desk.tick(now=self.now, limit=50)
        raise AssertionError("the desk does not come to rest")

    def wait(self, seconds: float) -> list[Effect]:
        self.now += seconds
        return self.settle()

    def hire(
        self,
        name: str,
        skills: Skills | None = None,
        *,
        capacity: float = 1.0,
        channels: frozenset[str] = CHANNELS,
        active: bool = True,
        shifts: tuple[Shift, ...] | None = None,
        new_until: float = 0.0,
        keep_shifts: bool = False,
    ) -> list[Effect]:
        chosen = RU if skills is None else skills
        return self.tell(
            AgentProfiled(
                self.id(),
                name,
                name,
                chosen,
                channels,
                capacity,
                active,
                shifts,
                new_until,
                keep_shifts,
            )
        )

    def connect(self, *names: str, notifier: str = "n1", period: float = 5.0) -> list[Effect]:
        """The notifier now holds exactly these agents' sockets."""
        self.tell(PresenceReported(self.id(), notifier, frozenset(names), period))
        return self.settle()

    def state(
        self,
        name: str,
        state: AgentState = AgentState.READY,
        channels: frozenset[str] | None = None,
    ) -> list[Effect]:
        return self.tell(SetState(self.id(), name, state, channels, None)) + self.settle()

    def staff(self, **capacities: float) -> None:
        """Russian speakers, connected and ready, before anything waits."""
        for name, capacity in capacities.items():
            self.hire(name, capacity=capacity)
        self.connect(*capacities)
        for name in capacities:
            self.state(name)

    def ticket(
        self,
        name: str,
        needs: Requirement | None = None,
        *,
        due: float = 600.0,
        version: int = 1,
        state: TicketState = TicketState.QUEUED,
        agent: str | None = None,
    ) -> Ticket:
        """Not yet told to the desk. due: seconds from now."""
        return Ticket(
            id=name,
            requirement=needs or requirement(),
            brand="brand",
            customer=f"customer of {name}",
            identity=f"web:main:{name}",
            lang="ru",
            topic="deposit",
            priority=0,
            tier="standard",
            opened_at=self.now,
            queued_at=self.now,
            due_at=self.now + due,
            seen=((0, 0),),
            last_message=f"{name}-m0",
            version=version,
            state=state,
            agent=agent,
            assignment=1 if agent is not None else 0,
        )

    def open(self, name: str, needs: Requirement | None = None, *, due: float = 600.0) -> None:
        """A customer's first message, announced; nothing is dealt yet."""
        self.desk.adopt_ticket(self.ticket(name, needs, due=due), now=self.now)

    def deal(self, name: str, needs: Requirement | None = None, *, due: float = 600.0) -> str:
        """Open a ticket and say whom it was dealt to."""
        self.open(name, needs, due=due)
        self.settle()
        agent = self.get(name).agent
        assert agent is not None, f"{name} was dealt to nobody"
        return agent

    def entry(
        self,
        name: str,
        kind: str = "message",
        *,
        reopens: bool = True,
        offset: int | None = None,
        rating: int = 0,
    ) -> list[Effect]:
        """The customer's side grows; nothing is dealt."""
        position = next(self._offsets) if offset is None else offset
        event = EntryAdded(
            id=self.id(),
            ticket=name,
            message=f"{name}-m{position}",
            kind=kind,
            partition=0,
            offset=position,
            at=self.now,
            identity=f"telegram:main:{name}",
            reopens=reopens,
            rating=rating,
        )
        return self.tell(event)

    def profile(
        self, name: str, tier: str, *hosts: str, version: int = 1, matter: str = ""
    ) -> list[Effect]:
        """The ticket's customer has this profile; nothing is dealt."""
        return self.tell(CustomerProfiled(self.id(), name, version, tier, hosts, matter))

    def accept(self, name: str) -> list[Effect]:
        return self.tell(Accept(self.id(), *self._offer(name)))

    def decline(self, name: str) -> list[Effect]:
        return self.tell(Decline(self.id(), *self._offer(name), "busy"))

    def reply(
        self, name: str, text: str, *, seen: str | None = None, awaits: bool = False
    ) -> list[Effect]:
        return self.tell(Reply(self.id(), *self._offer(name), text, seen, awaits))

    def resolve(self, name: str) -> list[Effect]:
        seen = self.get(name).last_message
        return self.tell(Resolve(self.id(), *self._offer(name), seen))

    def park(self, name: str, seconds: float, reason: str = "waits for payments") -> list[Effect]:
        return self.tell(Park(self.id(), *self._offer(name), self.now + seconds, reason))

    def transfer(
        self,
        name: str,
        *,
        to_agent: str | None = None,
        to_queue: str | None = None,
        to_desk: str | None = None,
        note: str | None = None,
    ) -> list[Effect]:
        offer = self._offer(name)
        return self.tell(Transfer(self.id(), *offer, to_agent, to_queue, note, to_desk))

    def escalate(
        self, name: str, *, to_queue: str | None = None, note: str | None = None
    ) -> list[Effect]:
        return self.tell(Escalate(self.id(), *self._offer(name), to_queue, note))

    def task(
        self, name: str, to_queue: str, note: str = "look for it", *, wait: bool = True
    ) -> list[Effect]:
        """Whoever has the ticket asks somebody else to do something for it. Nothing is dealt."""
        return self.tell(OpenTask(self.id(), *self._offer(name), to_queue, note, wait))

    def merge(self, name: str, other: str) -> list[Effect]:
        """Whoever has the first makes the other part of it."""
        return self.tell(Merge(self.id(), *self._offer(name), other))

    def split(self, name: str, other: str) -> list[Effect]:
        return self.tell(Split(self.id(), *self._offer(name), other))

    def pull(self, agent: str, name: str = "", *, id: str | None = None) -> list[Effect]:
        """An agent takes a ticket from the queue; without a name the next. Nothing is dealt."""
        return self.tell(Pull(id or self.id(), agent, name))

    def finish(self, name: str) -> list[Effect]:
        return self.tell(FinishWrapUp(self.id(), *self._offer(name)))

    def get(self, name: str) -> Ticket:
        ticket = self.desk.ticket(name)
        assert ticket is not None, f"the desk does not know {name}"
        return ticket

    def agent(self, name: str) -> Agent:
        agent = self.desk.agent(name)
        assert agent is not None, f"the desk does not know {name}"
        return agent

    def holders(self, *names: str) -> list[str | None]:
        return [self.get(name).agent for name in names]

    def id(self) -> str:
        return f"e{next(self._ids)}"

    def _offer(self, name: str) -> tuple[str, str, int]:
        ticket = self.get(name)
        assert ticket.agent is not None, f"{name} is in nobody's hands"
        return ticket.agent, name, ticket.assignment


def steps(effects: list[Effect]) -> list[str]:
    """What happened to tickets, in order."""
    return [effect.on for effect in effects if isinstance(effect, TicketStepped)]


def dealt(effects: list[Effect]) -> list[tuple[str, str | None]]:
    """(ticket, agent) of each deal, in order."""
    return [
        (effect.ticket.id, effect.agent)
        for effect in effects
        if isinstance(effect, TicketStepped) and effect.on == "dealt"
    ]


def shown(effects: list[Effect]) -> list[tuple[str, TicketState, str | None]]:
    """(agent, state, cause) of each card shown."""
    return [(e.agent, e.state, e.cause) for e in effects if isinstance(e, CardShown)]


def gone(effects: list[Effect]) -> list[tuple[str, str]]:
    """(agent, reason) of each card taken away."""
    return [(e.agent, e.reason) for e in effects if isinstance(e, CardGone)]


def rejections(effects: list[Effect]) -> list[str]:
    return [effect.reason for effect in effects if isinstance(effect, Rejected)]
