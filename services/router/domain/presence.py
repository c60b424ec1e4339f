"""Who is connected, by state: each notifier's report replaces what was believed of it.

A report only notes whose sessions changed. The consequences, thousands when a notifier dies, are
drawn one agent at a time, so that a turn stays bounded; nothing is dealt before all are drawn.
"""

from services.router.domain.books import Books
from services.router.domain.effects import AgentStepped
from services.router.domain.events import PresenceReported
from services.router.domain.roster import reconcile
from services.router.domain.seat import Seat
from services.router.domain.timers import TimerKind
from services.router.domain.turn import Turn

_NOBODY: frozenset[str] = frozenset()


class Presence:
    def __init__(self, books: Books) -> None:
        self._books = books
        self._sessions: dict[str, set[str]] = {}
        self._unsettled: dict[str, None] = {}

    @property
    def pending(self) -> bool:
        """Whether `settle_one` has something left to do."""
        return bool(self._unsettled)

    def believe(self, agent: str, notifiers: frozenset[str], *, now: float) -> None:
        """Sessions as stored: silence counts from now."""
        for notifier in sorted(notifiers):
            self._sessions.setdefault(notifier, set()).add(agent)
            self._listen(notifier, now + self._books.rules.silence_seconds)
        self.doubt(agent)

    def inherit(self, former: "Presence", *, now: float) -> None:
        """Go on, under other rules, with what that one was told. Silence counts from now, or as the
        notifier's own period still allows."""
        silent_at = former._books.silence
        self._sessions = {notifier: set(held) for notifier, held in former._sessions.items()}
        for notifier in self._sessions:
            until = now + self._books.rules.silence_seconds
            self._listen(notifier, max(until, silent_at.get(notifier, 0.0)))
        self._unsettled.update(former._unsettled)

    def doubt(self, agent: str) -> None:
        """Look at this agent's tickets and sessions when next settling."""
        self._unsettled[agent] = None

    def report(self, event: PresenceReported, *, now: float) -> None:
        believed = self._sessions.get(event.notifier, set())
        if believed != event.agents:
            self._unsettled.update(dict.fromkeys(sorted(believed ^ event.agents)))
            self._sessions[event.notifier] = set(event.agents)
        patience = max(self._books.rules.silence_seconds, event.period_seconds)
        self._listen(event.notifier, now + patience)

    def fall_silent(self, notifier: str) -> None:
        """A notifier was not heard of for too long: so are its sessions."""
        del self._books.silence[notifier]
        self._books.timers.lapse(TimerKind.SILENCE)
        gone = self._sessions.pop(notifier, set())
        self._unsettled.update(dict.fromkeys(sorted(gone)))

    def notifiers_of(self, agent: str) -> frozenset[str]:
        holding = [notifier for notifier, held in self._sessions.items() if agent in held]
        return frozenset(holding) if holding else _NOBODY

    def settle_one(self, turn: Turn) -> None:
        """Draw the consequences for the next agent whose sessions changed."""
        agent_id = next(iter(self._unsettled))
        del self._unsettled[agent_id]
        seat = self._books.seat(agent_id)
        if seat is None:
            return
        self._refresh(turn, seat)
        reconcile(self._books, turn, seat)

    def _refresh(self, turn: Turn, seat: Seat) -> None:
        agent = seat.agent
        if agent is None:
            return
        notifiers = self.notifiers_of(agent.id)
        if notifiers == agent.notifiers:
            return
        before, agent.notifiers = agent.connected, notifiers
        agent.gone_at = 0.0 if agent.connected else turn.now
        turn.add(AgentStepped(agent=agent, on=_change(before, agent.connected), at=turn.now))

    def _listen(self, notifier: str, until: float) -> None:
        silence = self._books.silence
        if silence.get(notifier) == until:
            return
        if notifier in silence:
            self._books.timers.lapse(TimerKind.SILENCE)
        silence[notifier] = until
        self._books.timers.arm(TimerKind.SILENCE, notifier, until)


def _change(before: bool, after: bool) -> str:
    if before == after:
        return "sessions_changed"
    return "connected" if after else "disconnected"
