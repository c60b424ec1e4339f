"""Who takes a ticket, and the record that says why."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from heapq import merge
from itertools import chain, groupby, islice

from services.router.domain.decision import Candidate, Decision
from services.router.domain.fit import Fit, fit
from services.router.domain.group import Group
from services.router.domain.matching import Matcher
from services.router.domain.pool import Fits
from services.router.domain.reach import hosts_of
from services.router.domain.reserve import Stock, spare_of
from services.router.domain.seat import Place, Seat
from services.router.domain.ticket import Ticket

LISTED = 3
"""So many candidates a decision names at most; where it names fewer there were no more."""


def decide(ticket: Ticket, *, matcher: Matcher, policy: int, now: float) -> Decision:
    """Choose among the agents eligible now; there must be at least one."""
    fits = matcher.fits_of(ticket)
    best = tuple(islice(candidates(ticket, fits, matcher=matcher), LISTED))
    return _decision(ticket, best, _excluded(ticket, fits, matcher), policy=policy, now=now)


def taken(ticket: Ticket, seat: Seat, *, how: str, policy: int, now: float) -> Decision:
    """An agent who may take a waiting ticket does so themselves. how: PICKED or NEXT."""
    place = seat.place_for(ticket.requirement)
    assert place.group is not None
    fits = fit(place.group.skills, ticket.requirement, ticket.reach.stage)
    assert fits is not None
    best = (_candidate(place, fits),)
    return _decision(ticket, best, (), policy=policy, now=now)._replace(pulled=how)


def _decision(
    ticket: Ticket,
    best: tuple[Candidate, ...],
    excluded: tuple[tuple[str, int], ...],
    *,
    policy: int,
    now: float,
) -> Decision:
    return Decision(
        policy=policy,
        due_at=ticket.due_at,
        waited=max(0.0, now - ticket.queued_at),
        excluded=excluded,
        best=best,
        sticky=best[0].agent == ticket.agent,
        late=ticket.due_at < now,
        stage=ticket.reach.stage,
        kept=ticket.reach.kept,
        host=any(agent == best[0].agent for agent, _ in ticket.hosts),
    )


def candidates(ticket: Ticket, fits: Fits, *, matcher: Matcher) -> Iterator[Candidate]:
    """Eligible agents, best first: who had the ticket before, the customer's own, then by rank.

    fits: what the ticket's class finds."""
    if ticket.reach.kept:
        return _kept(ticket, matcher)
    skipped = ticket.passed_by()
    ranked = _ranked(ticket, fits, skipped)
    if ticket.agent is None and not ticket.hosts:
        return ranked
    favourites = _favourites(ticket, matcher, fits, skipped)
    return chain(favourites, (candidate for candidate in ranked if candidate not in favourites))


def _kept(ticket: Ticket, matcher: Matcher) -> Iterator[Candidate]:
    """Reserves do not withhold an agent's slot from a ticket that waits for this very agent."""
    requirement = ticket.requirement
    pool = matcher.pools.of(requirement)
    for agent in ticket.reach.kept:
        seat = matcher.pools.seat(agent)
        if seat is not None and pool.has_room(agent, requirement.weight):
            place = seat.place_for(requirement)
            assert place.group is not None
            how = fit(place.group.skills, requirement, ticket.reach.stage)
            assert how is not None
            yield _candidate(place, how)


def _favourites(
    ticket: Ticket, matcher: Matcher, fits: Fits, skipped: Collection[str]
) -> tuple[Candidate, ...]:
    agents = [agent for agent, _ in hosts_of(ticket, 0.0) if agent not in skipped]
    places = _places(agents, ticket, matcher)
    return tuple(
        _candidate(place, fits.fit[place.group])
        for place in places
        if place.group is not None and _eligible(ticket, place, fits)
    )


def _places(agents: Iterable[str], ticket: Ticket, matcher: Matcher) -> list[Place]:
    """Where these agents are found for the ticket."""
    seats = map(matcher.pools.seat, agents)
    return [seat.place_for(ticket.requirement) for seat in seats if seat is not None]


