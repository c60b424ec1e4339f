"""I11, at any moment, a kill above all: what counts as done is durable."""

from collections.abc import Mapping

from aiokafka.admin import AIOKafkaAdminClient

from shared.contracts import decode
from shared.contracts.announcement import Announcement
from shared.store.driver import Store
from tests.fault.history import DEAD, INBOUND, entry_of, read_topic
from tests.stacks import Fresh

_TICKETS = Announcement.TOPIC


async def done_is_durable(fresh: Fresh, store: Store) -> list[str]:
    """What is wrong, as sentences. Offsets are read before what they stand for."""
    return await _sorted(fresh, store) + await _dealt(fresh, store)


async def _sorted(fresh: Fresh, store: Store) -> list[str]:
    """Below the sorter's committed offsets every record is stored, sent on or set aside."""
    committed = await _committed(fresh, fresh.group("sorter"))
    inbound = await read_topic(fresh, INBOUND)
    stored = set(await store["messages"].distinct("_id"))
    dead = {record.key + record.value for record in await read_topic(fresh, DEAD[0])}
    return [
        f"I11: inbound {record.partition}:{record.offset} is committed and nowhere"
        for record in inbound
        if record.offset < committed.get(record.partition, 0)
        and entry_of(record.value) not in stored
        and record.key + record.value not in dead
    ]


async def _dealt(fresh: Fresh, store: Store) -> list[str]:
    """Below a shard's stored offset every announcement was applied to its ticket."""
    offsets = {
        doc["_id"]: dict(doc["offsets"]).get(_TICKETS, 0)
        for doc in await store["shards"].find().to_list(None)
    }
    told = await read_topic(fresh, _TICKETS)
    seen = {doc["_id"]: doc["seen"] for doc in await store["tickets"].find().to_list(None)}
    complaints = []
    for record in told:
        if record.offset >= offsets.get(record.partition, 0):
            continue
        news = decode(record.value).data
        assert isinstance(news, Announcement)
        if seen[news.ticket].get(str(news.entry.partition), -1) < news.entry.offset:
            complaints.append(f"I11: {news.ticket}: {news.entry.message} counts as applied")
    return complaints


async def _committed(fresh: Fresh, group: str) -> Mapping[int, int]:
    """partition -> offset, of the inbound topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=fresh.stack.kafka)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    topic = fresh.topic(INBOUND)
    return {tp.partition: at.offset for tp, at in offsets.items() if tp.topic == topic}
