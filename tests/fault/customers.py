"""Customers who write through the HTTP door, and the book of what they were promised."""

import asyncio
import random
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

SETTING: Final = Path(__file__).with_name("setting")
ACCOUNTS: Final = ("web", "vip")
_KEYS: Final = {name: (SETTING / f"{name}.key").read_text("utf-8") for name in ACCOUNTS}

_WORDS: Final = (
    "Where is my deposit number {}? It left my bank yesterday",
    "The page shows an error {} when I open my bets",
    "How do I use the bonus code {}?",
    "I still wait for an answer about my case {}",
)
_ACCEPTED: Final = 202
_LATER: Final = 503
_PAUSES: Final = (0.3, 0.5, 0.7, 0.9, 1.2, 3.0)
"""Seconds between two messages; after the longest, a ticket of desk `vip` is often closed."""
_TWICE: Final = 0.05
"""Share of messages that a provider delivers twice."""


@dataclass(slots=True)
class Promises:
    """Entries (`channel:account:message_id`), by what the door said about them.

    spoken: identity -> entries in the order in which they were written. tried: entry -> when it
    was first sent, by the monotonic clock. acked: those answered 2xx.
    """

    spoken: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    tried: dict[str, float] = field(default_factory=dict)
    acked: set[str] = field(default_factory=set)


class Customers:
    """Each writes one message after the other, and the next only after the last was accepted."""

    def __init__(self, *, url: str, seed: int, count: int = 24) -> None:
        self.promises: Final = Promises()
        self._url: Final = url
        self._seed: Final = seed
        self._count: Final = count
        self._leaving: Final = asyncio.Event()

    async def write(self) -> None:
        """Until asked to stop, and until the last message of each is accepted."""
        limits = httpx.Limits(max_connections=2 * self._count)
        async with (
            httpx.AsyncClient(base_url=self._url, timeout=5, limits=limits) as door,
            asyncio.TaskGroup() as writing,
        ):
            for number in range(self._count):
                writing.create_task(self._be_customer(number, door))

    def stop(self) -> None:
        """Let them finish."""
        self._leaving.set()

    async def _be_customer(self, number: int, door: httpx.AsyncClient) -> None:
        rng = random.Random(f"{self._seed}/customer/{number}")
        account, sender = ACCOUNTS[number % len(ACCOUNTS)], f"c{number}"
        written = 0
        while not await self._pauses(rng):
            written += 1
            message = {
                "message_id": f"{sender}-{written}",
                "sender": sender,
                "text": rng.choice(_WORDS).format(written),
            }
            await self._deliver(door, account, message, rng)

    async def _pauses(self, rng: random.Random) -> bool:
        """Think for a moment; whether it is time to leave."""
        try:
            async with asyncio.timeout(rng.choice(_PAUSES)):
                await self._leaving.wait()
        except TimeoutError:
            return False
        return True

    async def _deliver(
        self, door: httpx.AsyncClient, account: str, message: dict[str, str], rng: random.Random
    ) -> None:
        """As a provider does: again and again until it is accepted."""
        entry = f"form:{account}:{message['message_id']}"
        self.promises.spoken[f"form:{account}:{message['sender']}"].append(entry)
        self.promises.tried[entry] = time.monotonic()
        times = 2 if rng.random() < _TWICE else 1
        while times:
            if await _post(door, account, message):
                times -= 1
                self.promises.acked.add(entry)
            else:
                await asyncio.sleep(rng.uniform(0.05, 0.3))


async def _post(door: httpx.AsyncClient, account: str, message: dict[str, str]) -> bool:
    """Whether it was accepted. Raises AssertionError for an answer that would lose it."""
    try:
        answer = await door.post(
            "/v1/messages", json=message, headers={"X-Api-Key": _KEYS[account]}
        )
    except httpx.TransportError:
        return False
    assert answer.status_code in {_ACCEPTED, _LATER}, f"{answer.status_code}: {answer.text}"
    return answer.status_code == _ACCEPTED
