"""What goes wrong in a run, drawn from its seed.

Each run enables some kinds of faults and not others: with everything at once, one fault would hide
what another does.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulation.broker import AGENTS, TICKETS
from tests.simulation.network import Server, Weather

if TYPE_CHECKING:
    from tests.simulation.world import World

KINDS = (
    "kill",
    "stop",
    "rebalance",
    "broker outage",
    "store outage",
    "clock step",
    "retention",
    "recreate",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """kinds: faults that strike one at a time, about every `every` seconds.

    weather: chances of a lost request, a lost reply, a slow way, for the broker and the store.
    """

    kinds: tuple[str, ...]
    every: float
    lose_request: float
    lose_reply: float
    slow: float

    @classmethod
    def draw(cls, rng: random.Random) -> "Plan":
        # the log's own losses are rare: they hide nearly everything else
        usual, rare = KINDS[:6], KINDS[6:]
        kinds = [kind for kind in usual if rng.random() < 0.5]
        kinds += [kind for kind in rare if rng.random() < 0.06]
        rough = rng.random() < 0.7
        return cls(
            kinds=tuple(kinds),
            every=rng.uniform(1.5, 6.0),
            lose_request=rng.uniform(0.0, 0.04) if rough else 0.0,
            lose_reply=rng.uniform(0.0, 0.04) if rough else 0.0,
            slow=rng.uniform(0.0, 0.1) if rough else 0.0,
        )

    def brew(self, weather: Weather) -> None:
        weather.lose_request = self.lose_request
        weather.lose_reply = self.lose_reply
        weather.slow = self.slow


class Nemesis:
    """Strikes until told to stop; what it broke is mended by `World.heal`."""

    def __init__(self, world: "World", plan: Plan) -> None:
        self._world = world
        self._plan = plan
        self._rng = world.rng
        self._acts: dict[str, Callable[[], Awaitable[None]]] = {
            "kill": self._kill,
            "stop": self._stop,
            "rebalance": self._rebalance,
            "broker outage": lambda: self._outage(self._world.broker.server),
            "store outage": lambda: self._outage(self._world.database.server),
            "clock step": self._step_clock,
            "retention": self._cut_log,
            "recreate": self._recreate,
        }

    async def rage(self) -> None:
        """Until cancelled."""
        while self._plan.kinds:
            await asyncio.sleep(self._rng.expovariate(1 / self._plan.every))
            kind = self._rng.choice(self._plan.kinds)
            self._world.note("fault", kind)
            await self._acts[kind]()

    async def _kill(self) -> None:
        self._world.kill(self._rng.choice(self._world.running()))

    async def _stop(self) -> None:
        """Shorter and longer than sessions, transactions, silences."""
        name = self._rng.choice(self._world.running())
        self._world.stop(name, seconds=self._rng.choice((0.5, 3.0, 7.0, 14.0)))

    async def _rebalance(self) -> None:
        for _ in range(self._rng.randint(1, 3)):
            group = self._rng.choice((self._world.sorters, self._world.dealers))
            if self._rng.random() < 0.5:
                group.disturb()
            else:
                group.expel(self._rng.random())
            await asyncio.sleep(self._rng.uniform(0.1, 2.0))

    async def _outage(self, server: Server) -> None:
        server.up = False
        await asyncio.sleep(self._rng.uniform(0.3, 5.0))
        server.up = True

    async def _step_clock(self) -> None:
        host = self._world.host(self._rng.choice(self._world.running()))
        host.skew = self._rng.choice((-300.0, -5.0, 0.0, 5.0, 300.0))

    async def _cut_log(self) -> None:
        """Retention overtakes the dealers: everything is gone, read or not."""
        broker = self._world.broker
        for number in range(broker.partitions(TICKETS)):
            broker.log(TICKETS, number).cut(broker.log(TICKETS, number).end)

    async def _recreate(self) -> None:
        """Its readers notice that its metadata changed, and join anew. Profiles that were in it
        unread are gone: the roster is published again.

        Not while a shard with records has yet to have its first owner, who would know of no other
        log: the protocol aiokafka speaks knows no topic ids. It is a limit of the program, not of
        ours.
        """
        topic = self._rng.choice((TICKETS, AGENTS))
        if self._begun(topic):
            self._world.broker.recreate(topic)
            self._world.hire()
            self._world.dealers.disturb()

    def _begun(self, topic: str) -> bool:
        shards = self._world.database.collection("shards")
        for number in range(self._world.broker.partitions(topic)):
            known = topic in dict(shards.get(number, {}).get("offsets", ()))
            if not known and self._world.broker.log(topic, number).end:
                return False
        return True
