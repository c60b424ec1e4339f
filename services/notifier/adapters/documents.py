"""The store's documents as the protocol's messages. Shapes: shared/store/documents.py."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.notifier.digest import Held
from services.notifier.ports import Glance, Profile
from services.notifier.protocol.server import AgentView, Card, CardClock, CardTask, Entry
from shared.contracts.identity import assurance_of
from shared.runtime.clock import utc

IN_HAND: Final = ["offered", "accepted", "waiting_customer", "wrap_up"]
"""States of a ticket in which an agent has its card."""

Document = Mapping[str, Any]


def profile(document: Document) -> Profile:
    """Of an `agents` document."""
    return Profile(desk=document["desk"], active=document.get("active", True))


def glance(document: Document, held_cards: Sequence[Held]) -> Glance:
    """Of an `agents` document and what the agent holds."""
    return Glance(
        profile=profile(document),
        state=document.get("state", "offline"),
        held=tuple(held_cards),
    )


def held(document: Document) -> Held:
    """Of a `tickets` document in somebody's hands."""
    return Held(
        ticket=document["_id"],
        assignment=document["assignment"],
        state=document["state"],
        last_message=document["last_message"],
    )


def agent_view(document: Document, *, shard: int, seq: int) -> AgentView:
    """Of an `agents` document, as of the shard's `seq`."""
    ready = document.get("ready_channels")
    return AgentView(
        shard=shard,
        seq=seq,
        n=0,
        desk=document["desk"],
        state=document.get("state", "offline"),
        channels=tuple(document["channels"] if ready is None else ready),
        reason=document.get("reason"),
        capacity=document["capacity"],
    )


def card(document: Document, *, shard: int, seq: int) -> Card:
    """Of a `tickets` document in somebody's hands.

    Its own stamp may be of a commit after `seq`: it then tells the client to drop the older card
    that is still on its way.
    """
    stamp = document.get("stamp") or {"shard": shard, "seq": seq, "n": 0}
    until = document.get("until")
    return Card(
        shard=stamp["shard"],
        seq=stamp["seq"],
        n=stamp["n"],
        ticket=document["_id"],
        assignment=document["assignment"],
        state=document["state"],
        desk=document["desk"],
        queue=document["queue"],
        priority=document["priority"],
        channel=document["channel"],
        lang=document["lang"],
        topic=document["topic"],
        customer=document["customer"],
        assurance=assurance_of(document["customer"], document["identity"].partition(":")[0]),
        opened_at=utc(document["opened_at"]),
        due_at=utc(document["due_at"]),
        respond_by=utc(until) if until else None,
        last_message=document["last_message"],
        messages=document["entries"],
        merged=parts(document) or None,
        clocks=_clocks(document) or None,
        review=bool(document.get("barred")) or None,
        **_tasks(document.get("tasks")),
    )


def _clocks(document: Document) -> tuple[CardClock, ...]:
    return tuple(
        CardClock(name=clock["name"], due_at=utc(clock["due_at"]), statutory=clock["statutory"])
        for clock in document.get("clocks") or ()
    )


def _tasks(tasks: Document | None) -> dict[str, Any]:
    """Of a task, what it is for; of a ticket, what became of its tasks."""
    if tasks is None:
        return {}
    done = tasks["done"]
    return {
        "parent": tasks["parent"] or None,
        "note": tasks["note"] or None,
        "tasks": len(tasks["open"]) or None,
        "task_done": CardTask(task=done[0], by=done[1]) if done else None,
    }


def parent(document: Document) -> str:
    """Id of the ticket that a `tickets` document is a task of; empty: of none."""
    tasks = document.get("tasks")
    return str(tasks["parent"]) if tasks else ""


def parts(document: Document) -> tuple[str, ...]:
    """Ids of the tickets that were merged into a `tickets` document."""
    bond = document.get("bond")
    return tuple(part for part, _ in bond["merged"]) if bond else ()


def entry(document: Document) -> Entry:
    """Of a `messages` document."""
    kind = document["kind"]
    return Entry(
        id=document["_id"],
        kind=kind,
        by="bot" if kind == "transcript" else "customer",
        at=utc(document["at"]),
        text=document.get("text"),
        subject=document.get("subject"),
        lang=document.get("lang"),
        of=document.get("of"),
        attachments=tuple(document.get("attachments") or ()),
    )


def reply(document: Document) -> Entry:
    """Of a `replies` document that has its words."""
    return Entry(
        id=document["_id"],
        kind="reply",
        by=document["by"],
        at=utc(document["at"]),
        text=document["text"],
        agent=document.get("agent"),
        status=document["status"],
        error=document["error"] or None,
    )
