"""Which partition a key belongs to: murmur2, as Java clients and aiokafka's default have it."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from aiokafka.partitioner import murmur2

_POSITIVE: Final = 0x7FFFFFFF


@lru_cache(maxsize=65_536)  # keys repeat (desks, agents), and the hash is pure Python: 10 us each
def partition_of(key: bytes, partitions: int) -> int:
    """Partition 0..partitions-1 of a key."""
    return int(murmur2(key) & _POSITIVE) % partitions


def by_key(key: bytes, all_partitions: Sequence[int], _available: Sequence[int]) -> int:
    """aiokafka's partitioner protocol. A leaderless partition is waited for, never avoided."""
    return partition_of(key, len(all_partitions))
