"""An agent with a client: keeps cards as the protocol says, accepts, declines, ignores, resolves.

What the client shows is noted: it is the agents' own record of who had what.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple, Protocol

import orjson

from shared.runtime.clock import utc
from tests.simulation.loop import VirtualLoop
from tests.simulation.roles import NotifierRole
from tests.simulation.setting import EPOCH, policy, staff
from tests.simulation.socket import Socket

PATIENCE_SECONDS = 4.0
"""A socket without any sign of life is left after this long."""


class Sighting(NamedTuple):
    """A card that an agent's client showed, and when."""

    at: float
    agent: str
    ticket: str
    assignment: int
    state: str
    shard: int
    seq: int
    n: int


@dataclass(slots=True)
class Manners:
    """How agents behave. Chances are per look at the screen, about twice in three seconds."""

    accept: float = 0.6
    decline: float = 0.1
    resolve: float = 0.3
    stale_resolve: float = 0.05
    reply: float = 0.05
    ask_back: float = 0.1
    park: float = 0.05
    transfer: float = 0.1
    escalate: float = 0.05
    open_task: float = 0.08
    merge: float = 0.1
    split: float = 0.1
    pull: float = 0.1
    repeat: float = 0.1
    leave: float = 0.02
    pause: float = 0.01

    def behave(self) -> None:
        """Take and finish whatever comes."""
        self.accept = self.resolve = 1.0
        self.decline = self.stale_resolve = self.reply = self.repeat = 0.0
        self.ask_back = self.park = self.transfer = self.escalate = 0.0
        self.merge = self.split = self.pull = self.open_task = 0.0
        self.leave = self.pause = 0.0


class Thread(Protocol):
    """What one connection was sent, compared with what was committed."""

    def begins(self, shard: int, seq: int) -> None:
        """With a snapshot as of `seq`."""
        ...

    def goes_on(self, shard: int, seq: int, n: int) -> None:
        """With this card."""
        ...


