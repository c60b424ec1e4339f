"""An agent changes their state."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts.base import Slug
from shared.contracts.desk_input import AgentCommand

AgentStateName = Literal["ready", "wrap_up", "break", "training", "meeting", "offline"]


class SetAgentState(AgentCommand):
    """Only `ready` is dealt to.

    channels: ready for these only; absent means every channel of the agent's profile.
    reason: free words for the record, such as "lunch".
    """

    TYPE: ClassVar[str] = "SetAgentState"

    state: AgentStateName
    channels: tuple[Slug, ...] | None = None
    reason: Annotated[str, Field(max_length=128)] | None = None
