"""What must be true of tasks and of the tickets they are done for, by what is seen of the desk."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.router.domain.desk import Desk
from services.router.domain.effects import Effect, TicketStepped
from services.router.domain.ticket import Ticket, TicketState

_OVER = {
    TicketState.WRAP_UP,
    TicketState.RESOLVED,
    TicketState.CLOSED,
    TicketState.ABANDONED,
}
_WAKERS = {"entry_added", "clock_warned", "clock_missed"}


@dataclass
class Ties:
    """_waiting: tickets set aside for their tasks, each with the time at which they wake anyway."""

    _waiting: dict[str, float] = field(default_factory=dict)

    def note(self, effects: Iterable[Effect], now: float) -> None:
        """A ticket that was set aside for its tasks wakes for a reason."""
        steps = [each for each in effects if isinstance(each, TicketStepped)]
        for step in steps:
            name = step.ticket.id
            if step.on == "task_opened" and step.after is TicketState.PARKED:
                assert step.handing is not None
                assert step.handing.until is not None
                self._waiting[name] = step.handing.until
            elif step.on == "woken":
                until = self._waiting.pop(name, now)
                disturbed = any(each.ticket.id == name and each.on in _WAKERS for each in steps)
                assert not step.ticket.tasks.open if step.joining else disturbed or now >= until

    def check(self, desk: Desk) -> None:
        for ticket in desk.tickets():
            if ticket.tasks.parent:
                self._check_task(desk, ticket)
            else:
                self._check_parent(desk, ticket)

    def _check_task(self, desk: Desk, task: Ticket) -> None:
        parent = desk.ticket(task.tasks.parent)
        listed = parent is not None and task.id in parent.tasks.open
        assert listed == (task.state not in _OVER)
        assert task.state not in {TicketState.RESOLVED, TicketState.WAITING_CUSTOMER}
        assert (task.bond.merged, task.tasks.open, task.clocks) == ((), (), ())
        assert not task.joinable

    def _check_parent(self, desk: Desk, ticket: Ticket) -> None:
        for name in ticket.tasks.open:
            task = desk.ticket(name)
            assert task is not None
            assert task.tasks.parent == ticket.id
        if ticket.state in _OVER:
            assert not ticket.tasks.open
        if ticket.state is TicketState.PARKED and ticket.id in self._waiting:
            assert ticket.tasks.open
