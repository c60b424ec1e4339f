"""An agent as routing knows them."""

from dataclasses import dataclass, field
from enum import StrEnum

from services.router.domain.picks import Picks
from services.router.domain.requirement import Skills
from services.router.domain.shifts import Shifts


class AgentState(StrEnum):
    """Only READY is dealt to."""

    READY = "ready"
    WRAP_UP = "wrap_up"
    BREAK = "break"
    TRAINING = "training"
    MEETING = "meeting"
    OFFLINE = "offline"


@dataclass(slots=True)
class Agent:
    """Mutable: only the desk that owns them changes it. Times are epoch seconds.

    channels: what the profile allows. ready_channels: what the agent is ready for; None: all.
    capacity: in the units of the policy's weights. shifts: when they work, as planned.
    new_until: while they are new, and have a share of their capacity only; 0: they are not.
    picks: when they chose tickets from the queue themselves, as far as that may limit them.
    missed: how many offers in a row they let pass.
    pulled: their last pulls: (id of the command, ticket that they took), the latest last.
    notifiers: ids of the notifier instances that hold a live socket of this agent.
    gone_at: since when no notifier does; 0 while connected.
    idle_since: when the agent was last given or freed of work. Stored with the agent's own changes
        only, not with each deal: it breaks ties, and a new owner may break them otherwise.
    version: of the stored document; 0 when there is none yet.
    """

    id: str
    skills: Skills
    channels: frozenset[str]
    capacity: float
    name: str = ""
    active: bool = True
    state: AgentState = AgentState.OFFLINE
    reason: str | None = None
    ready_channels: frozenset[str] | None = None
    notifiers: frozenset[str] = field(default_factory=frozenset)
    gone_at: float = 0.0
    idle_since: float = 0.0
    shifts: Shifts = None
    new_until: float = 0.0
    picks: Picks = ()
    pulled: tuple[tuple[str, str], ...] = ()
    missed: int = 0
    version: int = 0

    @property
    def connected(self) -> bool:
        return bool(self.notifiers)

    def capacity_at(self, now: float, *, new_share: float) -> float:
        """new_share: of the capacity of one who is new; what is left is a whole slot at least."""
        if now >= self.new_until:
            return self.capacity
        return max(min(1.0, self.capacity), self.capacity * new_share)
