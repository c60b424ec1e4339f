"""Hears what comes on topics, and waits for what is expected there."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import orjson

from cli.topic_follower import TopicFollower
from shared.messaging.records import Record
from shared.messaging.topics import topic

_PAUSE_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Heard:
    """One record. topic: without prefix. event: its JSON; empty where it is none."""

    topic: str
    record: Record
    event: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.event.get("type"))

    @property
    def data(self) -> dict[str, Any]:
        data = self.event.get("data")
        return data if isinstance(data, dict) else {}

    @property
    def headers(self) -> dict[str, str]:
        return {name: value.decode(errors="replace") for name, value in self.record.headers}


class Ear:
    """An async context manager; hears from the moment it is entered. names: without the prefix."""

    def __init__(self, kafka: str, names: tuple[str, ...], *, prefix: str) -> None:
        self._prefix: Final = prefix
        self._follower: Final = TopicFollower(kafka, [topic(name, prefix) for name in names])
        self._heard: list[Heard] = []
        self._news: Final = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    def partitions(self, name: str) -> int:
        return self._follower.count(topic(name, self._prefix))

    def all(self, wanted: Callable[[Heard], bool]) -> list[Heard]:
        """So far, in the order heard."""
        return [each for each in self._heard if wanted(each)]

    async def first(self, wanted: Callable[[Heard], bool], *, within: float) -> Heard | None:
        """None: nothing came. Raises KafkaError."""
        found: list[Heard] = []

        def is_there() -> bool:
            found[:] = self.all(wanted)[:1]
            return bool(found) or (self._task is not None and self._task.done())

        try:
            async with asyncio.timeout(within), self._news:
                await self._news.wait_for(is_there)
        except TimeoutError:
            return None
        if not found and self._task is not None:
            self._task.result()
        return found[0] if found else None

    async def _listen(self) -> None:
        try:
            while True:
                async for record in self._follower.read():
                    name = record.topic.removeprefix(self._prefix)
                    self._heard.append(Heard(name, record, _json(record.value)))
                async with self._news:
                    self._news.notify_all()
                await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            async with self._news:
                self._news.notify_all()

    async def __aenter__(self) -> Self:
        await self._follower.__aenter__()
        self._task = asyncio.create_task(self._listen(), name="ear")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._follower.__aexit__(kind, error, trace)


def _json(value: bytes | None) -> dict[str, Any]:
    try:
        event = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return {}
    return event if isinstance(event, dict) else {}