def _candidate(place: Place, how: Fit) -> Candidate:
    assert place.group is not None
    assert place.entry is not None
    load, idle_since, agent = place.entry
    return Candidate(agent, how.surplus, place.group.ratio(load), idle_since, how.stage)


def _eligible(ticket: Ticket, place: Place, fits: Fits) -> bool:
    """Whether one agent could take the ticket, but for whom it passes by."""
    group, weight = place.group, ticket.requirement.weight
    if place.entry is None or group is None or group not in fits.fit:
        return False
    if place.load + weight > group.limit:
        return False
    withheld = fits.withheld.get(group)
    return withheld is None or group.cost(place.load, weight) <= spare_of(withheld)


def _ranked(ticket: Ticket, fits: Fits, skipped: Collection[str]) -> Iterator[Candidate]:
    """Groups of one fit compete by load, idleness, id."""
    weight = ticket.requirement.weight
    roomy = (group for group in fits.groups if group.least + weight <= group.limit)
    for how, alike in groupby(roomy, key=fits.fit.__getitem__):
        members = [
            _members(group, weight, skipped, fits.withheld.get(group, ())) for group in alike
        ]
        for load, idle_since, agent in members[0] if len(members) == 1 else merge(*members):
            yield Candidate(agent, how.surplus, load, idle_since, how.stage)


def _members(
    group: Group, weight: float, skipped: Collection[str], withheld: tuple[Stock, ...]
) -> Iterator[tuple[float, float, str]]:
    """(share of the capacity in use, idle since, id), in this order."""
    for load, idle_since, agent in group.ranked(weight, skipped, withheld):
        yield group.ratio(load), idle_since, agent


def _excluded(ticket: Ticket, fits: Fits, matcher: Matcher) -> tuple[tuple[str, int], ...]:
    """Sums the counters of the groups; each agent counts under the first rule excluding them."""
    if ticket.reach.kept:
        return _excluded_from_kept(ticket, matcher)
    weight = ticket.requirement.weight
    able = available = full = 0
    for group in fits.groups:
        able += group.size
        available += group.available
        # a group whose least loaded has no room is full: the common case when tickets wait
        roomy = group.least + weight <= group.limit
        full += group.full(weight) if roomy else group.available
    off_shift = sum([group.size for group in fits.off_shift])
    off_channel = sum([group.size for group in fits.off_channel])
    counts = (
        ("skill", matcher.pools.size - able - off_shift - off_channel),
        ("shift", off_shift),
        ("channel", off_channel),
        ("state", able - available),
        ("capacity", full),
        *(_reserved(fits, weight) if fits.withheld else ()),
        ("decided", _eligible_of(ticket.barred, ticket, matcher, fits) if ticket.barred else 0),
        ("skipped", _passed_over(ticket, matcher, fits) if ticket.skipped else 0),
    )
    return tuple([rule for rule in counts if rule[1]])


def _passed_over(ticket: Ticket, matcher: Matcher, fits: Fits) -> int:
    skipped = [agent for agent, _ in ticket.skipped if agent not in ticket.barred]
    return _eligible_of(skipped, ticket, matcher, fits)


def _eligible_of(agents: Collection[str], ticket: Ticket, matcher: Matcher, fits: Fits) -> int:
    return sum(_eligible(ticket, place, fits) for place in _places(agents, ticket, matcher))


def _excluded_from_kept(ticket: Ticket, matcher: Matcher) -> tuple[tuple[str, int], ...]:
    kept, weight = ticket.reach.kept, ticket.requirement.weight
    pool = matcher.pools.of(ticket.requirement)
    counts = (
        ("kept", matcher.pools.size - len(kept)),
        ("capacity", sum(not pool.has_room(agent, weight) for agent in kept)),
    )
    return tuple((rule, count) for rule, count in counts if count)


def _reserved(fits: Fits, weight: float) -> list[tuple[str, int]]:
    """Agents with room that a reserve withholds, by its name."""
    kept: Counter[str] = Counter()
    for group, withheld in fits.withheld.items():
        if group.has_room(weight) and spare_of(withheld) < weight:
            for name, count in group.kept(weight, withheld):
                kept[f"reserve:{name}"] += count
    return sorted(kept.items())
