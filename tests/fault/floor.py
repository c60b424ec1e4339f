"""A support floor of real processes: services to be killed, customers who write, agents who work.

    async with a_floor(fresh, folder=tmp_path, seed=1) as floor:
        await floor.busy()
        floor["dealer"].kill()
        killed = time.monotonic()
        floor["dealer"].start()
        await floor.recovered(since=killed)
        history = await floor.settled()

A customer, an agent or a service that fails by itself fails the block.
"""

import asyncio
import os
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from cli.processes import World
from cli.service_process import ServiceProcess, ServiceSpec
from deploy.stack.ports import LOOPBACK, free_ports
from shared.contracts import wrap
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.messaging.records import outgoing
from shared.runtime.clock import utc
from tests.fault.agents import STAFF
from tests.fault.customers import SETTING
from tests.fault.history import History, gather
from tests.fault.people import POLL_SECONDS, People
from tests.stacks import Fresh

SESSION_SECONDS: Final = 4
"""Of the routers with the broker: how long a dead one keeps its partitions."""

APART: Final = {"sorter": "sorter", "dealer": "dealer"}
NOTHING: Final[Mapping[str, str]] = {}
RUN_SECONDS: Final = 150.0
"""For a whole run; below pytest's limit here, so that everybody is sent home in good order."""
_SECRET: Final = secrets.token_hex(32)


class Floor(People):
    """One run. Services by name: `ingest`, `notifier`, and the routers asked for."""

    def __init__(
        self,
        fresh: Fresh,
        *,
        folder: Path,
        seed: int,
        routers: Mapping[str, str],
        spares: Mapping[str, str],
    ) -> None:
        self.services: Final = {
            spec.name: ServiceProcess(spec, leash=fresh.stack.leash)
            for spec in _specs(fresh, folder, {**routers, **spares})
        }
        self._spares: Final = frozenset(spares)
        super().__init__(
            fresh,
            door=self["ingest"].url,
            sockets=f"ws://{LOOPBACK}:{self['notifier'].port}/v1/agent",
            secret=_SECRET.encode(),
            seed=seed,
        )

    def __getitem__(self, name: str) -> ServiceProcess:
        return self.services[name]

    async def settled(self) -> History:
        """What `served` does; the services stop in good order; then the whole history."""
        await self.served(check=self.assert_alive)
        # a dealer commits all the time, agents' presence for example: first it has to be silent
        await self.stop()
        return await gather(self)

    async def stop(self) -> None:
        """All services, each in good order."""
        running = self._running()
        codes = await asyncio.gather(*(service.stop() for service in running))
        for service, code in zip(running, codes, strict=True):
            assert code == 0, f"{service.name} ended with {code}. {service.last_words()}"

    async def logged(self, name: str, event: str) -> None:
        """Until a service has logged an event."""
        while event not in self[name].log.read_text("utf-8"):
            self.assert_alive()
            await asyncio.sleep(POLL_SECONDS)

    def assert_alive(self) -> None:
        """Raises AssertionError when a service has ended that nobody killed or told to stop."""
        for service in self.services.values():
            assert service.exit_code in {None, 0, -signal.SIGKILL}, (
                f"{service.name} ended with {service.exit_code}. {service.last_words()}"
            )

    def _running(self) -> list[ServiceProcess]:
        return [service for service in self.services.values() if service.alive]

    async def open(
        self, closing: AsyncExitStack, tasks: asyncio.TaskGroup, *, armed: Mapping[str, str]
    ) -> None:
        """Start everything and everybody."""
        await self.fresh.provision()
        first = [each for each in self.services.values() if each.name not in self._spares]
        for service in first:
            service.start(failpoint=armed.get(service.name, ""))
        await self._hire()
        await asyncio.gather(*(service.wait_ready() for service in first))
        await self._hired()
        await self.come(closing, tasks)

    async def _hire(self) -> None:
        config = ProducerConfig(
            kafka=self.fresh.stack.kafka,
            client_id="fault-tests",
            topic_prefix=self.fresh.topic_prefix,
            timeout=RUN_SECONDS,  # on a busy machine a new topic is long without a leader
        )
        now = utc(time.time())
        async with KafkaPublisher(config) as publisher:
            await publisher.publish(
                [outgoing(wrap(profile, id=f"hire-{profile.agent}", at=now)) for profile in STAFF]
            )

    async def _hired(self) -> None:
        while await self.store["agents"].count_documents({}) < len(STAFF):
            self.assert_alive()
            await asyncio.sleep(POLL_SECONDS)

    async def close(self) -> None:
        """End what still runs, at once: the ledger is closed."""
        for service in self.services.values():
            service.kill()
        await self.store.close()


@asynccontextmanager
async def a_floor(
    fresh: Fresh,
    *,
    folder: Path,
    seed: int,
    routers: Mapping[str, str] = APART,
    spares: Mapping[str, str] = NOTHING,
    armed: Mapping[str, str] = NOTHING,
) -> AsyncIterator[Floor]:
    """A floor at work.

    routers: name -> role (sorter, dealer, both). spares: further ones, for the test to start.
    armed: name -> failpoint.
    """
    floor = Floor(fresh, folder=folder, seed=seed, routers=routers, spares=spares)
    sys.stdout.write(f"seed {seed}, armed {dict(armed)}, logs in {folder}\n")
    try:
        async with (
            asyncio.timeout(RUN_SECONDS),
            asyncio.TaskGroup() as tasks,
            AsyncExitStack() as closing,
        ):
            await floor.open(closing, tasks, armed=armed)
            yield floor
    finally:
        await floor.close()


def _specs(fresh: Fresh, folder: Path, routers: Mapping[str, str]) -> list[ServiceSpec]:
    world = World(
        kafka=fresh.stack.kafka,
        mongo=fresh.stack.mongo,
        database=fresh.database,
        topic_prefix=fresh.topic_prefix,
        group_suffix=fresh.group(""),
        policy=SETTING / "policy.yaml",
        accounts=SETTING / "accounts.yaml",
        extra={
            "CROUPIER_ROUTER_SESSION_SECONDS": str(SESSION_SECONDS),
            "CROUPIER_NOTIFIER_SECRET": _SECRET,
            "CROUPIER_NOTIFIER_PRESENCE_SECONDS": "1",
            "CROUPIER_NOTIFIER_HEARTBEAT_SECONDS": "2",
            "CROUPIER_NOTIFIER_MESSAGES_PER_MINUTE": "6000",
        },
    )
    ports = iter(free_ports(3 + len(routers)))
    own: dict[str, tuple[str, dict[str, str]]] = {
        "ingest": ("ingest", {"CROUPIER_INGEST_SMTP_PORT": str(next(ports))}),
        "notifier": ("notifier", {}),
        **{name: ("router", {"CROUPIER_ROUTER_ROLE": role}) for name, role in routers.items()},
    }
    specs = []
    for name, (service, env) in own.items():
        port = next(ports)
        env[f"CROUPIER_{service.upper()}_PORT"] = str(port)
        specs.append(
            ServiceSpec(
                name=name,
                module=f"services.{service}",
                port=port,
                log=folder / f"{name}.log",
                env={**os.environ, **world.env(), **env},
            )
        )
    return specs
