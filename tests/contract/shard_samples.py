"""Shards, tickets and agents for the store's tests: any at all, and plain ones."""

import math
from typing import Any

from hypothesis import strategies as st

from services.router.adapters.documents import bond_doc, tasks_doc
from services.router.adapters.requirements import pack
from services.router.domain.agent import Agent, AgentState
from services.router.domain.bond import Bond
from services.router.domain.clocks import Clock
from services.router.domain.requirement import Need, Requirement
from services.router.domain.tasks import Tasks
from services.router.domain.ticket import Ticket, TicketState
from services.router.ports import ShardState, Trouble
from shared.messaging.records import Outgoing

TICKETS, AGENTS = "support.tickets.v1", "support.agents.v1"
NOON = 1_790_000_000.0

names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
slugs = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,8}", fullmatch=True)
times = st.floats(0, 4e9, allow_nan=False)
naturals = st.integers(0, 2**63 - 1)

needs = st.builds(Need, skill=slugs, level=st.integers(1, 5), hard=st.booleans())
requirements = st.builds(
    Requirement,
    queue=slugs,
    channel=slugs,
    needs=st.lists(needs, max_size=3).map(tuple),
    weight=st.floats(0.0625, 8, allow_nan=False).filter(math.isfinite),
)
tickets = st.builds(
    Ticket,
    id=names,
    requirement=requirements,
    brand=names,
    customer=names,
    identity=names,
    lang=names,
    topic=names,
    priority=st.integers(-(2**63) + 1, 2**63 - 1),
    tier=names,
    opened_at=times,
    queued_at=times,
    due_at=times,
    seen=st.dictionaries(st.integers(0, 999), naturals, max_size=3).map(
        lambda seen: tuple(sorted(seen.items()))
    ),
    last_message=names,
    entries=st.integers(1, 2**31),
    state=st.sampled_from(TicketState),
    assignment=naturals,
    agent=st.none() | names,
    until=times,
    nudge_at=times,
    kept_until=times,
    moved_to=st.just("") | slugs,
    gone_at=times,
    skipped=st.lists(st.tuples(names, times), max_size=3).map(tuple),
    joinable=st.booleans(),
    urgent=st.booleans(),
    hosts=st.lists(st.tuples(names, st.just(0.0)), max_size=2).map(tuple),
    profile=st.integers(0, 2**31),
    bond=st.builds(
        Bond,
        merged_into=st.just("") | names,
        split_from=st.lists(names, max_size=2).map(tuple),
        merged=st.lists(st.tuples(names, times), max_size=2).map(tuple),
        due_at=times,
        last_message=st.just("") | names,
        identity=st.just("") | names,
    ),
    lane=st.just("") | slugs,
    beside=st.just("") | names,
    page_at=times,
    paged=st.lists(slugs, max_size=2).map(tuple),
    later=st.booleans(),
    answered=st.booleans(),
    clocks=st.lists(
        st.builds(
            Clock,
            name=slugs,
            due_at=times,
            warn_at=times,
            told=st.integers(0, 2),
            statutory=st.booleans(),
            held=times,
            held_from=times,
            of=st.just("") | names,
        ),
        max_size=2,
    ).map(tuple),
    climbed=st.lists(st.tuples(slugs, st.integers(0, 9)), max_size=2).map(tuple),
    deciders=st.lists(names, max_size=2).map(tuple),
    barred=st.lists(names, max_size=2).map(tuple),
    moves=st.integers(0, 2**31),
    came_from=st.just("") | slugs,
    tasks=st.builds(
        Tasks,
        parent=st.just("") | names,
        note=st.just("") | names,
        opened=naturals,
        open=st.lists(names, max_size=2).map(tuple),
        asked=st.lists(names, max_size=2).map(tuple),
        done=st.just(()) | st.tuples(names, names),
    ),
    version=st.integers(1, 2**31),
)
agents = st.builds(
    Agent,
    id=names,
    skills=st.dictionaries(slugs, st.integers(1, 5), max_size=3),
    channels=st.frozensets(slugs, max_size=3),
    capacity=st.floats(0, 100, allow_nan=False),
    name=names | st.just(""),
    active=st.booleans(),
    state=st.sampled_from(AgentState),
    reason=st.none() | names,
    ready_channels=st.none() | st.frozensets(slugs, max_size=3),
    notifiers=st.frozensets(names, max_size=3),
    gone_at=times,
    idle_since=times,
    picks=st.lists(times, max_size=3).map(tuple),
    pulled=st.lists(st.tuples(names, names), max_size=2).map(tuple),
    missed=st.integers(0, 5),
    version=st.integers(0, 2**31),
)
offsets = st.dictionaries(st.sampled_from([TICKETS, AGENTS]), naturals)
outgoings = st.builds(
    Outgoing,
    topic=names,
    key=st.binary(max_size=8),
    value=st.binary(max_size=8),
    headers=st.lists(st.tuples(names, st.binary(max_size=8)), max_size=2).map(tuple),
)
shards = st.builds(
    ShardState,
    shard=st.integers(0, 999),
    epoch=st.integers(1, 2**31),
    seq=naturals,
    now=times,
    policy=naturals,
    partitions=st.integers(1, 999),
    offsets=offsets,
    marks=offsets,
    outbox=st.lists(outgoings, max_size=3).map(tuple),
    trouble=st.lists(
        st.builds(
            Trouble,
            topic=st.sampled_from([TICKETS, AGENTS]),
            offset=naturals,
            attempts=st.integers(1, 9),
        ),
        max_size=2,
    ).map(tuple),
)


