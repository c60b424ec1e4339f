"""Tickets and agents, between the core's objects and the store's documents.

Only what a dealer may change is written; the rest stays as the sorter inserted it, or the dealer
that opened a task.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from services.router.adapters.requirements import pack, unpack
from services.router.domain.agent import Agent, AgentState
from services.router.domain.bond import ALONE, Bond
from services.router.domain.clocks import Clock
from services.router.domain.shifts import restored
from services.router.domain.tasks import UNTIED, Tasks
from services.router.domain.ticket import Seen, Ticket, TicketState
from services.router.ports import AgentWrite, CustomerProfile, TicketWrite
from shared.store.documents import AgentDoc, BondDoc, TasksDoc, TicketDoc, claim_id


def ticket_from(doc: TicketDoc) -> Ticket:
    """A stored ticket. Raises KeyError or ValueError when it is none of ours."""
    # By position, in the order of the fields: by name it takes nearly twice as long, and a
    # take-over makes a million.
    skipped = doc["skipped"]
    bond = doc.get("bond")
    clocks = doc.get("clocks")
    tasks = doc.get("tasks")
    climbed = doc.get("climbed")
    hosts = doc.get("hosts")  # for how long each is a matter of the rules
    return Ticket(
        doc["_id"],
        unpack(doc["needs"]),
        doc["brand"],
        doc["customer"],
        doc["identity"],
        doc["lang"],
        doc["topic"],
        doc["priority"],
        doc["tier"],
        doc["opened_at"],
        doc["queued_at"],
        doc["due_at"],
        _seen(doc["seen"]),
        doc["last_message"],
        doc["entries"],
        _STATES[doc["state"]],
        doc["assignment"],
        doc["agent"],
        doc["until"],
        doc.get("nudge_at") or 0.0,  # one and the same 0.0 for all
        doc.get("kept_until") or 0.0,
        doc.get("moved_to", ""),
        doc["gone_at"],
        tuple(map(tuple, skipped)) if skipped else (),
        "joinable" in doc,
        doc.get("urgent", False),
        tuple((agent, 0.0) for agent in hosts) if hosts else (),
        doc.get("profile", 0),
        _bond(bond) if bond else ALONE,
        doc.get("lane", ""),
        doc.get("beside", ""),
        doc.get("page_at") or 0.0,
        tuple(doc.get("paged", ())),
        doc.get("later", False),
        doc.get("answered", False),
        tuple(Clock(**clock) for clock in clocks) if clocks else (),
        tuple(map(tuple, climbed)) if climbed else (),
        tuple(doc.get("deciders", ())),
        tuple(doc.get("barred", ())),
        doc.get("moves", 0),
        doc.get("came_from", ""),
        _tasks(tasks) if tasks else UNTIED,
        version=doc["version"],
    )


def _seen(stored: dict[str, int]) -> Seen:
    if len(stored) == 1:  # as most are, and a take-over decodes a million
        [(part, upto)] = stored.items()
        return ((int(part), upto),)
    return tuple(sorted((int(part), upto) for part, upto in stored.items()))


def _bond(doc: BondDoc) -> Bond:
    return Bond(
        merged_into=doc["merged_into"],
        split_from=tuple(doc["split_from"]),
        merged=tuple((part, due_at) for part, due_at in doc["merged"]),
        due_at=doc["due_at"],
        last_message=doc["last_message"],
        identity=doc["identity"],
    )


def bond_doc(bond: Bond) -> BondDoc:
    return BondDoc(
        merged_into=bond.merged_into,
        split_from=list(bond.split_from),
        merged=[list(pair) for pair in bond.merged],
        due_at=bond.due_at,
        last_message=bond.last_message,
        identity=bond.identity,
    )


def _tasks(doc: TasksDoc) -> Tasks:
    return Tasks(
        parent=doc["parent"],
        note=doc["note"],
        opened=doc["opened"],
        open=tuple(doc["open"]),
        asked=tuple(doc["asked"]),
        done=tuple(doc["done"]),
    )


def tasks_doc(tasks: Tasks) -> TasksDoc:
    return TasksDoc(
        parent=tasks.parent,
        note=tasks.note,
        opened=tasks.opened,
        open=list(tasks.open),
        asked=list(tasks.asked),
        done=list(tasks.done),
    )


def task_doc(write: TicketWrite) -> dict[str, Any]:
    """A new document, of a task: no dealer inserts any other ticket."""
    task = write.ticket
    return {
        "_id": task.id,
        "desk": write.desk,
        "brand": task.brand,
        "customer": task.customer,
        "channel": task.requirement.channel,
        "lang": task.lang,
        "topic": task.topic,
        "urgent": task.urgent,
        "lane": task.lane,
        "opened_at": task.opened_at,
        **_changed(write),
    }


def ticket_update(write: TicketWrite) -> tuple[dict[str, Any], dict[str, Any]]:
    """Query and update. Matches nothing when the document is not as expected."""
    ticket = write.ticket
    update = {"$set": _changed(write)}
    if not ticket.joinable:
        # never set again: a newer ticket of the customer may hold the key by now
        update["$unset"] = {"joinable": ""}
    return {"_id": ticket.id, "desk": write.desk, "version": write.expected}, update


def _changed(write: TicketWrite) -> dict[str, Any]:
    """What a dealer may change."""
    ticket = write.ticket
    changed: dict[str, Any] = {
        "queue": ticket.requirement.queue,
        "needs": pack(ticket.requirement),
        "priority": ticket.priority,
        "state": ticket.state.value,
        "agent": ticket.agent,
        "assignment": ticket.assignment,
        "until": ticket.until,
        "nudge_at": ticket.nudge_at,
        "kept_until": ticket.kept_until,
        "moved_to": ticket.moved_to,
        "tier": ticket.tier,
        "hosts": [agent for agent, _ in ticket.hosts],
        "profile": ticket.profile,
        "bond": None if ticket.bond == ALONE else bond_doc(ticket.bond),
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
        "tasks": None if ticket.tasks == UNTIED else tasks_doc(ticket.tasks),
        "gone_at": ticket.gone_at,
        "skipped": [list(pair) for pair in ticket.skipped],
        "queued_at": ticket.queued_at,
        "due_at": ticket.due_at,
        "identity": ticket.identity,
        "seen": {str(part): upto for part, upto in ticket.seen},
        "last_message": ticket.last_message,
        "entries": ticket.entries,
        "discreet": write.discreet,
        "policy": write.policy,
        "version": write.expected + 1,
    }
    if write.stamp is not None:
        changed["stamp"] = write.stamp._asdict()
    if write.to_desk is not None:
        changed["desk"] = write.to_desk
    return changed


def profiles_from(docs: Iterable[Mapping[str, Any]]) -> dict[str, CustomerProfile]:
    """Stored profiles by their customer's key."""
    return {
        doc["_id"]: CustomerProfile(
            doc["_id"], doc["version"], doc["tier"], tuple(doc["hosts"]), doc.get("matter", "")
        )
        for doc in docs
    }


