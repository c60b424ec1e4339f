"""What happened to an agent: state, presence, profile."""

from typing import ClassVar

from shared.contracts.agent_profile_changed_v1 import Capacity, Level, Shifts
from shared.contracts.base import Contract, Id, Natural, Positive, Slug, Utc


class AgentChanged(Contract):
    """The agent as they are after one change, for audit, explanations and workforce reports.

    active: false once dismissed. channels: what they are ready for. capacity: in the units of the
    policy's weights. shifts: when they work, where that is planned. new_hire_until: until when they
    have a share of their capacity only. hand: the tickets they had at the end of what changed them,
    for others may change in the same turn.
    """

    TYPE: ClassVar[str] = "AgentChanged"
    TOPIC: ClassVar[str] = "support.events.v1"

    agent: Id
    desk: Slug
    on: Slug
    state: str
    reason: str | None = None
    connected: bool
    active: bool = True
    skills: dict[Slug, Level] | None = None
    channels: tuple[Slug, ...] | None = None
    capacity: Capacity | None = None
    shifts: Shifts | None = None
    new_hire_until: Utc | None = None
    hand: tuple[Id, ...] | None = None
    at: Utc
    shard: Natural
    epoch: Positive
    seq: Positive

    @property
    def key(self) -> str:
        return self.agent
