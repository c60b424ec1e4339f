"""A store of agents' desks in memory, for the notifier's tests."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from services.notifier.digest import Held
from services.notifier.ports import Desktop, Glance, Profile, UnknownAgent
from services.notifier.protocol.server import AgentView, Card
from shared.store.errors import Transient


async def _nothing() -> None:
    pass


@dataclass
class FakeDesktops:
    """One shard.

    between_reads: awaited after the seq is read and before the cards are, as a dealer's commit may
        fall there. down: the store does not answer.
    """

    seq: int = 0
    shard: int = 3
    agents: dict[str, AgentView] = field(default_factory=dict)
    cards: dict[str, list[Card]] = field(default_factory=dict)
    inactive: set[str] = field(default_factory=set)
    between_reads: Callable[[], Awaitable[None]] = _nothing
    down: bool = False

    def enrol(self, agent: str, *, desk: str = "vip", state: str = "ready") -> None:
        """Add an agent with empty hands."""
        self.agents[agent] = AgentView.model_validate(
            {
                "shard": self.shard,
                "seq": self.seq,
                "n": 0,
                "desk": desk,
                "state": state,
                "channels": ("telegram",),
                "capacity": 3.0,
            }
        )

    async def profile(self, agent: str) -> Profile:
        self._answer()
        if agent not in self.agents or agent in self.inactive:
            raise UnknownAgent
        return Profile(desk=self.agents[agent].desk, active=True)

    async def desktop(self, agent: str) -> Desktop:
        self._answer()
        if agent not in self.agents or agent in self.inactive:
            raise UnknownAgent
        seq = self.seq
        await self.between_reads()
        cards = tuple(self.cards.get(agent, ()))
        return Desktop(shard=self.shard, seq=seq, agent=self.agents[agent], cards=cards)

    async def glances(self, agents: Sequence[str]) -> Mapping[str, Glance]:
        self._answer()
        return {agent: self._glance(agent) for agent in agents if agent in self.agents}

    def _glance(self, agent: str) -> Glance:
        view = self.agents[agent]
        profile = Profile(desk=view.desk, active=agent not in self.inactive)
        held = (
            Held(card.ticket, card.assignment, card.state, card.last_message)
            for card in self.cards.get(agent, ())
        )
        return Glance(profile=profile, state=view.state, held=tuple(held))

    def _answer(self) -> None:
        if self.down:
            raise Transient("down")