def claim_of(ticket: Ticket) -> dict[str, Any]:
    """The ticket's claim, to be deleted when it is joinable no more. By then the key may be a
    newer ticket's, whose claim stays."""
    return {"_id": claim_id(ticket.brand, ticket.customer, ticket.lane), "ticket": ticket.id}


def agent_from(doc: AgentDoc) -> Agent:
    """A stored agent."""
    ready = doc["ready_channels"]
    return Agent(
        id=doc["_id"],
        skills=dict(doc["skills"]),
        channels=frozenset(doc["channels"]),
        capacity=doc["capacity"],
        name=doc["name"],
        active=doc["active"],
        state=AgentState(doc["state"]),
        reason=doc["reason"],
        ready_channels=None if ready is None else frozenset(ready),
        notifiers=frozenset(doc["notifiers"]),
        gone_at=doc["gone_at"],
        idle_since=doc["idle_since"],
        shifts=restored(doc.get("shifts")),
        new_until=doc.get("new_until", 0.0),
        picks=tuple(doc.get("picks", ())),
        pulled=tuple((command, ticket) for command, ticket in doc.get("pulled", ())),
        missed=doc.get("missed", 0),
        version=doc["version"],
    )


def agent_doc(write: AgentWrite) -> AgentDoc:
    """The whole document, without its id."""
    agent = write.agent
    ready = agent.ready_channels
    return AgentDoc(
        desk=write.desk,
        name=agent.name,
        skills=dict(agent.skills),
        channels=sorted(agent.channels),
        capacity=agent.capacity,
        shifts=None if agent.shifts is None else [list(shift) for shift in agent.shifts],
        new_until=agent.new_until,
        picks=list(agent.picks),
        pulled=[list(pair) for pair in agent.pulled],
        missed=agent.missed,
        active=agent.active,
        state=agent.state.value,
        reason=agent.reason,
        ready_channels=None if ready is None else sorted(ready),
        notifiers=sorted(agent.notifiers),
        gone_at=agent.gone_at,
        idle_since=agent.idle_since,
        version=write.expected + 1,
    )


_STATES = {state.value: state for state in TicketState}
