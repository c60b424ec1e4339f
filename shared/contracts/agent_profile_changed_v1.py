"""An administrator hired, changed or dismissed an agent."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts.base import Id, Slug
from shared.contracts.desk_input import DeskInput

Level = Annotated[int, Field(ge=1, le=5)]
Capacity = Annotated[float, Field(ge=0, le=100)]


class AgentProfileChanged(DeskInput):
    """The whole profile, replacing what was known.

    skills: skill -> level 1..5; languages are skills named `lang.ru`, `lang.lt`, …
    channels: what the agent may serve.
    capacity: how much work at once, in the units of the policy's weights.
    active: false dismisses: nothing more is dealt to the agent.
    """

    TYPE: ClassVar[str] = "AgentProfileChanged"

    agent: Id
    name: Annotated[str, Field(max_length=128)] = ""
    skills: dict[Slug, Level]
    channels: tuple[Slug, ...]
    capacity: Capacity
    active: bool = True
