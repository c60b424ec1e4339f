"""The services as processes of this machine: what `up`, the demo and the tests start.

    async with Services(world, folder=folder) as services:
        services["router-0"].kill()

Each has ports of its own that it keeps through every restart, and a log in the folder.
"""

import asyncio
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from cli.service_process import ServiceProcess, ServiceSpec
from deploy.stack.leash import Leash
from deploy.stack.ports import LOOPBACK, free_ports, is_free
from deploy.stack.progress import Say, silent

ROOT: Final = Path(__file__).parents[1]
POLICY: Final = ROOT / "deploy" / "policy" / "betting.yaml"
ROSTER: Final = ROOT / "deploy" / "policy" / "agents.yaml"
ACCOUNTS: Final = ROOT / "deploy" / "ingest" / "accounts.yaml"

_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the services of one set share.

    group_suffix: appended to the consumer groups. extra: further `CROUPIER_*` variables.
    """

    kafka: str
    mongo: str
    database: str = "croupier"
    topic_prefix: str = ""
    group_suffix: str = ""
    policy: Path = POLICY
    accounts: Path = ACCOUNTS
    extra: Mapping[str, str] = field(default_factory=dict)

    def env(self) -> dict[str, str]:
        """As the services are told it."""
        return {
            "CROUPIER_KAFKA": self.kafka,
            "CROUPIER_MONGO": self.mongo,
            "CROUPIER_DATABASE": self.database,
            "CROUPIER_TOPIC_PREFIX": self.topic_prefix,
            "CROUPIER_ROUTER_GROUP_SUFFIX": self.group_suffix,
            "CROUPIER_ROUTER_POLICY": str(self.policy),
            "CROUPIER_INGEST_ACCOUNTS": str(self.accounts),
            **self.extra,
        }


class Services:
    """Ingest, one or more routers, and the notifier.

    folder: logs, and the secrets of the notifier and of customers' links. leash: ends them with
    this program. usual_ports: take the services' default ports where they are free; free ones
    otherwise.
    """

    def __init__(
        self,
        world: World,
        *,
        folder: Path,
        routers: int = 1,
        leash: Leash | None = None,
        usual_ports: bool = False,
    ) -> None:
        self.world: Final = world
        self.folder: Final = folder.absolute()
        self.secret_file: Final = self.folder / "notifier.secret"
        self._links_file: Final = self.folder / "status.secret"
        self._own_leash: Final = Leash(_scratch()) if leash is None else None
        self._leash: Final = leash or self._own_leash
        self._ports: Final = _Ports(usual=usual_ports)
        self.smtp_port: Final = self._ports.one(8025)
        self._processes: Final = {
            spec.name: ServiceProcess(spec, leash=self._leash) for spec in self._specs(routers)
        }

    def __getitem__(self, name: str) -> ServiceProcess:
        """`ingest`, `router-0`, `router-1`, …, `notifier`, `courier`, `lobby`, `poller`."""
        return self._processes[name]

    def __iter__(self) -> Iterator[ServiceProcess]:
        return iter(self._processes.values())

    @property
    def smtp(self) -> tuple[str, int]:
        """Host and port of the mail door."""
        return LOOPBACK, self.smtp_port

    @property
    def sockets(self) -> str:
        """Where agents connect."""
        return f"ws://{LOOPBACK}:{self['notifier'].port}/v1/agent"

    @property
    def secret(self) -> bytes:
        """With which agents' tokens are signed."""
        return self.secret_file.read_bytes().strip()

    async def start(self, *, say: Say = silent) -> None:
        """Start all that are dead, and wait until all are ready. Raises StackError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for each in (self.secret_file, self._links_file):
            _make_secret(each)
        for process in self:
            process.start()
        waiting = {process.name for process in self}
        say(f"waiting for {', '.join(sorted(waiting))}")

        async def see(process: ServiceProcess) -> None:
            await process.wait_ready()
            waiting.discard(process.name)
            rest = f"; waiting for {', '.join(sorted(waiting))}" if waiting else ""
            say(f"{process.name} is ready{rest}")

        seeing = [asyncio.create_task(see(process)) for process in self]
        try:
            await asyncio.gather(*seeing)
        finally:
            for task in seeing:
                task.cancel()

    async def stop(self) -> dict[str, int]:
        """End all in good order: the doors first. Exit codes by name."""
        codes = {process.name: await process.stop() for process in self}
        if self._own_leash is not None:
            self._own_leash.release()
        return codes

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def _specs(self, routers: int) -> list[ServiceSpec]:
        one = self._ports.one
        lobby = one(8084)
        links = {
            "CROUPIER_STATUS_URL": f"http://{LOOPBACK}:{lobby}",
            "CROUPIER_STATUS_SECRET_FILE": str(self._links_file),
        }
        smtp = {"CROUPIER_INGEST_SMTP_PORT": str(self.smtp_port)}
        secret = {"CROUPIER_NOTIFIER_SECRET_FILE": str(self.secret_file)}
        return [
            self._spec("ingest", "ingest", one(8080), smtp),
            *(self._spec(f"router-{n}", "router", one(8081), links) for n in range(routers)),
            self._spec("notifier", "notifier", one(8082), secret),
            self._spec("courier", "ingest", one(8083), {"CROUPIER_INGEST_ROLE": "courier"}),
            self._spec("lobby", "ingest", lobby, {"CROUPIER_INGEST_ROLE": "lobby", **links}),
            self._spec("poller", "ingest", one(8086), {"CROUPIER_INGEST_ROLE": "poller"}),
        ]

    def _spec(self, name: str, service: str, port: int, env: Mapping[str, str]) -> ServiceSpec:
        own = {f"CROUPIER_{service.upper()}_PORT": str(port), **env}
        return ServiceSpec(
            name=name,
            module=f"services.{service}",
            port=port,
            log=self.folder / "logs" / f"{name}.log",
            env={**self.world.env(), **own},
        )


def _make_secret(file: Path) -> None:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(_SECRET_BYTES))


def _scratch() -> Path:
    """What the leash takes away with it; ours stays empty, since logs are to be read afterwards."""
    return Path(tempfile.mkdtemp(prefix="croupier-services-"))


class _Ports:
    """Ports, each given once."""

    def __init__(self, *, usual: bool) -> None:
        self._usual: Final = usual
        self._given: Final[set[int]] = set()

    def one(self, usual: int) -> int:
        if self._usual and usual not in self._given and is_free(usual):
            port = usual
        else:
            several = free_ports(len(self._given) + 1)
            port = next(port for port in several if port not in self._given)
        self._given.add(port)
        return port
