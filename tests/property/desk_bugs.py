"""Bugs to plant in the routing core, one or more for each of its rules."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from services.router.domain import (
    adoption,
    books,
    choosing,
    delegating,
    desk,
    ladder,
    merging,
    pool,
    profiles,
    pulling,
    review,
    revision,
    servable,
    steps,
    waiting,
    waiting_room,
    writing,
)
from services.router.domain.agent import Agent
from services.router.domain.bond import Bond
from services.router.domain.books import Books
from services.router.domain.clocks import Clocks
from services.router.domain.fit import Fit, fit, surplus
from services.router.domain.group import Group
from services.router.domain.ladder import Ladders
from services.router.domain.lookout import Lookout
from services.router.domain.matching import Matcher
from services.router.domain.picks import PickLimit, Picks
from services.router.domain.pool import Pool
from services.router.domain.protection import Protection
from services.router.domain.reach import Reach, reach_of
from services.router.domain.requirement import Requirement, Skills
from services.router.domain.reserve import Stock
from services.router.domain.rota import Rota
from services.router.domain.rules import DeskRules
from services.router.domain.seat import Seat
from services.router.domain.shifts import CLOSED, Guards
from services.router.domain.ticket import Climbed, Ticket, TicketState
from services.router.domain.turn import Turn
from services.router.domain.waiting_room import WaitingRoom
from services.router.domain.work_kinds import WorkKinds


class Bug(NamedTuple):
    """where, name: what is replaced. by: what behaves wrongly in its place. shown_by: the rules
    of the state machine that are enough to show it, where all together seldom do; empty: all."""

    says: str
    where: Any
    name: str
    by: Any
    shown_by: tuple[str, ...] = ()


def _oldest_first(ticket: Ticket) -> tuple[float, float, str]:
    return ticket.opened_at, ticket.due_at, ticket.id


_place = Pool.place


def _one_slot_more(self: Pool, seat: Seat, agent: Agent) -> Group:
    group = _place(self, seat, agent)
    group.limit = agent.capacity + 1
    return group


def _late_first(matcher: Matcher, rules: DeskRules, *, now: float) -> Ticket | None:
    timely, late = matcher.next_turns(now)
    return late or timely


def _late_last(matcher: Matcher, rules: DeskRules, *, now: float) -> Ticket | None:
    timely, late = matcher.next_turns(now)
    return timely or late


def _propose_group_alone(self: Matcher, seat: Seat, group: Group) -> None:
    self._propose(group)


def _whole_slots(self: Group, load: float, weight: float) -> int:
    return math.ceil(weight)


def _needs_fall(skills: Skills, requirement: Requirement, stage: int) -> Fit | None:
    return fit(skills, requirement, stage) or (Fit(stage, 0, 0) if stage else None)


def _first_stage_for_ever(skills: Skills, requirement: Requirement, stage: int) -> Fit | None:
    return fit(skills, requirement, 0)


def _last_stage_only(skills: Skills, requirement: Requirement, stage: int) -> Fit | None:
    found = fit(skills, requirement, stage)
    return None if found is not None and found.stage < stage - 1 else found


def _fit_regardless_of_stage(skills: Skills, requirement: Requirement, stage: int) -> Fit | None:
    found = fit(skills, requirement, stage)
    return None if found is None else Fit(0, 0, surplus(skills, requirement) or 0)


def _since_now(ticket: Ticket, *, now: float, **others: Any) -> Reach:
    began, ticket.queued_at = ticket.queued_at, now
    try:
        return reach_of(ticket, now=now, **others)
    finally:
        ticket.queued_at = began


def _kept_for_nobody(ticket: Ticket, **others: Any) -> Reach:
    return reach_of(ticket, **others)._replace(kept=())


def _nothing(*_: Any, **__: Any) -> None:
    """Forgotten."""


def _always(*_: Any, **__: Any) -> bool:
    return True


def _never(*_: Any, **__: Any) -> bool:
    return False


def _off_shift_alone(self: Guards, queue: str, guard: float) -> bool:
    return guard == CLOSED


def _weight_in_full(self: Seat, ticket: Ticket) -> float:
    return ticket.requirement.weight


def _kept_for_whom_it_was(ticket: Ticket, **others: Any) -> Reach:
    given, ticket.kept_until = ticket.kept_until, 0.0
    try:
        return reach_of(ticket, **others)
    finally:
        ticket.kept_until = given


def _part_alone(_: Books, ticket: Ticket) -> Ticket:
    return ticket


def _sender_alone(ticket: Ticket, agent: str) -> None:
    ticket.deciders = (agent,)


def _barred_for_a_while(self: Ticket) -> set[str]:
    return {agent for agent, _ in self.skipped}


def _own_deadline(self: Bond) -> float:
    return self.due_at


def _hold_all(clocks: Clocks, *, now: float) -> Clocks:
    return tuple(clock._replace(held_from=now) for clock in clocks)


def _no_clocks(*_: Any) -> Clocks:
    return ()


def _somebody_is_free(self: Lookout, ticket: Ticket) -> bool:
    weight = ticket.requirement.weight
    return any(group.has_room(weight) for group in self._matcher.fits_of(ticket).groups)


def _uncounted(self: PickLimit, picks: Picks, now: float) -> Picks:
    return picks


def _steps_past_are_done(ticket: Ticket, ladders: Ladders, *, now: float) -> Climbed:
    return ticket.climbed


def _own_queue_alone(ticket: Ticket, ladders: Ladders) -> tuple[str, int]:
    queue = ticket.requirement.queue
    return queue, dict(ticket.climbed).get(queue, 0)


def _whatever_its_state(ticket: Ticket, protected: Mapping[str, Protection], matter: str) -> bool:
    return matter in protected and ticket.requirement.queue not in protected


def _is_set_aside(ticket: Ticket) -> bool:
    return ticket.state is TicketState.PARKED


_tell_lead = writing.tell_lead


def _told_again(books: Books, turn: Turn, ticket: Ticket, agent: str) -> None:
    _tell_lead(books, turn, ticket, agent)
    at = {"until": ticket.until, "lead_at": turn.now + books.rules.agent_lead_seconds}
    books.move(ticket, ticket.state, agent=agent, now=turn.now, **at)


def _reminded_alone(books: Books, turn: Turn, ticket: Ticket, agent: str) -> None:
    """The lead is forgotten."""
    books.move(ticket, ticket.state, agent=agent, now=turn.now, until=ticket.until)
    turn.step(ticket, "agent_nudged", before=ticket.state, agent=agent)


def _all_interruptible(self: WorkKinds, requirement: Requirement) -> int:
    return self.all[-1]


def _weigh_each_kind_alone(self: Seat) -> None:
    for kind, place in enumerate(self.places):
        own = [ticket for ticket in self.hand.values() if self.kinds.of(ticket.requirement) == kind]
        place.load = math.fsum([self._weight_of(ticket) for ticket in own])


_DEALT = ("customers_write", "the_desk_settles")
_WORKED_ON = (*_DEALT, "an_agent_acts", "time_passes")
_GOES_ON = (*_WORKED_ON, "a_customer_goes_on")
_REVIEWED = (*_WORKED_ON, "an_agent_sends_a_ticket_for_re_review")
_HANDED_ON = (*_WORKED_ON, "an_agent_hands_a_ticket_on")
_TAKEN_OVER = ("an_agent_changes_state", "another_process_takes_over")
_PLANNED = (*_WORKED_ON, "an_agent_is_planned")
_MERGED = (*_WORKED_ON, "an_agent_merges_another_ticket")
_WRITTEN_TO_A_PART = (*_DEALT, "an_agent_merges_another_ticket", "a_customer_goes_on")
_TASKS = (*_DEALT, "an_agent_acts", "an_agent_asks_others_to_do_something", "a_task_is_done")

BUGS = (
    Bug("the oldest first, whatever its deadline", waiting, "key_of", _oldest_first),
    Bug("one slot too many", Pool, "place", _one_slot_more),
    Bug("a decline is forgotten", Books, "skip", _nothing),
    Bug("late tickets take every slot", desk, "next_ticket", _late_first),
    Bug("late tickets get what is left over", desk, "next_ticket", _late_last),
    Bug("slots nobody else wanted are charged", Matcher, "serves", _always),
    Bug("nothing is withheld", Stock, "spare", 1_000),
    Bug(
        "what comes into a reserve is not noticed",
        Matcher,
        "_offer_room",
        _propose_group_alone,
        (*_WORKED_ON, "a_customer_is_profiled"),
    ),
    Bug("what is left of a slot is withheld", Group, "cost", _whole_slots),
    Bug("hard needs fall at a stage", pool, "fit", _needs_fall, _WORKED_ON),
    Bug("no stage follows the first", pool, "fit", _first_stage_for_ever),
    Bug("a stage takes away from earlier ones", pool, "fit", _last_stage_only),
    Bug("a fit of a later stage is as good", pool, "fit", _fit_regardless_of_stage),
    Bug("a stage is begun by a timer alone", WaitingRoom, "revisit", _nothing),
    Bug("a take-over begins the wait again", waiting_room, "reach_of", _since_now),
    Bug("a ticket is kept for nobody", waiting_room, "reach_of", _kept_for_nobody),
    Bug("a ticket is kept for the absent", WaitingRoom, "_on_shift", _always),
    Bug("nobody notices that a host left", WaitingRoom, "revisit_hosted", _nothing),
    Bug(
        "a ticket given to an agent is everybody's",
        waiting_room,
        "reach_of",
        _kept_for_whom_it_was,
        (*_HANDED_ON, *_TAKEN_OVER),
    ),
    Bug("a ticket that waits for the customer weighs all", Seat, "_weight_of", _weight_in_full),
    Bug(
        "what is written to a part stays there",
        merging,
        "whole_of",
        _part_alone,
        _WRITTEN_TO_A_PART,
    ),
    Bug(
        "a part outlives its whole",
        merging,
        "close",
        steps.close,
        (*_MERGED, "a_merged_matter_is_over"),
    ),
    Bug("a part's deadline is forgotten", Bond, "earliest", _own_deadline, _MERGED),
    Bug(
        "a part that is split off stays a part",
        merging,
        "_give_out",
        _nothing,
        (*_MERGED, "an_agent_splits_a_ticket_off"),
    ),
    Bug(
        "an answer does not end the wait",
        writing,
        "answer",
        _nothing,
        (*_GOES_ON, "a_customer_asks_again"),
    ),
    Bug("the lead is told twice", writing, "tell_lead", _told_again, _WORKED_ON),
    Bug(
        "what is answered is told to the lead",
        writing,
        "rest",
        _nothing,
        _WORKED_ON,
    ),
    Bug("a reminder ends the lead's time", writing, "nudge", _reminded_alone, _WORKED_ON),
    Bug(
        "a take-over forgets the lead",
        adoption,
        "page_at",
        lambda *_, **__: 0.0,
        (*_WORKED_ON, *_TAKEN_OVER),
    ),
    Bug("a clock of the law stands with the others", revision, "hold", _hold_all, _GOES_ON),
    Bug("what is merged loses the clocks of the law", merging, "brought_by", _no_clocks, _MERGED),
    Bug("who decided a ticket is forgotten", review, "note_decider", _sender_alone, _REVIEWED),
    Bug(
        "whoever decided a part may have the whole",
        review,
        "share_past",
        _nothing,
        (*_MERGED, "an_agent_sends_a_ticket_for_re_review"),
    ),
    Bug(
        "who decided a ticket is passed by for a while",
        Ticket,
        "passed_by",
        _barred_for_a_while,
        _REVIEWED,
    ),
    Bug("no shift ends", Rota, "is_due", _never, _PLANNED),
    Bug("a guard is forgotten", Guards, "closes", _off_shift_alone, _PLANNED),
    Bug("who had the ticket is forgotten", choosing, "_favourites", lambda *_: ()),
    Bug("nobody notices that the last one on duty left", Lookout, "doubt", _nothing),
    Bug("what an agent chooses is not counted", PickLimit, "noted", _uncounted),
    Bug("an agent takes what is kept for another", pulling, "_unfit", _nothing),
    Bug("the next one spends what is withheld", servable, "spare_of", lambda _: 1_000),
    Bug("who is busy is not there", Lookout, "_somebody_is_there", _somebody_is_free),
    Bug(
        "steps overrule an agent's transfer",
        books,
        "with_past_done",
        _steps_past_are_done,
        _HANDED_ON,
    ),
    Bug("a move ends the steps", ladder, "place_of", _own_queue_alone),
    Bug("a task outlives its ticket", steps, "cancel_tasks", _nothing),
    Bug(
        "a ticket wakes with the first of its tasks",
        delegating,
        "_waits_no_more",
        _is_set_aside,
        _TASKS,
    ),
    Bug(
        "what can be interrupted stands in the way",
        WorkKinds,
        "of",
        _all_interruptible,
        _WORKED_ON,
    ),
    Bug("what cannot be interrupted does not", Seat, "weigh", _weigh_each_kind_alone, _WORKED_ON),
    Bug(
        "a matter takes tickets out of hands",
        profiles,
        "is_drawn",
        _whatever_its_state,
        (*_DEALT, "an_agent_acts", "a_customer_is_profiled"),
    ),
    Bug("the customer is answered from a task", delegating, "_REFUSED", {}),
)
