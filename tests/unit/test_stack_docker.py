"""A container as a stack's part. A fake stands in for the engine, which CI does not have."""

from typing import Literal

from deploy.stack.docker import ContainerPart, engine_answers


class FakeContainer:
    """Both testcontainers' container and the Docker client's, as far as a part uses them."""

    def __init__(self) -> None:
        self.status: Literal["created", "running", "paused", "exited"] = "created"
        self.created = 0

    def start(self) -> None:
        self.created += self.status == "created"
        self.status = "running"

    def get_wrapped_container(self) -> "FakeContainer":
        return self

    def reload(self) -> None:
        assert self.status != "created", "asked about a container that does not exist"

    def stop(self, *, timeout: int) -> None:
        assert self.status == "running", "a frozen process does not hear SIGTERM"
        assert timeout > 0
        self.status = "exited"

    def kill(self, *, signal: str) -> None:
        assert signal == "SIGKILL"
        self.status = "exited"

    def wait(self) -> None:
        assert self.status == "exited"

    def pause(self) -> None:
        self.status = "paused"

    def unpause(self) -> None:
        self.status = "running"


def part(container: FakeContainer) -> ContainerPart:
    return ContainerPart(container, name="kafka-0", role="broker", port=9092)


def test_a_killed_container_is_started_again_and_not_made_anew() -> None:
    container = FakeContainer()
    broker = part(container)
    alive = [broker.alive]
    for do in (broker.launch, broker.kill, broker.launch):
        do()
        alive.append(broker.alive)

    assert alive == [False, True, False, True]
    assert container.created == 1
    assert broker.address == "127.0.0.1:9092"


def test_a_frozen_container_is_alive_and_can_be_stopped_in_good_order() -> None:
    container = FakeContainer()
    broker = part(container)
    broker.launch()

    broker.pause()
    assert broker.alive
    broker.stop()

    assert container.status == "exited"


def test_stopping_twice_or_before_the_start_is_nothing() -> None:
    broker = part(FakeContainer())
    broker.stop()
    broker.kill()
    broker.launch()
    broker.stop()
    broker.stop()


def test_no_engine_answers_where_nobody_listens() -> None:
    assert not engine_answers({"DOCKER_HOST": "unix:///nowhere/docker.sock"})
    assert not engine_answers({"DOCKER_HOST": "tcp://127.0.0.1:1"})
