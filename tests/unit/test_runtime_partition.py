"""Keys meet on the partition that Java clients would choose."""

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.partition import by_key, partition_of
from shared.messaging.topics import bare, dead_letters, topic


@pytest.mark.parametrize(
    ("key", "murmur2"),
    [
        # vectors of the Java client's UtilsTest
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_the_hash_is_that_of_the_java_client(key: bytes, murmur2: int) -> None:
    assert partition_of(key, 1_000) == (murmur2 & 0x7FFFFFFF) % 1_000


@given(st.binary(max_size=64), st.integers(1, 100))
def test_our_producers_agree_with_aiokafkas_default(key: bytes, partitions: int) -> None:
    everywhere = list(range(partitions))
    chosen = by_key(key, everywhere, everywhere)
    assert chosen == DefaultPartitioner()(key, everywhere, everywhere)


def test_a_prefix_sets_the_topics_of_a_run_apart() -> None:
    assert topic("support.inbound.v1", "t1.") == "t1.support.inbound.v1"
    assert bare("t1.support.inbound.v1", "t1.") == "support.inbound.v1"
    with pytest.raises(ValueError, match="t1"):
        bare("t2.support.inbound.v1", "t1.")


def test_dead_letters_name_their_topic_and_group() -> None:
    assert dead_letters("support.inbound.v1", "sorter") == "support.inbound.v1.sorter.dlq"
