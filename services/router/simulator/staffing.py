"""How many agents a scenario needs, by search over simulated days.

Every trial meets the same days (common random numbers): customers do not depend on the staff, and
an agent's chance goes by their name, so one agent more or less is all that differs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from services.router.policy import Policy
from services.router.simulator.admission import by_policy
from services.router.simulator.report import Report, report
from services.router.simulator.run import run
from services.router.simulator.scenario import ScenarioFile
from services.router.simulator.trace import Arrival, Trace
from services.router.simulator.workload import arrivals, habits_of, shifts

Staff = Mapping[str, int]
"""Group -> agents present."""

_DOUBLINGS: Final = 6
_SCALE_STEPS: Final = 16


class OutOfReach(Exception):
    """No number of agents in the scenario's groups reaches the goal; the text says for whom."""


@dataclass(frozen=True, slots=True)
class Goal:
    """target: share on time that every kind of arrivals must have.
    occupancy: no group may be busier in the mean."""

    target: float
    occupancy: float


@dataclass(frozen=True, slots=True)
class Trial:
    """on_time: kind -> share. occupancy: group -> share. Means over the days."""

    staff: Staff
    on_time: Mapping[str, float]
    occupancy: Mapping[str, float]

    def missed(self, goal: Goal) -> list[str]:
        """What does not reach the goal, as sentences."""
        late = (
            f"{kind}: {share:.1%} on time"
            for kind, share in self.on_time.items()
            if share < goal.target
        )
        busy = (
            f"{group}: {share:.1%} occupied"
            for group, share in self.occupancy.items()
            if share > goal.occupancy
        )
        return [*late, *busy]


class Trials:
    """Tries staffs on the same days, each once. on_trial: told before each."""

    def __init__(
        self,
        scenario: ScenarioFile,
        policy: Policy,
        *,
        seeds: Sequence[int],
        on_trial: Callable[[Staff], None] = lambda _: None,
    ) -> None:
        self._scenario = scenario
        self._policy = policy
        self._on_trial = on_trial
        self._known: dict[tuple[int, ...], Trial] = {}
        self._days: dict[int, tuple[Arrival, ...]] = {
            seed: tuple(arrivals(scenario, policy, seed=seed)) for seed in seeds
        }

    def of(self, staff: Staff) -> Trial:
        key = tuple(staff[group] for group in self._scenario.agents)
        if key not in self._known:
            self._on_trial(staff)
            self._known[key] = _mean(staff, [self._play(staff, seed) for seed in self._days])
        return self._known[key]

    def _play(self, staff: Staff, seed: int) -> Report:
        scenario = _with_staff(self._scenario, staff)
        trace = Trace(
            name=scenario.name,
            seed=seed,
            seconds=scenario.lasts,
            arrivals=self._days[seed],
            shifts=tuple(shifts(scenario, seed=seed)),
        )
        outcomes = run(
            trace,
            self._policy.rules_for(scenario.desk),
            habits=habits_of(scenario),
            admit=by_policy(self._policy, desk=scenario.desk),
            start=scenario.starts.timestamp(),
        )
        return report(trace, outcomes, policy=self._policy.version)


def fewest(scenario: ScenarioFile, trials: Trials, goal: Goal) -> Trial:
    """A staff that reaches the goal and cannot spare a single agent. Raises OutOfReach.

    First the scenario's own mix is scaled until it suffices, then groups give up agents, the least
    occupied first, in ever smaller steps.
    """
    own = {name: group.count for name, group in scenario.agents.items()}
    return _trimmed(trials, goal, _scaled(own, trials, goal))


def _scaled(own: Staff, trials: Trials, goal: Goal) -> Trial:
    """The smallest multiple of the mix that reaches the goal, to a sixteenth of the last double."""
    high = 1.0
    for _ in range(_DOUBLINGS):
        trial = trials.of(_times(own, high))
        if not (missed := trial.missed(goal)):
            break
        high *= 2.0
    else:
        raise OutOfReach(
            f"with {high / 2:g} times the agents still not enough: {'; '.join(missed)}"
        )
    low, best = 0.0 if high == 1.0 else high / 2, trial
    while high - low > 1.0 / _SCALE_STEPS:
        middle = (low + high) / 2
        trial = trials.of(_times(own, middle))
        if trial.missed(goal):
            low = middle
        else:
            high, best = middle, trial
    return best


def _trimmed(trials: Trials, goal: Goal, best: Trial) -> Trial:
    step = max(1, max(best.staff.values(), default=1) // 4)
    while True:
        smaller = next(
            (trial for trial in _without(trials, best, step) if not trial.missed(goal)), None
        )
        if smaller is not None:
            best = smaller
        elif step == 1:
            return best
        else:
            step //= 2


def _without(trials: Trials, best: Trial, step: int) -> Iterator[Trial]:
    """The staff with so many agents fewer, in one group after the other."""
    for group in sorted(best.staff, key=lambda name: (best.occupancy[name], name)):
        if best.staff[group] >= step:
            yield trials.of({**best.staff, group: best.staff[group] - step})


def _times(own: Staff, factor: float) -> Staff:
    return {group: ceil(count * factor) for group, count in own.items()}


def _with_staff(scenario: ScenarioFile, staff: Staff) -> ScenarioFile:
    groups = {
        name: group.model_copy(update={"count": staff[name]})
        for name, group in scenario.agents.items()
    }
    return scenario.model_copy(update={"agents": groups})


def _mean(staff: Staff, reports: Sequence[Report]) -> Trial:
    kinds = sorted({kind for each in reports for kind in each.by["kind"]})
    return Trial(
        staff=staff,
        on_time={kind: _share_on_time(kind, reports) for kind in kinds},
        occupancy={
            group: sum(
                each.agents[group].occupancy if group in each.agents else 0.0 for each in reports
            )
            / len(reports)
            for group in staff
        },
    )


def _share_on_time(kind: str, reports: Sequence[Report]) -> float:
    met = [each.by["kind"][kind] for each in reports if kind in each.by["kind"]]
    contacts = sum(service.contacts for service in met)
    return sum(service.on_time * service.contacts for service in met) / contacts
