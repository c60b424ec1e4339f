"""From a customer's message on Kafka to the card on the agent's socket, at a steady rate.

The real services: a sorter, a dealer, a notifier, agents on WebSockets. A message's time is taken
just before it is published and when its card arrives; both in this process, on one clock.
"""

import asyncio
import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import quantiles
from time import perf_counter

from cli.agent_client import AgentClient
from cli.agent_desk import Message
from cli.token import mint
from deploy.stack.ports import LOOPBACK, free_ports
from tests.bench.throughput import router_environment
from tests.bench.world import Place, messages, running, staff

_AGENTS = 20
_LAST_CARD_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds."""

    p50: float
    p99: float


async def latency(*, kafka: str, mongo: str, rate: int = 200, seconds: float = 20.0) -> Latency:
    """Of `rate` messages a second for so long, after a second and a half to warm up."""
    place = await Place.fresh(kafka=kafka, mongo=mongo)
    secret = secrets.token_hex(32)
    port = free_ports(1)[0]
    notifier = {
        "CROUPIER_NOTIFIER_PORT": str(port),
        "CROUPIER_NOTIFIER_SECRET": secret,
        # An agent ends here with two hundred cards in hand, as at no desk. The heartbeat's digest
        # of so many would be what is measured; at 60 s it falls outside of the run.
        "CROUPIER_NOTIFIER_HEARTBEAT_SECONDS": "60",
    }
    async with AsyncExitStack() as parts:
        for module, ready, env in (
            ("services.router", b"dealer.shard_taken_over", router_environment("dealer")),
            ("services.router", b"sorter.assigned", router_environment("sorter")),
            ("services.notifier", b"notifier.listening", notifier),
        ):
            await parts.enter_async_context(running(place, module, ready=ready, env=env))
        await staff(place, agents=_AGENTS)
        meter = _Meter()
        url = f"ws://{LOOPBACK}:{port}/v1/agent"
        for number in range(_AGENTS):
            agent = f"agent-{number:03}"
            client = AgentClient(
                url=url,
                agent=agent,
                token=lambda agent=agent: mint(agent, secret=secret.encode()),  # type: ignore[misc]
                on_message=meter.arrived,
            )
            await parts.enter_async_context(client)
            await client.up_to_date()
        await _drive(place, meter, rate=rate, count=int(rate * 1.5))
        meter.reset()
        await _drive(place, meter, rate=rate, count=int(rate * seconds), offset=int(rate * 1.5))
        return meter.latency()


class _Meter:
    """Notes when each message left and when its first card came."""

    def __init__(self) -> None:
        self._left: dict[str, float] = {}
        self._took: list[float] = []
        self._all_here = asyncio.Event()

    def leave(self, message: str) -> None:
        self._left[message] = perf_counter()

    def arrived(self, message: Message) -> None:
        """A card comes by itself, or in a snapshot that overtook it."""
        match message["type"]:
            case "card":
                cards = [message["card"]]
            case "snapshot":
                cards = message["cards"]
            case _:
                return
        for card in cards:
            left = self._left.pop(card["last_message"], None)
            if left is not None:
                self._took.append(perf_counter() - left)
        if not self._left:
            self._all_here.set()

    async def everything(self) -> None:
        """Until every message that left has its card. Raises TimeoutError."""
        self._all_here.clear()
        async with asyncio.timeout(_LAST_CARD_SECONDS):
            while self._left:
                await self._all_here.wait()

    def reset(self) -> None:
        self._took.clear()

    def latency(self) -> Latency:
        cuts = quantiles(self._took, n=100)
        return Latency(p50=cuts[49] * 1_000, p99=cuts[98] * 1_000)


async def _drive(place: Place, meter: _Meter, *, rate: int, count: int, offset: int = 0) -> None:
    """Publish `count` messages evenly, whatever becomes of the earlier ones, and wait for all."""
    load = messages(count, offset=offset)
    sending: list[asyncio.Task[None]] = []
    async with place.publisher() as publisher:
        began = perf_counter()
        for number, message in enumerate(load):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - perf_counter()))
            meter.leave(f"telegram:bench_bot:{offset + number}")
            sending.append(asyncio.create_task(publisher.publish([message])))
        await asyncio.gather(*sending)
        await meter.everything()
