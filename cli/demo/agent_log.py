"""What the agents saw with their own eyes: the evidence that the ledger is drawn from."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from cli.agent_client import AgentClient
from cli.agent_desk import Card, Message, Step


@dataclass(slots=True)
class AgentLog:
    """All agents' logs. Times are monotonic.

    weights: channel -> how much of a capacity its tickets take. interruptible: channels whose
        tickets stand in nobody's way.
    steps: every card that came, changed or went. loads: (agent, seq) -> load after that commit.
    first_seen: entry -> when a card first showed it as the customer's latest.
    """

    weights: Mapping[str, float]
    interruptible: frozenset[str] = frozenset()
    steps: list[Step] = field(default_factory=list)
    loads: dict[tuple[str, int], float] = field(default_factory=dict)
    capacities: dict[str, float] = field(default_factory=dict)
    first_seen: dict[str, float] = field(default_factory=dict)

    def on_step(self, step: Step) -> None:
        self.steps.append(step)

    def on_message(self, message: Message, client: AgentClient) -> None:
        """After the agent's desk took it in."""
        match message["type"]:
            case "card":
                self._see(message["card"])
                self._weigh(client, message["card"]["seq"])
            case "snapshot":
                self.capacities[client.desk.agent] = message["agent"]["capacity"]
                for card in message["cards"]:
                    self._see(card)
                self._weigh(client, message["seq"])
            case "agent":
                self.capacities[client.desk.agent] = message["agent"]["capacity"]

    def load_of(self, client: AgentClient) -> float:
        """By the cards on the desk now, but for what can be interrupted."""
        channels = [card["channel"] for card in client.desk.cards.values()]
        return sum(
            self.weights.get(each, 1.0) for each in channels if each not in self.interruptible
        )

    def _see(self, card: Card) -> None:
        if card["state"] != "gone":
            self.first_seen.setdefault(card["last_message"], time.monotonic())

    def _weigh(self, client: AgentClient, seq: int) -> None:
        # the cards of one commit come one by one: the last of them tells the load after it
        self.loads[client.desk.agent, seq] = self.load_of(client)
