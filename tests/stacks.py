"""The stack the tests run against, and names that no other test uses.

A plugin, loaded by `tests/conftest.py`. `CROUPIER_STACK` chooses the kind; without it: external if
both addresses are given, docker if an engine answers, else embedded. A stack that cannot be had
skips its tests on a developer's machine and fails them where `CI` is set, so that a green run
there means they ran.
"""

import asyncio
import contextlib
import os
import secrets
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.stack import Stack, StackError, choose, temporary
from deploy.stack.progress import Say
from deploy.stack.provision import provision
from deploy.stack.topics import provision_topics

_DROP_SECONDS: Final = 10.0


@dataclass(frozen=True)
class Fresh:
    """Names for one test alone, on a stack it may share with others."""

    suffix: str
    stack: Stack

    @property
    def database(self) -> str:
        """A MongoDB database nobody else uses."""
        return f"croupier-{self.suffix}"

    @property
    def topic_prefix(self) -> str:
        """What a service's setting of this name puts before each topic's name."""
        return f"{self.suffix}."

    def topic(self, name: str) -> str:
        """This test's own topic: `support.inbound.v1` after the prefix."""
        return self.topic_prefix + name

    def group(self, name: str) -> str:
        """This test's own consumer group."""
        return f"{name}.{self.suffix}"

    async def provision(self) -> None:
        """Make this test's own topics (all of them, prefixed) and its database's indexes."""
        await provision(
            kafka=self.stack.kafka,
            mongo=self.stack.mongo,
            database=self.database,
            prefix=self.topic_prefix,
        )

    async def provision_topics(self) -> None:
        """Make this test's own topics only."""
        await provision_topics(self.stack.kafka, prefix=self.topic_prefix)


def pytest_report_header() -> str:
    """Every run says what it ran against."""
    try:
        return f"stack: {choose(os.environ)}"
    except StackError as error:
        return f"stack: none: {error}"


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """A running stack with topics and indexes, shared by the session; ended with it."""
    yield from running(request, brokers=1)


@pytest.fixture(scope="module")
def stack_of_three(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Three real brokers, of which any one may be lost. For tests marked `native`."""
    yield from running(request, brokers=3)


@pytest.fixture
def own_stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """A running stack for one test alone, which may do to it what it likes."""
    yield from running(request, brokers=1)


@pytest.fixture
def fresh(request: pytest.FixtureRequest, stack: Stack) -> Iterator[Fresh]:
    """This test's own names on the shared stack."""
    names = Fresh(suffix=f"t{secrets.token_hex(5)}", stack=stack)
    yield names
    if stack.kind == "native":
        # a real broker holds files and memory for each partition: 300 tests have 25,000 of them
        try:
            _in_a_thread(asyncio.wait_for(_drop_topics(names), _DROP_SECONDS))
        except (KafkaError, OSError) as error:  # a TimeoutError is an OSError
            _teller(request)(f"the topics of {names.suffix} stay: {type(error).__name__}")


async def _drop_topics(names: Fresh) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=names.stack.kafka)
    await admin.start()
    try:
        theirs = [each for each in await admin.list_topics() if each.startswith(names.topic_prefix)]
        if theirs:
            await admin.delete_topics(theirs)
    finally:
        await admin.close()


def _in_a_thread(work: Coroutine[Any, Any, object]) -> None:
    """On a loop of its own: the test's may be running."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(lambda: asyncio.run(work)).result()


def running(request: pytest.FixtureRequest, *, brokers: int) -> Iterator[Stack]:
    """Yield a provisioned stack; skip without one, or fail where CI is set."""
    with contextlib.ExitStack() as closing:
        try:
            kind = "native" if brokers > 1 else choose(os.environ)
            say = _teller(request)
            ready = temporary(kind, env=os.environ, brokers=brokers, say=say)
            closing.enter_context(ready)
            _provision_now(ready)
        except StackError as error:
            _without_stack(str(error))
        yield ready


def _without_stack(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"no stack in CI: {reason}", pytrace=False)
    pytest.skip(f"no stack: {reason}")


def _provision_now(ready: Stack) -> None:
    """Provision from a fixture, on a loop of its own thread: the test's loop may be running."""
    _in_a_thread(provision(kafka=ready.kafka, mongo=ready.mongo))


def _teller(request: pytest.FixtureRequest) -> Say:
    """Shows a stack's progress past pytest's capture: a first build takes minutes."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    terminal = request.config.pluginmanager.getplugin("terminalreporter")

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            terminal.write_line(f"[stack] {line}")

    return say
