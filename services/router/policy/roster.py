"""The roster file: who works on which desk, and what each can do."""

from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Annotated, Final, Literal

from pydantic import Discriminator, Field, Tag

from services.router.policy.errors import FileInvalid
from services.router.policy.policy import Policy
from services.router.policy.schema import Level, Name, Section
from services.router.policy.source import Path, read_source, validate
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged, Shift
from shared.contracts.base import Id, Utc

LANGUAGE_PREFIX: Final = "lang."
ALL: Final = "all"


def _channels_kind(value: object) -> str:
    return "[all]" if isinstance(value, str) else "[names]"


Channels = Annotated[
    Annotated[Literal["all"], Tag("[all]")]
    | Annotated[tuple[Name, ...], Field(min_length=1), Tag("[names]")],
    Discriminator(_channels_kind),
]


class ShiftSection(Section):
    """From when to when somebody works, each with its zone."""

    starts_at: Utc
    ends_at: Utc


class AgentSection(Section):
    """One agent. Levels go from 1 to 5; `capacity` is in the units of the policy's weights.

    channels: `all` are those that the policy lists.
    shifts: when they work; null: whenever they are ready; absent: as was known before, which of
    somebody new is the same. new_hire_until: while they are new."""

    id: Id
    name: Annotated[str, Field(max_length=128)] = ""
    desk: Name
    skills: Annotated[dict[Name, Level], Field(min_length=1)]
    channels: Channels
    capacity: Annotated[float, Field(gt=0, le=100)]
    active: bool = True
    shifts: Annotated[list[ShiftSection], Field(max_length=100)] | None = None
    new_hire_until: Utc | None = None

    def profile(self, policy: Policy) -> AgentProfileChanged:
        """As the wire has it."""
        channels = policy.channels if self.channels == ALL else self.channels
        return AgentProfileChanged(
            desk=self.desk,
            agent=self.id,
            name=self.name,
            skills=dict(self.skills),
            channels=tuple(channels),
            capacity=self.capacity,
            active=self.active,
            shifts=None if self.shifts is None else tuple(map(_shift, self.shifts)),
            keep_shifts=None if "shifts" in self.model_fields_set else True,
            new_hire_until=self.new_hire_until,
        )


def _shift(section: ShiftSection) -> Shift:
    return Shift(starts_at=section.starts_at, ends_at=section.ends_at)


class RosterFile(Section):
    """The whole file."""

    agents: Annotated[list[AgentSection], Field(min_length=1)]


def load_roster(path: FilePath, *, policy: Policy) -> list[AgentProfileChanged]:
    """Read a roster file. Raises FileInvalid, OSError."""
    return parse_roster(path.read_text(encoding="utf-8"), policy=policy, name=path.name)


def parse_roster(text: str, *, policy: Policy, name: str = "roster") -> list[AgentProfileChanged]:
    """The agents' profiles. Raises FileInvalid: also for names the policy does not know."""
    source = read_source(text, name=name)
    file = validate(source, RosterFile)
    faults = [
        source.problem(("agents", index, *path), says)
        for index, agent in enumerate(file.agents)
        for path, says in _faults(agent, policy, file.agents[:index])
    ]
    if faults:
        raise FileInvalid(name, faults)
    return [agent.profile(policy) for agent in file.agents]


def _faults(
    agent: AgentSection, policy: Policy, before: list[AgentSection]
) -> Iterator[tuple[Path, str]]:
    if any(other.id == agent.id for other in before):
        yield ("id",), f"{agent.id!r} is another agent already: every id is given once"
    if agent.desk not in policy.desks():
        yield ("desk",), f"the policy has no desk {agent.desk!r}: {', '.join(policy.desks())}"
    for skill in agent.skills:
        if not skill.startswith(LANGUAGE_PREFIX) and skill not in policy.skills:
            yield ("skills", skill), f"the policy has no skill {skill!r}: add it to its `skills`"
    for index, channel in enumerate(() if agent.channels == ALL else agent.channels):
        if channel not in policy.channels:
            yield (
                ("channels", index),
                f"the policy has no channel {channel!r}: {', '.join(policy.channels)}",
            )
    for index, shift in enumerate(agent.shifts or ()):
        if shift.ends_at <= shift.starts_at:
            yield ("shifts", index, "ends_at"), "the shift ends before it begins: correct its times"
