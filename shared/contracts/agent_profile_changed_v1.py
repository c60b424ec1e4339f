"""An administrator hired, changed or dismissed an agent."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts.base import Id, Slug, Utc, Wire
from shared.contracts.desk_input import DeskInput

Level = Annotated[int, Field(ge=1, le=5)]
Capacity = Annotated[float, Field(ge=0, le=100)]


class Shift(Wire):
    """From when to when an agent works."""

    starts_at: Utc
    ends_at: Utc


Shifts = Annotated[tuple[Shift, ...], Field(max_length=100)]


class AgentProfileChanged(DeskInput):
    """The whole profile, replacing what was known.

    skills: skill -> level 1..5; languages are skills named `lang.ru`, `lang.lt`, …
    channels: what the agent may serve.
    capacity: how much work at once, in the units of the policy's weights.
    shifts: when they work, in any order: nothing is dealt outside, nor just before the end of one,
        as the policy says. Left out: whenever they are ready; empty: not at all.
    keep_shifts: where `shifts` are left out, those known before stay.
    new_hire_until: until when they are new, and have a share of their capacity, as the policy says.
    active: false dismisses: nothing more is dealt to the agent.
    """

    TYPE: ClassVar[str] = "AgentProfileChanged"

    agent: Id
    name: Annotated[str, Field(max_length=128)] = ""
    skills: dict[Slug, Level]
    channels: tuple[Slug, ...]
    capacity: Capacity
    active: bool = True
    shifts: Shifts | None = None
    keep_shifts: bool | None = None
    new_hire_until: Utc | None = None
