"""The steps that concern a ticket and its tasks, in words."""

from collections.abc import Iterable, Mapping

from services.router.domain.ticket import TicketState
from services.router.explain.facts import Step
from services.router.explain.times import span

Asked = Mapping[str, Step]
"""Task -> the step of its ticket that opened it."""


def asked_in(steps: Iterable[Step]) -> Asked:
    return {step.other: step for step in steps if step.on == "task_opened" and step.other}


def of_task(step: Step, asked: Asked) -> str | None:
    """None: the step concerns no task."""
    match step.on:
        case "task_opened":
            return _opened(step)
        case "task_done":
            return _done(step, asked.get(step.other or ""))
        case "woken" if step.other is not None:
            return "back from where it was set aside: its tasks are done"
        case "cancelled":
            return f"cancelled: {step.other}, which it was a task of, is over"
        case _:
            return None


def _opened(step: Step) -> str:
    task = f"task {step.other} ({step.to_queue})"
    if step.after == TicketState.PARKED.value:
        return f"{step.agent} set it aside until its {task} is done"
    return f"{step.agent} opened its {task} and goes on with it"


def _done(step: Step, asked: Step | None) -> str:
    says = f"its task {step.other} was done by {step.agent}"
    return says if asked is None else f"{says}, {span(step.at - asked.at)} after it was opened"
