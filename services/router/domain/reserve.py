"""Free slots withheld for some tickets, under a name that every decision can give.

A slot is a whole unit of capacity that an agent has left, so that crumbs of several agents do not
pass for room.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.router.domain.requirement import Need, Requirement, Skills, meets

if TYPE_CHECKING:
    from services.router.domain.group import Group


@dataclass(frozen=True, slots=True)
class Reserve:
    """Of the free slots of certain ready agents, so many are kept from all other tickets.

    slots: how many. queue, channel, tier, skill: whose slots they are: tickets that match all of
    those given, where a skill is one that the ticket needs when it begins to wait.
    among: what an agent must have for their slots to count, beside the skill and the channel.
    """

    name: str
    slots: int
    queue: str | None = None
    channel: str | None = None
    tier: str | None = None
    skill: str | None = None
    among: tuple[Need, ...] = ()

    def is_for(self, requirement: Requirement, tier: str) -> bool:
        return (
            self.queue in (None, requirement.queue)
            and self.channel in (None, requirement.channel)
            and self.tier in (None, tier)
            and (self.skill is None or self.skill in requirement.skills)
        )

    def covers(self, skills: Skills, channels: frozenset[str]) -> bool:
        """Whether the free slots of such an agent count, and are withheld."""
        return (
            (self.skill is None or self.skill in skills)
            and (self.channel is None or self.channel in channels)
            and all(meets(skills, need) for need in self.among)
        )


@dataclass(slots=True, eq=False)
class Stock:
    """What a reserve has to withhold now.

    free: slots that its agents have left. roomy: their groups that have some.
    refused: a ticket was turned away since slots last came in; so it must be asked again when
    more do.
    """

    rule: Reserve
    free: int = 0
    roomy: "dict[Group, None]" = field(default_factory=dict)
    refused: bool = False

    @property
    def spare(self) -> int:
        """How many slots other tickets may take now."""
        return max(0, self.free - self.rule.slots)

    def count(self, group: "Group", *, before: int, after: int) -> None:
        """The free slots of a group changed."""
        self.free += after - before
        if after:
            self.roomy[group] = None
        else:
            self.roomy.pop(group, None)


def spare_of(withheld: tuple[Stock, ...]) -> int:
    """Slots that a ticket under all of these may take."""
    return min(stock.spare for stock in withheld)
