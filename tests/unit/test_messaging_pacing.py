"""How often an idle consumer asks."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from shared.messaging.pacing import pace


class Clock:
    """Pauses pass at once; their lengths are kept."""

    def __init__(self) -> None:
        self.time = 0.0
        self.paused: list[float] = []

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.paused.append(seconds)
        self.time += seconds


class Broker:
    """Answers each fetch with news or without, after so many seconds."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.news = False
        self.seconds = 0.0
        self.consumer: Any = SimpleNamespace(_fetcher=self)

    async def _proc_fetch_request(self, assignment: Any, node: int, request: Any) -> bool:
        del assignment, node, request
        self.clock.time += self.seconds
        return self.news

    async def asked(self, times: int = 1) -> list[bool]:
        return [await self._proc_fetch_request(None, 1, None) for _ in range(times)]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def broker(clock: Clock) -> Broker:
    broker = Broker(clock)
    pace(broker.consumer, clock=clock)
    return broker


async def test_a_broker_that_says_nothing_at_once_is_asked_ever_less_often(
    broker: Broker, clock: Clock
) -> None:
    assert await broker.asked(6) == [False] * 6
    assert clock.paused == [0.001, 0.002, 0.004, 0.008, 0.01, 0.01]


async def test_news_are_followed_by_the_next_question_at_once(broker: Broker, clock: Clock) -> None:
    await broker.asked(3)
    clock.paused.clear()
    broker.news = True
    assert await broker.asked(2) == [True, True]
    assert clock.paused == []
    broker.news = False
    await broker.asked()
    assert clock.paused == [0.001]


async def test_a_broker_that_held_the_question_back_is_asked_again_at_once(
    broker: Broker, clock: Clock
) -> None:
    broker.seconds = 0.25
    await broker.asked(3)
    assert clock.paused == []


async def test_who_is_cancelled_amid_a_pause_has_no_news(
    broker: Broker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pausing = asyncio.Event()

    async def for_ever(seconds: float) -> None:
        del seconds
        pausing.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(clock, "sleep", for_ever)
    question = asyncio.create_task(broker.asked())
    await pausing.wait()
    question.cancel()
    assert await question == [False]
