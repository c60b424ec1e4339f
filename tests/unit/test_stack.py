"""What a stack decides before any server runs: kinds, ports, tools, the cache, the pins."""

import re
import socket
import threading
from pathlib import Path

import pytest

from deploy.stack import StackError, cache, choose, kinds, pins, tools
from deploy.stack.ports import Ports, require_free
from deploy.stack.progress import silent

ROOT = Path(__file__).parents[2]
ADDRESSES = {"CROUPIER_KAFKA": "broker:9092", "CROUPIER_MONGO": "mongodb://store"}
NO_DOCKER = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}


def test_a_named_kind_wins_over_addresses() -> None:
    assert choose({"CROUPIER_STACK": "native"} | ADDRESSES) == "native"


def test_given_addresses_choose_the_external_stack() -> None:
    assert choose(ADDRESSES) == "external"


def test_one_address_alone_is_not_a_stack() -> None:
    assert choose({"CROUPIER_KAFKA": "broker:9092"} | NO_DOCKER) == "embedded"


def test_an_unknown_kind_is_told_the_known_ones() -> None:
    with pytest.raises(StackError, match="'cloud': choose one of embedded, native, docker, ext"):
        choose({"CROUPIER_STACK": "cloud"})


def test_an_external_stack_without_an_address_names_the_variable() -> None:
    with pytest.raises(StackError, match="needs CROUPIER_MONGO, for example"):
        kinds.from_env({"CROUPIER_KAFKA": "broker:9092"})


def test_an_external_stack_that_does_not_answer_says_so() -> None:
    (dead,) = Ports.free(brokers=1).kafka
    env = {"CROUPIER_KAFKA": f"127.0.0.1:{dead}", "CROUPIER_MONGO": "mongodb://127.0.0.1:1"}
    with pytest.raises(StackError, match=f"do not answer: 127.0.0.1:{dead}.*unset both"):
        kinds.from_env(env)


def test_three_brokers_are_refused_where_only_one_can_be(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="--kind native --brokers 3"):
        kinds.specs("embedded", tmp_path, ports=Ports.free(brokers=3), say=silent)


def test_a_taken_port_is_refused_with_the_option_that_chooses_another() -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        with pytest.raises(StackError, match=f"port {port} is taken .* --kafka-port N"):
            require_free(port, option="--kafka-port")


def test_chosen_ports_are_distinct_and_never_given_to_outgoing_connections() -> None:
    ports = Ports.free(brokers=3)
    every = [*ports.kafka, *ports.controllers, ports.mongo]

    assert len(set(every)) == 7
    assert max(every) < 32_768  # where Linux begins to hand out ports


@pytest.mark.parametrize(
    ("told", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_392"', 8),
        ('openjdk version "21" 2023-09-19', 21),
        ("The operation couldn't be completed. Unable to locate a Java Runtime.", 0),
    ],
)
def test_javas_version_is_read_from_what_it_prints(told: str, major: int) -> None:
    assert tools.java_major(told) == major


@pytest.mark.parametrize(
    ("tool", "remedy"),
    [
        (tools.java, "apt-get install openjdk-17-jre-headless maven"),
        (tools.maven, "apt-get install openjdk-17-jre-headless maven"),
        (tools.cargo, "https://rustup.rs"),
    ],
)
def test_a_missing_tool_is_named_with_its_remedy(
    tool: tools.Tool, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(StackError, match=f"missing.*{re.escape(remedy)}"):
        tool()


def test_a_java_too_old_for_the_broker_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'java version \"11.0.2\"' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(StackError, match=r"needs Java 17, and .*/java is 11\."):
        tools.java()


def test_a_build_that_broke_off_is_never_taken_for_a_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROUPIER_CACHE", str(tmp_path))

    def half(folder: Path) -> None:
        (folder / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.made_once("broker-1", half, say=silent)
    folder = cache.made_once("broker-1", lambda new: (new / "whole").touch(), say=silent)

    assert [path.name for path in folder.iterdir()] == ["whole"]


def test_of_two_programs_that_need_a_build_one_makes_it_and_the_other_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROUPIER_CACHE", str(tmp_path))
    building, waiting = threading.Event(), threading.Event()
    builds: list[str] = []

    def make(folder: Path) -> None:
        builds.append(folder.name)
        building.set()
        assert waiting.wait(30)

    first = threading.Thread(target=lambda: cache.made_once("store-1", make, say=silent))
    first.start()
    assert building.wait(30)
    cache.made_once("store-1", make, say=lambda _: waiting.set())
    first.join()

    assert len(builds) == 1


def test_the_cache_is_outside_the_tree_and_can_be_moved() -> None:
    assert cache.root({"CROUPIER_CACHE": "/data/cache"}) == Path("/data/cache")
    assert cache.root({"XDG_CACHE_HOME": "/x"}) == Path("/x/croupier")
    assert ROOT not in cache.root({}).parents


def test_pom_compose_and_pins_name_the_same_versions() -> None:
    pom = (ROOT / "deploy/kafka/pom.xml").read_text()
    compose = (ROOT / "docker-compose.yml").read_text()

    assert f"<artifactId>kafka_2.13</artifactId>\n      <version>{pins.KAFKA}</version>" in pom
    assert f"image: {pins.KAFKA_IMAGE}\n" in compose
    assert f"image: {pins.MONGO_IMAGE}\n" in compose
