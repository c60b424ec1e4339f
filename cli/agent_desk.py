"""What an agent's client believes, and the rules by which it changes its mind (docs/protocol.md).

No I/O: messages in, steps out. A step is a card that came, changed or went; the log of an agent's
steps is what the ownership check of a test compares with everybody else's.
"""

import math
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from services.notifier.digest import Held, digest

Message = dict[str, Any]
Card = dict[str, Any]


class Step(NamedTuple):
    """A card as the agent saw it. (shard, seq, n) is its place in the order of commits.

    n is infinite where a snapshot no longer had the card: it went at some time up to `seq`.
    """

    agent: str
    ticket: str
    assignment: int
    state: str
    shard: int
    seq: int
    n: float


class AgentDesk:
    """One agent's cards and state."""

    def __init__(self, agent: str) -> None:
        self.agent: Final = agent
        self.cards: dict[str, Card] = {}
        self.state: Message = {}
        self._shard = -1
        self._highest: tuple[int, float] = (-1, 0)

    def apply(self, message: Message) -> list[Step]:
        """Take in a snapshot, a card or an agent's state; nothing for other messages."""
        match message["type"]:
            case "snapshot":
                return list(self._replace(message))
            case "card" if self._is_news(message["card"]):
                return list(self._change(message["card"]))
            case "agent" if self._is_news(message["agent"]):
                self.state = message["agent"]
        return []

    def digest(self) -> str:
        """To be compared with a heartbeat's."""
        held = (
            Held(card["ticket"], card["assignment"], card["state"], card["last_message"])
            for card in self.cards.values()
        )
        return digest(self.state.get("state", ""), held)

    def _is_news(self, stamped: Message) -> bool:
        position = (stamped["seq"], stamped["n"])
        if stamped["shard"] != self._shard or position <= self._highest:
            return False
        self._highest = position
        return True

    def _change(self, card: Card) -> Iterator[Step]:
        known = self.cards.get(card["ticket"])
        if known is not None and _stamp(card) <= _stamp(known):
            return  # the snapshot was ahead of what was still on its way
        if card["state"] == "gone":
            self.cards.pop(card["ticket"], None)
        else:
            self.cards[card["ticket"]] = card
        yield self._step(card)

    def _replace(self, snapshot: Message) -> Iterator[Step]:
        self._shard, self._highest = snapshot["shard"], (snapshot["seq"], math.inf)
        self.state = snapshot["agent"]
        before, self.cards = self.cards, {card["ticket"]: card for card in snapshot["cards"]}
        for card in before.values():
            if not _same_hands(card, self.cards.get(card["ticket"])):
                at = {"shard": snapshot["shard"], "seq": snapshot["seq"], "n": math.inf}
                yield self._step(card | at | {"state": "gone"})
        for card in self.cards.values():
            if card != before.get(card["ticket"]):
                yield self._step(card)

    def _step(self, card: Card) -> Step:
        return Step(
            agent=self.agent,
            ticket=card["ticket"],
            assignment=card["assignment"],
            state=card["state"],
            shard=card["shard"],
            seq=card["seq"],
            n=card["n"],
        )


def _stamp(card: Card) -> tuple[int, float]:
    return card["seq"], card["n"]


def _same_hands(before: Card, after: Card | None) -> bool:
    return after is not None and before["assignment"] == after["assignment"]
