"""How agents go about their work."""

from dataclasses import dataclass

from services.router.simulator.draws import lognormal_quantile, uniform

_ANSWER_CV = 0.5


@dataclass(frozen=True, slots=True)
class Habits:
    """answer_seconds: mean time until an agent answers an offer.
    declines: share of offers declined. ignores: share of offers let pass in silence.
    after_work_seconds: mean after-work, cut by the policy's; None: always all of the policy's.
    slowdown: how much longer a ticket takes for each other one the agent works on: with 0.25 and
        three chats each runs at 1 / 1.5 of its speed.
    """

    answer_seconds: float = 0.0
    declines: float = 0.0
    ignores: float = 0.0
    after_work_seconds: float | None = None
    slowdown: float = 0.0

    def __post_init__(self) -> None:
        if self.declines + self.ignores >= 1.0:
            raise ValueError("declines and ignores leave no offer to be accepted")

    def pace(self, tickets: int) -> float:
        """Seconds of work done a second on each of so many tickets."""
        return 1.0 / (1.0 + self.slowdown * (tickets - 1)) if tickets else 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agent makes of an offer. accepts None: nothing, they let it pass."""

    after: float
    accepts: bool | None


def answer(habits: Habits, *, seed: int, ticket: str, agent: str, nth: int) -> Answer:
    """nth: how many times the ticket has been offered."""
    names = (ticket, agent, str(nth))
    mood = uniform(seed, "mood", *names) if habits.declines or habits.ignores else 1.0
    after = 0.0
    if habits.answer_seconds:
        after = lognormal_quantile(
            uniform(seed, "answer", *names), mean=habits.answer_seconds, cv=_ANSWER_CV
        )
    if mood < habits.ignores:
        return Answer(after, None)
    return Answer(after, mood >= habits.ignores + habits.declines)


def after_work(habits: Habits, *, seed: int, ticket: str, agent: str) -> float | None:
    """Seconds; None: until the policy ends it."""
    if habits.after_work_seconds is None:
        return None
    if not habits.after_work_seconds:
        return 0.0
    u = uniform(seed, "after-work", ticket, agent)
    return lognormal_quantile(u, mean=habits.after_work_seconds, cv=_ANSWER_CV)
