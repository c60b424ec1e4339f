"""An agent's work in progress: how long each ticket takes beside the others."""

from dataclasses import dataclass, field

from services.router.simulator.clock import Action, Clock
from services.router.simulator.habits import Habits


@dataclass(slots=True)
class _Job:
    """left: seconds of undivided work. ends: when it is done at the present pace."""

    left: float
    ends: float = 0.0


@dataclass(slots=True)
class Hands:
    """One agent's. on_done(ticket, time) is called when a ticket's handling is over."""

    clock: Clock
    habits: Habits
    on_done: Action
    _jobs: dict[str, _Job] = field(default_factory=dict)
    _since: float = 0.0

    def take(self, ticket: str, *, handling: float, now: float) -> None:
        if not self.habits.slowdown:
            # nothing disturbs it: its end is known at once
            self.clock.at(now + handling, self.on_done, ticket, now + handling)
            return
        self._work(now)
        self._jobs[ticket] = _Job(handling)
        self._plan(now)

    def _end(self, ticket: str, when: float) -> None:
        job = self._jobs.get(ticket)
        if job is None or job.ends != when:
            return  # the pace has changed since this end was planned
        self._work(when)
        del self._jobs[ticket]
        self._plan(when)
        self.on_done(ticket, when)

    def _work(self, now: float) -> None:
        """Note what has been done since the last change."""
        done = (now - self._since) * self.habits.pace(len(self._jobs))
        self._since = now
        for job in self._jobs.values():
            job.left = max(0.0, job.left - done)

    def _plan(self, now: float) -> None:
        pace = self.habits.pace(len(self._jobs))
        for ticket, job in self._jobs.items():
            ends = now + job.left / pace
            if ends != job.ends:
                job.ends = ends
                self.clock.at(ends, self._end, ticket, ends)