def ticket_doc(ticket: Ticket, *, desk: str = "main") -> dict[str, Any]:
    """The document a sorter would have inserted for this ticket."""
    doc = {
        "_id": ticket.id,
        "desk": desk,
        "needs": pack(ticket.requirement),
        "queue": ticket.requirement.queue,
        "channel": ticket.requirement.channel,
        "brand": ticket.brand,
        "customer": ticket.customer,
        "identity": ticket.identity,
        "lang": ticket.lang,
        "topic": ticket.topic,
        "priority": ticket.priority,
        "urgent": ticket.urgent,
        "tier": ticket.tier,
        "hosts": [agent for agent, _ in ticket.hosts],
        "profile": ticket.profile,
        "bond": bond_doc(ticket.bond),
        "policy": 1,
        "opened_at": ticket.opened_at,
        "queued_at": ticket.queued_at,
        "due_at": ticket.due_at,
        "state": ticket.state.value,
        "agent": ticket.agent,
        "assignment": ticket.assignment,
        "until": ticket.until,
        "nudge_at": ticket.nudge_at,
        "kept_until": ticket.kept_until,
        "moved_to": ticket.moved_to,
        "lane": ticket.lane,
        "beside": ticket.beside,
        "page_at": ticket.page_at,
        "paged": list(ticket.paged),
        "later": ticket.later,
        "answered": ticket.answered,
        "clocks": [clock._asdict() for clock in ticket.clocks],
        "climbed": [list(pair) for pair in ticket.climbed],
        "deciders": list(ticket.deciders),
        "barred": list(ticket.barred),
        "moves": ticket.moves,
        "came_from": ticket.came_from,
        "tasks": tasks_doc(ticket.tasks),
        "gone_at": ticket.gone_at,
        "skipped": [list(pair) for pair in ticket.skipped],
        "seen": {str(part): upto for part, upto in ticket.seen},
        "last_message": ticket.last_message,
        "entries": ticket.entries,
        "version": ticket.version,
    }
    if ticket.joinable:
        doc["joinable"] = f"{ticket.brand}|{ticket.id}"
    return doc


def ticket(name: str, /, **changed: Any) -> Ticket:
    fields: dict[str, Any] = {
        "id": name,
        "requirement": Requirement("payments", "web", (Need("lang.ru"),), 0.5),
        "brand": "brand",
        "customer": f"customer of {name}",
        "identity": f"web:main:{name}",
        "lang": "ru",
        "topic": "deposit",
        "priority": 3,
        "tier": "vip",
        "opened_at": NOON,
        "queued_at": NOON - 1,
        "due_at": NOON + 600.25,
        "seen": ((0, 4), (11, 2)),
        "last_message": f"web:main:{name}-m1",
        **changed,
    }
    return Ticket(**fields)


def agent(name: str, /, **changed: Any) -> Agent:
    fields: dict[str, Any] = {
        "id": name,
        "skills": {"lang.ru": 3},
        "channels": frozenset({"web", "mail"}),
        "capacity": 2.5,
        **changed,
    }
    return Agent(**fields)
