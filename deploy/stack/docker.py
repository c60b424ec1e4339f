"""The docker stack: the images of docker-compose.yml, started by testcontainers for tests.

Containers listen on the same port inside and outside, so the addresses they announce are true for
both, and stay through a restart. testcontainers' reaper removes them when the tests are gone.
"""

import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from deploy.stack.pins import KAFKA_IMAGE, MONGO_IMAGE
from deploy.stack.ports import LOOPBACK, free_ports
from deploy.stack.probes import PROBES, Role
from deploy.stack.readiness import until_ready
from deploy.stack.stack import Stack


class ContainerPart:
    """One server in a container."""

    def __init__(self, container: Any, *, name: str, role: Role, port: int) -> None:
        self._container = container  # a testcontainers DockerContainer, not yet started
        self._created = False
        self._role: Role = role
        self.name = name
        self.address = f"{LOOPBACK}:{port}"

    @property
    def alive(self) -> bool:
        return self._created and self._inner().status in {"running", "paused"}

    def launch(self) -> None:
        if not self._created:
            self._container.start()
            self._created = True
        elif not self.alive:
            self._inner().start()

    def wait_ready(self, *, seconds: float = 90) -> None:
        until_ready(
            lambda: PROBES[self._role](self.address),
            name=self.name,
            alive=lambda: self.alive,
            seconds=seconds,
            last_words=lambda: self._inner().logs(tail=8).decode(errors="replace"),
        )

    def start(self) -> None:
        self.launch()
        self.wait_ready()

    def stop(self) -> None:
        self.resume()
        if self.alive:
            self._inner().stop(timeout=15)

    def kill(self) -> None:
        if self.alive:
            self._inner().kill(signal="SIGKILL")
            self._inner().wait()

    def pause(self) -> None:
        self._inner().pause()

    def resume(self) -> None:
        if self._created and self._inner().status == "paused":
            self._inner().unpause()

    def _inner(self) -> Any:
        """The Docker client's container, with its present status."""
        inner = self._container.get_wrapped_container()
        inner.reload()
        return inner


def engine_answers(env: Mapping[str, str]) -> bool:
    """Whether a Docker engine is there to start containers: `DOCKER_HOST`, or the usual socket."""
    # Asked by hand first: the client leaks its socket when nobody listens.
    if not _listens(env.get("DOCKER_HOST") or "unix:///var/run/docker.sock"):
        return False
    import docker  # noqa: PLC0415 - a development package, absent from images
    from docker.errors import DockerException  # noqa: PLC0415

    try:
        client = docker.from_env(timeout=3, environment=dict(env))
    except DockerException:
        return False
    client.close()
    return True


def _listens(host: str) -> bool:
    where = urlsplit(host)
    try:
        if where.scheme == "unix":
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                probe.connect(where.path)
        else:
            socket.create_connection((where.hostname, where.port or 2375), timeout=3).close()
    except OSError:
        return False
    return True


def stack() -> Stack:
    """A broker and a replica set of one in containers, not yet started."""
    kafka_port, controller_port, mongo_port = free_ports(3)
    broker = ContainerPart(
        _container(KAFKA_IMAGE, port=kafka_port, env=_kafka_env(kafka_port, controller_port)),
        name="kafka-0",
        role="broker",
        port=kafka_port,
    )
    mongod = ["mongod", "--replSet", "rs0", "--bind_ip_all", "--port", str(mongo_port)]
    store = ContainerPart(
        _container(MONGO_IMAGE, port=mongo_port, command=mongod),
        name="mongo",
        role="replica-set",
        port=mongo_port,
    )
    return Stack(
        "docker",
        kafka=broker.address,
        mongo=f"mongodb://{store.address}/?directConnection=true",
        parts={part.name: part for part in (broker, store)},
    )


def _container(
    image: str, *, port: int, env: dict[str, str] | None = None, command: list[str] | None = None
) -> Any:
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - see above

    container = DockerContainer(image, env=env or {}).with_bind_ports(port, port)
    return container.with_command(command) if command else container


def _kafka_env(port: int, controller: int) -> dict[str, str]:
    """The image's way to write server.properties: see deploy/kafka/server.properties for why."""
    return {
        "KAFKA_NODE_ID": "0",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_LISTENERS": f"PLAINTEXT://:{port},CONTROLLER://:{controller}",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{LOOPBACK}:{port}",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": f"0@localhost:{controller}",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
    }
