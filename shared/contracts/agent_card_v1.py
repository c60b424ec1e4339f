"""An agent's own state, as the dealer holds it."""

from typing import ClassVar

from pydantic import Field

from shared.contracts.base import Slug
from shared.contracts.card import AgentBound
from shared.contracts.set_agent_state_v1 import AgentStateName


class AgentCard(AgentBound):
    """The answer to SetAgentState, and to whatever else changes an agent's state.

    load, capacity: in the units of the policy's weights. Load above capacity is overload: nothing
        more is dealt, nothing is taken away.
    """

    TYPE: ClassVar[str] = "AgentCard"

    desk: Slug
    state: AgentStateName
    channels: tuple[Slug, ...]
    reason: str | None = None
    load: float = Field(ge=0)
    capacity: float = Field(ge=0)