class Clerk:
    """One agent."""

    def __init__(
        self,
        name: str,
        *,
        loop: VirtualLoop,
        rng: random.Random,
        manners: Manners,
        notifiers: Callable[[], Sequence[NotifierRole]],
        note: Callable[[Sighting], None],
        follow: Callable[[str], "Thread"],
    ) -> None:
        """note: told each card shown. follow: begins to follow an agent's cards."""
        self.name = name
        self.cards: dict[str, dict[str, Any]] = {}
        self.state = "offline"
        self.socket: Socket | None = None
        self.synchronised = False
        self.patience = PATIENCE_SECONDS
        self._loop = loop
        self._rng = rng
        self._seen: dict[str, None] = {}
        self._manners = manners
        self._notifiers = notifiers
        self._note = note
        self._follow = follow
        self._thread: Thread | None = None
        self._stamps: dict[str, tuple[int, int]] = {}
        self._shard = -1
        self._asked: dict[tuple[Any, ...], float] = {}
        self._numbers = count(1)
        self._silent_since: float | None = None

    async def work(self) -> None:
        """Until the end of the run: look at the screen, do something."""
        while True:
            await asyncio.sleep(self._rng.uniform(0.4, 1.0))
            self._watch_socket()
            if self.socket is None:
                self._connect()
            elif self.synchronised:
                self._act()

    def hang_up(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self._broken()

    def _connect(self) -> None:
        open_now = [each for each in self._notifiers() if each.ready.is_set()]
        if open_now:
            notifier = self._rng.choice(open_now)
            self.socket = Socket(
                self.name,
                notifier,
                delay=lambda: self._rng.uniform(0.001, 0.02),
                hear=self._hear,
                broken=self._broken,
            )

    def _broken(self) -> None:
        self.socket, self.synchronised, self._silent_since = None, False, None
        self.cards.clear()
        self._stamps.clear()
        self._asked.clear()

    def _watch_socket(self) -> None:
        """A client misses the heartbeats of a notifier that was stopped."""
        if self.socket is None or self.socket.answering:
            self._silent_since = None
            return
        now = self._loop.time()
        if self._silent_since is None:
            self._silent_since = now
        elif now - self._silent_since > self.patience:
            self.hang_up()

    def _hear(self, text: str) -> None:
        message = orjson.loads(text)
        match message["type"]:
            case "snapshot":
                self._take_snapshot(message)
            case "card":
                self._take_card(message["card"])
            case "agent":
                self.state = message["agent"]["state"]

    def _take_snapshot(self, snapshot: dict[str, Any]) -> None:
        self._shard = snapshot["shard"]
        self.state = snapshot["agent"]["state"]
        self._thread = self._follow(self.name)
        self._thread.begins(snapshot["shard"], snapshot["seq"])
        self.cards.clear()
        self._stamps.clear()
        self.synchronised = True
        for card in snapshot["cards"]:
            self._show(card)

    def _take_card(self, card: dict[str, Any]) -> None:
        """Drop what another shard says, and what is older than the card on screen."""
        assert self._thread is not None
        self._thread.goes_on(card["shard"], card["seq"], card["n"])
        known = self._stamps.get(card["ticket"], (-1, -1))
        if card["shard"] == self._shard and (card["seq"], card["n"]) > known:
            self._show(card)

    def _show(self, card: dict[str, Any]) -> None:
        ticket = card["ticket"]
        self._seen[ticket] = None
        self._stamps[ticket] = (card["seq"], card["n"])
        if card["state"] == "gone":
            self.cards.pop(ticket, None)
        else:
            self.cards[ticket] = card
        self._note(
            Sighting(
                self._loop.time(),
                self.name,
                ticket,
                card["assignment"],
                card["state"],
                card["shard"],
                card["seq"],
                card["n"],
            )
        )

    def _act(self) -> None:
        if self._chance(self._manners.leave):
            self.hang_up()
            return
        if self._chance(self._manners.pause):
            self._send({"do": "set_state", "state": "break"})
        elif self.state != "ready" and self._is_news("ready"):
            self._send({"do": "set_state", "state": "ready"})
        if self._chance(self._manners.pull):
            self._send({"do": "pull", **self._which()})
        for card in list(self.cards.values()):
            self._handle(card)

    def _which(self) -> dict[str, str]:
        """A ticket they remember, or the next."""
        known = [ticket for ticket in self._seen if ticket not in self.cards]
        return {"ticket": self._rng.choice(known)} if known and self._chance(0.7) else {}

    def _whom(self) -> dict[str, str]:
        """To transfer a ticket to: any agent or desk, also those that cannot have it."""
        to_agent, to_desk = self._rng.choice(staff()).agent, self._rng.choice(policy().desks())
        return self._rng.choice(
            (
                {"to_agent": to_agent},
                {"to_queue": "general"},
                {"to_desk": to_desk},
                {"to_desk": to_desk, "to_queue": "general"},
            )
        )

    def _handle(self, card: dict[str, Any]) -> None:
        about = {"ticket": card["ticket"], "assignment": card["assignment"]}
        manners = self._manners
        if card["state"] == "offered":
            if self._chance(manners.decline):
                self._ask(about | {"do": "decline"}, card)
            elif self._chance(manners.accept):
                self._ask(about | {"do": "accept"}, card)
        elif card["state"] in {"accepted", "waiting_customer"}:
            self._work_on(card, about)
        else:
            self._ask(about | {"do": "finish_wrap_up"}, card)

    def _work_on(self, card: dict[str, Any], about: dict[str, Any]) -> None:
        manners = self._manners
        others = [ticket for ticket in self._seen if ticket != card["ticket"]]
        if others and self._chance(manners.merge):
            self._ask(about | {"do": "merge", "other": self._rng.choice(others)}, card)
        elif card.get("merged") and self._chance(manners.split):
            self._ask(about | {"do": "split", "other": card["merged"][0]}, card)
        elif self._chance(manners.ask_back):
            said = {"do": "reply", "text": "Which one?", "awaits": True}
            self._ask(about | said | {"seen": card["last_message"]}, card)
        elif self._chance(manners.park):
            until = utc(EPOCH + self._loop.time() + self._rng.uniform(1.0, 8.0)).isoformat()
            self._ask(about | {"do": "park", "until": until, "reason": "payments look"}, card)
        elif self._chance(manners.transfer):
            self._ask(about | self._whom() | {"do": "transfer", "note": "please"}, card)
        elif self._chance(manners.escalate):
            self._ask(about | {"do": "escalate", "to_queue": "general", "note": "disputed"}, card)
        elif self._chance(manners.open_task):
            asked = {"do": "open_task", "to_queue": "general", "note": "look for it"}
            self._ask(about | asked | {"wait": self._chance(0.7)}, card)
        elif self._chance(manners.reply):
            self._ask(about | {"do": "reply", "text": "We are on it."}, card)
        elif self._chance(manners.stale_resolve):
            self._ask(about | {"do": "resolve", "seen": "form:web:long-ago"}, card)
        elif self._chance(manners.resolve):
            self._ask(about | {"do": "resolve", "seen": card["last_message"]}, card)

    def _ask(self, command: dict[str, Any], card: dict[str, Any]) -> None:
        if self._is_news(
            command["do"], card["ticket"], card["assignment"], card["state"], card["last_message"]
        ):
            self._send(command)

    def _is_news(self, *what: object) -> bool:
        """Not asked for in the last seconds; after that it is asked again."""
        now = self._loop.time()
        if now - self._asked.get(what, -10.0) < 3.0:
            return False
        self._asked[what] = now
        return True

    def _send(self, command: dict[str, Any]) -> None:
        assert self.socket is not None
        said = {"type": "command", "id": f"c{next(self._numbers)}", **command}
        text = orjson.dumps(said).decode()
        self.socket.say(text)
        if self._chance(self._manners.repeat):
            self.socket.say(text)

    def _chance(self, probability: float) -> bool:
        return probability > 0 and self._rng.random() < probability
