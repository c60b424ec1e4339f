"""Follows the running dealers' turns, and plays each under the live policy and a candidate."""

import time
from dataclasses import dataclass
from pathlib import Path

from cli import past
from cli.told_plainly import Trouble
from cli.topic_follower import TopicFollower
from services.router.adapters.mongo_snapshot import shard_state, snapshot
from services.router.policy import Policy
from services.router.replay.contrast import Otherwise
from services.router.replay.following import Following
from services.router.replay.log import INPUTS, TOPICS, Log
from services.router.replay.memory import Memory
from services.router.replay.whole import Contrasted
from shared.contracts.policy_published_v1 import PolicyPublished
from shared.contracts.turn_recorded_v1 import TurnRecorded
from shared.store import Store


@dataclass(frozen=True, slots=True)
class System:
    """What is followed. started_with: the policy file of its routers."""

    kafka: str
    store: Store
    started_with: Path
    topic_prefix: str = ""


class Shadowing:
    """begin, then read again and again."""

    def __init__(self, system: System, candidate: Policy) -> None:
        self._system = system
        self._candidate = past.always(candidate)
        self._log = Log()
        self._live = past.rulings_of(self._log)
        self._shards: dict[int, Following] = {}
        topics = [system.topic_prefix + topic for topic in TOPICS]
        self.follower = TopicFollower(system.kafka, topics)

    async def begin(self, *, from_start: bool) -> None:
        """Within the follower. from_start: with the first turn ever recorded, not with what is now.

        Raises Unplayable, Trouble, KafkaError, StoreError.
        """
        partitions = self.follower.count(self._topic(INPUTS[0]))
        if not partitions:
            raise Trouble(f"there is no topic {self._topic(INPUTS[0])}")
        await self.follower.rewind(self._topic(PolicyPublished.TOPIC))
        await self._read()
        self._log.add(past.policy_record(self._system.started_with))
        if from_start:
            for topic in (*INPUTS, TurnRecorded.TOPIC):
                await self.follower.rewind(self._topic(topic))
        for shard in range(partitions):
            self._shards[shard] = await self._begun(shard, partitions, from_start=from_start)

    async def look(self) -> list[Otherwise]:
        """What was dealt otherwise since the last time. Raises Unplayable, KafkaError."""
        # first how far: whatever is said of a turn is in the topics before the next one is made
        settled = {shard: self._log.settled(shard, at=time.time()) for shard in self._shards}
        await self._read()
        return [
            found
            for shard, following in self._shards.items()
            for found in following.advance(self._log, until=settled[shard])
        ]

    def found(self) -> Contrasted:
        """All of it, so far."""
        contrasted = Contrasted()
        for following in self._shards.values():
            contrasted.add(following.contrast)
        return contrasted

    async def _begun(self, shard: int, partitions: int, *, from_start: bool) -> Following:
        state = None if from_start else await shard_state(self._system.store, shard)
        memory, seq = Memory(), 0
        if state is not None and state.seq:
            ruling = self._live(state.policy)
            desks = tuple(each.desk for each in ruling.desks(shard, partitions))
            at_once = await snapshot(self._system.store, state, desks)
            memory.keep_tickets(at_once.tickets)
            memory.keep_agents(at_once.agents)
            seq = at_once.state.seq
            offsets = {self._topic(topic): at for topic, at in state.offsets.items()}
            self.follower.seek(shard, offsets)
        return Following(
            shard,
            seq=seq,
            partitions=partitions,
            live=self._live,
            candidate=self._candidate,
            memory=memory.copy,
        )

    async def _read(self) -> None:
        async for record in self.follower.read():
            topic = record.topic.removeprefix(self._system.topic_prefix)
            self._log.add(record._replace(topic=topic))

    def _topic(self, name: str) -> str:
        return self._system.topic_prefix + name
