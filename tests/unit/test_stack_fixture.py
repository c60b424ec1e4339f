"""Without a stack its tests are skipped on a developer's machine, and fail in CI."""

import os
import subprocess
import sys

from deploy.stack import Stack
from tests.stacks import Fresh

ONE_TEST = (
    "tests/integration/test_stack.py::test_provisioning_makes_every_topic_once_with_its_partitions"
)
NOBODY_THERE = {
    "CROUPIER_STACK": "external",
    "CROUPIER_KAFKA": "127.0.0.1:1",
    "CROUPIER_MONGO": "mongodb://127.0.0.1:1",
}


def run_without_stack(**more: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", ONE_TEST],
        env=env | NOBODY_THERE | more,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_missing_stack_skips_its_tests_aloud_on_a_developers_machine() -> None:
    done = run_without_stack()

    assert done.returncode == 0, done.stdout
    assert "stack: external" in done.stdout
    assert "1 skipped" in done.stdout
    assert "do not answer: 127.0.0.1:1" in done.stdout


def test_a_missing_stack_fails_its_tests_in_ci() -> None:
    done = run_without_stack(CI="true")

    assert done.returncode == 1
    assert "no stack in CI" in done.stdout
    assert "skipped" not in done.stdout


def test_two_tests_on_one_stack_share_no_topic_group_or_database() -> None:
    shared = Stack("external", kafka="broker:9092", mongo="mongodb://store")
    first, second = (Fresh(suffix=suffix, stack=shared) for suffix in ("ta", "tb"))

    assert first.topic("support.inbound.v1") == "ta.support.inbound.v1"
    assert first.topic_prefix != second.topic_prefix
    assert first.group("sorter") != second.group("sorter")
    assert first.database != second.database
