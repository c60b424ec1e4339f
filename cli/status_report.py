"""What runs and how it is, part by part: one that does not answer does not hide the others."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import httpx
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError

from cli.policy_versions import in_force
from cli.running import Running, RunningProcess
from cli.service_process import ask_readiness
from cli.status_broker import DEALT, committed, dead_letter_counts, ends_of, sorter_lag
from cli.status_model import UNRESOLVED, PartStatus, QueueStatus, Report, ShardStatus
from deploy.stack import detached
from deploy.stack.probes import PROBES, NotReady, broker
from deploy.stack.process import ProcessPart
from deploy.stack.topics import load_topics
from services.router.adapters.mongo_chronicle import MongoChronicle
from services.router.explain.restoring import desk_of
from services.router.policy import Policy, load_policy
from shared.store.driver import Store
from shared.store.errors import StoreError

T = TypeVar("T")

SECTION_SECONDS: Final = 5.0


async def draw_up(running: Running) -> Report:
    """Ask everything at once; each answer has SECTION_SECONDS."""
    store = Store(
        url=running.mongo, database=running.database, server_timeout_seconds=SECTION_SECONDS / 2
    )
    try:
        (
            (stack, services),
            (queues, agents, overloaded),
            shards,
            (ends, done, dead),
        ) = await asyncio.gather(
            asyncio.gather(_stack(running), _services(running)),
            _at_desks(store, running),
            _or_none(_shards(store)),
            asyncio.gather(
                _or_none(ends_of(running.kafka)),
                _or_none(committed(running.kafka, "sorter")),
                _or_none(dead_letter_counts(running.kafka)),
            ),
        )
    finally:
        await store.close()
    return Report(
        up=running.alive,
        kind=running.kind,
        kafka=running.kafka,
        mongo=running.mongo,
        stack=stack,
        services=services,
        queues=queues,
        agents=agents,
        overloaded=overloaded,
        shards=None if shards is None else [_shard(doc, ends) for doc in shards],
        sorter_lag=None if ends is None or done is None else sorter_lag(ends, done),
        dead_letters=dead,
    )


async def _or_none(asking: Awaitable[T]) -> T | None:
    """The answer, or None where broker or store gives none in time: the parts' states say why."""
    try:
        async with asyncio.timeout(SECTION_SECONDS):
            return await asking
    except (KafkaError, PyMongoError, StoreError, OSError, TimeoutError):
        return None


async def _stack(running: Running) -> list[PartStatus]:
    stack = None if running.kind == "external" else detached.load(running.kind)
    if stack is None:
        return [await _answering("kafka", running.kafka.split(",")[0], broker)]
    parts = [part for part in stack.parts.values() if isinstance(part, ProcessPart)]
    return list(await asyncio.gather(*map(_part, parts)))


async def _part(part: ProcessPart) -> PartStatus:
    pid, log = part.running.pid if part.running else None, str(part.spec.log)
    if not part.alive:
        return PartStatus(name=part.name, state="dead", address=part.address, pid=pid, log=log)
    answering = await _answering(part.name, part.address, PROBES[part.spec.role])
    return answering.model_copy(update={"pid": pid, "log": log})


async def _answering(name: str, address: str, probe: Callable[[str], None]) -> PartStatus:
    """By its own protocol: a frozen server still accepts connections."""
    try:
        async with asyncio.timeout(SECTION_SECONDS):
            await asyncio.to_thread(probe, address)
    except (NotReady, TimeoutError):
        return PartStatus(name=name, state="not ready", waiting_for=("answer",), address=address)
    return PartStatus(name=name, state="ready", address=address)


async def _services(running: Running) -> list[PartStatus]:
    async with httpx.AsyncClient(timeout=SECTION_SECONDS / 2) as client:
        return list(await asyncio.gather(*(_service(client, each) for each in running.services)))


async def _service(client: httpx.AsyncClient, process: RunningProcess) -> PartStatus:
    status = PartStatus(
        name=process.name,
        state="dead",
        address=process.url,
        pid=process.pid,
        restarts=process.restarts,
        log=str(process.log),
    )
    if not process.alive:
        return status
    answer = await ask_readiness(client, process.url)
    state = "ready" if answer.ready else "not ready"
    return status.model_copy(update={"state": state, "waiting_for": answer.waiting_for})


async def _at_desks(
    store: Store, running: Running
) -> tuple[list[QueueStatus] | None, dict[str, int] | None, list[str] | None]:
    policy = await _policy(running)
    desks = policy.desks()
    return await asyncio.gather(
        _or_none(_queues(store, desks)),
        _or_none(_agents(store, desks)),
        _or_none(_overloaded(store, policy)),
    )


async def _policy(running: Running) -> Policy:
    """The one in force; the file's, where the broker does not say which that is."""
    try:
        async with asyncio.timeout(SECTION_SECONDS / 2):
            return await in_force(running.policy, kafka=running.kafka)
    except (KafkaError, OSError, TimeoutError):
        return load_policy(running.policy)


async def _queues(store: Store, desks: Sequence[str]) -> list[QueueStatus]:
    """Tickets that are not resolved, by the index on desk and state."""
    pipeline = [
        {"$match": {"desk": {"$in": list(desks)}, "state": {"$in": list(UNRESOLVED)}}},
        {
            "$group": {
                "_id": {"desk": "$desk", "queue": "$queue", "state": "$state"},
                "tickets": {"$sum": 1},
                "oldest": {"$min": "$queued_at"},
            }
        },
    ]
    found = await store["tickets"].aggregate(pipeline).to_list(None)
    now = time.time()
    rows = [
        QueueStatus(
            **row["_id"], tickets=row["tickets"], oldest_seconds=max(0.0, now - row["oldest"])
        )
        for row in found
    ]
    return sorted(rows, key=lambda row: (row.desk, row.queue, UNRESOLVED.index(row.state)))


async def _agents(store: Store, desks: Sequence[str]) -> dict[str, int]:
    """How many are in which state; those without a connection count as away."""
    counts: dict[str, int] = {}
    known = store["agents"].find({"desk": {"$in": list(desks)}}, {"state": 1, "notifiers": 1})
    async for agent in known:
        state = agent["state"] if agent["notifiers"] else "away"
        counts[state] = counts.get(state, 0) + 1
    return dict(sorted(counts.items()))


async def _overloaded(store: Store, policy: Policy) -> list[str]:
    """Ids of the agents with more in hand than their capacity."""
    chronicle, found, now = MongoChronicle(store), [], time.time()
    for name in policy.desks():
        desk = desk_of(policy.rules_for(name), await chronicle.present(name), now=now)
        found += desk.overloaded()
    return sorted(found)


async def _shards(store: Store) -> list[Mapping[str, Any]]:
    partitions = load_topics().topics[DEALT[0]].partitions
    found = store["shards"].find({"_id": {"$in": list(range(partitions))}})
    docs: list[Mapping[str, Any]] = await found.to_list(None)
    return sorted(docs, key=lambda doc: int(doc["_id"]))


def _shard(doc: Mapping[str, Any], ends: Mapping[TopicPartition, int] | None) -> ShardStatus:
    applied = dict(doc["offsets"])
    lag = None
    if ends is not None:
        lag = sum(
            max(0, ends.get(TopicPartition(topic, doc["_id"]), 0) - applied.get(topic, 0))
            for topic in DEALT
        )
    return ShardStatus(
        shard=doc["_id"],
        epoch=doc["epoch"],
        seq=doc["seq"],
        outbox=len(doc["outbox"]),
        trouble=doc["trouble"] is not None,
        lag=lag,
    )
