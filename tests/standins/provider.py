"""What providers that run here have in common: what they deliver, and their bad days."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from starlette.applications import Starlette
from starlette.responses import Response

from shared.runtime.http import HttpServer

Mood = Literal["well", "fails", "throttles", "is away", "hangs", "answers late", "is blocked"]


@dataclass
class Provider:
    """moods: taken in turn, one a call; then it is well. delivered: (chat, text) in order. late:
    seconds after which a late answer comes. url: where it is."""

    late: float = 3.0
    moods: deque[Mood] = field(default_factory=deque)
    delivered: list[tuple[int, str]] = field(default_factory=list)
    seen: Counter[Mood] = field(default_factory=Counter)
    url: str = ""

    def texts(self, chat: int) -> list[str]:
        return [text for each, text in self.delivered if each == chat]

    def mood(self) -> Mood:
        """Of the call that has come."""
        mood: Mood = self.moods.popleft() if self.moods else "well"
        self.seen[mood] += 1
        return mood

    async def answer(self, mood: Mood, answer: Response) -> Response:
        """In its time."""
        if mood in ("hangs", "answers late"):
            await asyncio.sleep(self.late)
        return answer


class Served(Protocol):
    url: str

    def app(self) -> Starlette: ...


@asynccontextmanager
async def serving(provider: Served) -> AsyncIterator[None]:
    async with HttpServer(provider.app(), host="127.0.0.1", port=0, grace=0.1) as server:
        host, port = server.address
        provider.url = f"http://{host}:{port}"
        yield
