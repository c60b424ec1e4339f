"""What a run left on its topics, and its shards done again."""

from functools import cache

from services.router.dealer.setting import Ruling
from services.router.replay.handling import Handling
from services.router.replay.log import Log
from services.router.replay.rehearsal import Rehearsal
from services.router.replay.shard import ShardReplay
from shared.messaging.records import Record
from tests.simulation.broker import Broker
from tests.simulation.run import simulate
from tests.simulation.setting import LIMITS, SHARDS, policy, rules_of


@cache
def records_of(seed: int) -> tuple[Record, ...]:
    """Every record of every topic, in order."""
    brokers: list[Broker] = []
    simulate(seed, plant=lambda grounds: brokers.append(grounds.broker))
    return tuple(brokers[0].history)


def log_of(records: tuple[Record, ...]) -> Log:
    log = Log()
    for record in records:
        log.add(record)
    return log


def replay_of(shard: int) -> ShardReplay:
    return ShardReplay(shard, partitions=SHARDS, rulings=rulings, limits=LIMITS)


def rehearsal_of(shard: int) -> Rehearsal:
    return Rehearsal(shard, partitions=SHARDS, rulings=rulings, handling=Handling())


def rulings(_version: int) -> Ruling:
    return Ruling(policy().version, rules_of)
