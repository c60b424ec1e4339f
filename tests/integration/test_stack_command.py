"""`croupier stack`, run as people run it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.stack.identity import born

pytestmark = pytest.mark.stack

Croupier = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def croupier(tmp_path: Path) -> Iterator[Croupier]:
    """Runs `croupier stack …` in a folder of its own; ends what it left running."""
    root = str(Path(__file__).parents[2])

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-c", "from cli.main import main; main()", "stack", *words]
        return subprocess.run(
            program,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": root},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    yield run
    run("down", "--wipe")


def up(croupier: Croupier) -> dict[str, Any]:
    done = croupier("up", "--kafka-port", "0", "--mongo-port", "0", "--json")
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def status(croupier: Croupier) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(croupier("status", "--json").stdout)
    return report


def pids(report: dict[str, Any]) -> dict[str, int]:
    return {part["name"]: part["pid"] for part in report["parts"]}


def test_a_stack_outlives_the_command_and_ends_with_down(croupier: Croupier) -> None:
    servers = pids(up(croupier))
    assert set(servers) == {"kafka-0", "mongo"}
    assert all(born(pid) for pid in servers.values())

    done = croupier("down", "--json")

    assert json.loads(done.stdout) == {"kind": "embedded", "ended": ["kafka-0", "mongo"]}
    assert not any(born(pid) for pid in servers.values())


def test_status_tells_the_dead_part_and_up_restarts_it_alone(croupier: Croupier) -> None:
    before = up(croupier)
    os.kill(pids(before)["kafka-0"], signal.SIGKILL)

    assert croupier("status").returncode == 1
    states = {part["name"]: part["alive"] for part in status(croupier)["parts"]}
    assert states == {"kafka-0": False, "mongo": True}

    after = up(croupier)
    assert after["kafka"] == before["kafka"]
    assert pids(after)["mongo"] == pids(before)["mongo"]
    assert croupier("status").returncode == 0


def test_down_spares_a_stranger_that_was_given_a_dead_parts_number(
    croupier: Croupier, tmp_path: Path
) -> None:
    servers = pids(up(croupier))
    os.kill(servers["kafka-0"], signal.SIGKILL)
    file = tmp_path / ".croupier/stack/embedded.json"
    with subprocess.Popen(["sleep", "600"]) as stranger:
        file.write_text(file.read_text().replace(str(servers["kafka-0"]), str(stranger.pid)))
        croupier("down")

        assert stranger.poll() is None
        stranger.kill()


def test_data_stay_when_the_stack_goes_down_and_go_when_wiped(
    croupier: Croupier, tmp_path: Path
) -> None:
    up(croupier)
    croupier("down")
    assert (tmp_path / ".croupier/embedded/mongo").exists()

    croupier("down", "--wipe")
    assert not (tmp_path / ".croupier/embedded").exists()


def test_a_taken_port_is_told_in_one_line_without_a_traceback(croupier: Croupier) -> None:
    taken = up(croupier)["mongo"].partition("127.0.0.1:")[2].partition("/")[0]
    croupier("down")
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", taken, "--bind", "127.0.0.1"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as stranger:
        assert stranger.stdout is not None
        stranger.stdout.readline()  # it listens
        done = croupier("up", "--kafka-port", "0", "--mongo-port", taken)
        stranger.kill()

    assert done.returncode == 1
    assert f"port {taken} is taken" in done.stderr
    assert "--mongo-port N" in done.stderr
    assert "Traceback" not in done.stderr


def test_status_without_a_stack_says_how_to_start_one(croupier: Croupier) -> None:
    done = croupier("status", "--kind", "native")

    assert done.returncode == 1
    assert done.stderr == "no native stack is up here: croupier stack up --kind native\n"
