"""A policy in use: frozen, complete, and quick to ask."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import partial
from typing import Final, NamedTuple, TypeVar

from services.router.domain.protection import Protection
from services.router.domain.requirement import Requirement
from services.router.domain.rules import DeskRules
from services.router.domain.treatment import Kind, Treatment
from services.router.policy.desk import DeskPolicy
from services.router.policy.schema import AccountSection

_MAX_REMEMBERED: Final = 10_000

K = TypeVar("K")
V = TypeVar("V")


class Placement(NamedTuple):
    """Whose customer writes, and who answers."""

    brand: str
    desk: str
    tier: str


class DeskQueue(NamedTuple):
    """A queue by its name, which is its desk's own."""

    desk: str
    queue: str


class Route(NamedTuple):
    """due_at: epoch seconds."""

    queue: str
    priority: int
    requirement: Requirement
    due_at: float


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the rules. It holds no state but what it remembers of its own answers."""

    version: int
    channels: tuple[str, ...]
    skills: frozenset[str]
    tiers: tuple[str, ...]
    accounts: tuple[AccountSection, ...]
    by_desk: Mapping[str, DeskPolicy]
    _treatments: dict[tuple[str, Kind], Treatment] = field(default_factory=dict, repr=False)
    _placements: dict[tuple[str, str], Placement] = field(default_factory=dict, repr=False)

    def desks(self) -> tuple[str, ...]:
        return tuple(self.by_desk)

    def protected(self, desk: str) -> Mapping[str, Protection]:
        """The desk's protected queues."""
        return self.by_desk[desk].rules.protected

    def protected_of(self, brand: str) -> tuple[str, ...]:
        """Names of the protected queues of the desks at which a brand's customers are answered."""
        desks = dict.fromkeys(each.desk for each in self.accounts if each.brand == brand)
        return tuple(dict.fromkeys(queue for desk in desks for queue in self.protected(desk)))

    def lane(self, *, desk: str, topic: str) -> str:
        """The protected queue a topic goes to, else the statutory clock it starts; empty for
        neither."""
        policy = self.by_desk[desk]
        queue = policy.queue_of(topic)
        return queue if queue in self.protected(desk) else next(iter(policy.clocks_of(topic)), "")

    def lanes_of(self, desk: str) -> tuple[str, ...]:
        """Of its protected queues and its statutory clocks."""
        return (*self.protected(desk), *self.by_desk[desk].section.clocks)

    def lanes(self) -> tuple[str, ...]:
        """Those of all desks."""
        return tuple(dict.fromkeys(lane for desk in self.by_desk for lane in self.lanes_of(desk)))

    def confidential(self) -> frozenset[DeskQueue]:
        """The queues of which only a named role is told."""
        return frozenset(
            DeskQueue(desk, queue)
            for desk in self.by_desk
            for queue, protection in self.protected(desk).items()
            if protection.confidential
        )

    def rules_for(self, desk: str) -> DeskRules:
        """Raises KeyError for a desk the policy does not have."""
        others = {name: each.elsewhere() for name, each in self.by_desk.items() if name != desk}
        rules = self.by_desk[desk].rules
        return replace(rules, treat=partial(self.treat, desk), elsewhere=others)

    def treat(self, desk: str, kind: Kind) -> Treatment:
        """What becomes of a kind of ticket; the same object for the same question."""
        asked = (desk, kind)
        found = self._treatments.get(asked)
        if found is None:
            found = self.by_desk[desk].treat(kind)
            _remember(self._treatments, asked, found)
        return found

    def place(self, *, channel: str, account: str) -> Placement:
        """Brand, desk and tier of an account: the first that matches."""
        asked = (channel, account)
        found = self._placements.get(asked)
        if found is None:
            found = self._place(channel, account)
            _remember(self._placements, asked, found)
        return found

    def route(
        self,
        *,
        desk: str,
        topic: str,
        lang: str,
        channel: str,
        tier: str,
        urgent: bool,
        waiting_since: float,
        queue: str = "",
    ) -> Route:
        """Where a ticket goes and until when it is to be answered. Equal requirements are the
        same object. queue: where it is to go; empty: wherever its topic does."""
        found = self.treat(desk, Kind(topic, lang, channel, tier, urgent, queue))
        return Route(found.queue, found.priority, found.requirement, found.due_at(waiting_since))

    def _place(self, channel: str, account: str) -> Placement:
        for rule in self.accounts:
            if fnmatchcase(channel, rule.channel) and fnmatchcase(account, rule.account):
                return Placement(rule.brand, rule.desk, rule.tier)
        raise AssertionError("a checked policy ends with an account that matches everything")


def _remember(memory: dict[K, V], asked: K, answer: V) -> None:
    """Bounded, since a direct producer may invent channels and accounts without end."""
    if len(memory) >= _MAX_REMEMBERED:
        memory.clear()
    memory[asked] = answer
