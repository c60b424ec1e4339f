"""The scenario file: what arrives on a day, and who is there. docs/simulator.md teaches it."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from services.router.policy.duration import Duration
from services.router.policy.schema import Language, Level, Name, Section

PerHour = Annotated[float, Field(ge=0, le=1e6)]
Share = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[float, Field(gt=0, le=1e6)]
Some = Annotated[Duration, Field(gt=0)]
"""A duration that is not zero."""


class PeakSection(Section):
    """A triangle over the steady rate: rises from it, to `per_hour` at `at`, and falls back."""

    per_hour: PerHour
    at: Duration
    within: Some


class StepSection(Section):
    """From this time on the steady rate is this one."""

    start: Annotated[Duration, Field(alias="from")]
    per_hour: PerHour


class BurstSection(Section):
    """So many more for a while."""

    at: Duration
    lasts: Some
    per_hour: PerHour


class HandlingSection(Section):
    """Seconds of one agent's time a ticket takes. cv: coefficient of variation (lognormal)."""

    mean: Some
    law: Literal["lognormal", "exponential"] = "lognormal"
    cv: Annotated[float, Field(gt=0, le=10)] = 0.8


class ReturnsSection(Section):
    """Customers who gave up: this share contacts again, after so long in the mean, each time."""

    share: Share
    after: Some


class ArrivalsSection(Section):
    """Tickets of one kind.

    waiting: how many already wait when the day begins. patience: its mean; without it customers
    wait for ever. target: instead of the policy's. value: weight of a ticket on time.
    """

    topic: Name
    lang: Language
    channel: Name
    tier: Name = "standard"
    per_hour: PerHour = 0.0
    steps: tuple[StepSection, ...] = ()
    peak: PeakSection | None = None
    bursts: tuple[BurstSection, ...] = ()
    waiting: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    handling: HandlingSection
    patience: Some | None = None
    returns: ReturnsSection | None = None
    target: Some | None = None
    value: Positive = 1.0

    @model_validator(mode="after")
    def _has_one_steady_rate(self) -> Self:
        if self.steps and self.per_hour:
            raise ValueError("give `per_hour` or `steps`, not both")
        starts = [step.start for step in self.steps]
        if starts != sorted(starts):
            raise ValueError("`steps` are in the order of their `from`")
        return self

    @model_validator(mode="after")
    def _returns_need_patience(self) -> Self:
        if self.returns is not None and self.patience is None:
            raise ValueError("`returns` without `patience`: nobody gives up")
        return self


class BreakSection(Section):
    """away: how long. spread: begins up to so long after `at`, each agent at another moment."""

    at: Duration
    away: Duration
    spread: Duration = 0.0


class HabitsSection(Section):
    """See simulator.habits.Habits."""

    answer: Duration = 0.0
    declines: Share = 0.0
    ignores: Share = 0.0
    after_work: Duration | None = None
    slowdown: Annotated[float, Field(ge=0, le=10)] = 0.0

    @model_validator(mode="after")
    def _accepts_some(self) -> Self:
        if self.declines + self.ignores >= 1.0:
            raise ValueError("`declines` and `ignores` leave no offer to be accepted")
        return self


class AgentsSection(Section):
    """Agents alike. begins, ends: their shift; without `ends` they stay to the last ticket."""

    count: Annotated[int, Field(ge=0, le=100_000)]
    skills: Annotated[dict[Name, Level], Field(min_length=1)]
    channels: Annotated[list[Name], Field(min_length=1)]
    capacity: Annotated[float, Field(gt=0, le=100)] = 1.0
    begins: Duration = 0.0
    ends: Duration | None = None
    breaks: tuple[BreakSection, ...] = ()
    habits: HabitsSection | None = None


class ScenarioFile(Section):
    """The whole file. starts: when the day begins. lasts: how long customers arrive."""

    name: Name
    desk: Name
    seed: int = 1
    starts: AwareDatetime = datetime(2026, 1, 5, 8, tzinfo=UTC)
    lasts: Some
    arrivals: Annotated[dict[Name, ArrivalsSection], Field(min_length=1)]
    agents: Annotated[dict[Name, AgentsSection], Field(min_length=1)]
    habits: HabitsSection = HabitsSection()
