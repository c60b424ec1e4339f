"""A shard's document, both ways."""

from typing import Any

from services.router.ports import ShardState, Trouble
from shared.messaging.records import Outgoing
from shared.store.documents import ShardDoc


def shard_from(doc: ShardDoc) -> ShardState:
    return ShardState(
        shard=doc["_id"],
        epoch=doc["epoch"],
        seq=doc["seq"],
        now=doc["now"],
        policy=doc["policy"],
        partitions=doc["partitions"],
        offsets=dict(doc["offsets"]),
        marks=dict(doc["marks"]),
        outbox=tuple(
            Outgoing(topic, key, value, tuple((name, bytes(held)) for name, held in headers))
            for topic, key, value, headers in doc["outbox"]
        ),
        trouble=tuple(Trouble(**each) for each in doc["trouble"] or ()),
    )


def shard_fields(state: ShardState) -> ShardDoc:
    """What a turn writes: everything but the id, the epoch and the partition count."""
    return ShardDoc(
        seq=state.seq,
        now=state.now,
        policy=state.policy,
        offsets=[list(pair) for pair in state.offsets.items()],
        marks=[list(pair) for pair in state.marks.items()],
        outbox=[
            [record.topic, record.key, record.value, [list(pair) for pair in record.headers]]
            for record in state.outbox
        ],
        trouble=trouble_field(state),
    )


def trouble_field(state: ShardState) -> list[dict[str, Any]] | None:
    """Null without any, so that people find shards in trouble at a glance."""
    return [
        {"topic": each.topic, "offset": each.offset, "attempts": each.attempts}
        for each in state.trouble
    ] or None


def new_shard(partitions: int) -> ShardDoc:
    """The fields a shard is born with."""
    return ShardDoc(
        seq=0,
        now=0.0,
        policy=0,
        partitions=partitions,
        offsets=[],
        marks=[],
        outbox=[],
        trouble=None,
    )
