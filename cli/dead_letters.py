"""Dead letters as they lie in the `.dlq` topics, and how one is played again.

A letter stays where it is. That it was replayed is written after it, on the same partition: an
empty record with the letter's key and the header `replayed-offset`. So the topic itself says what
is still to be done, whoever replays from wherever, and as long as the letter itself is kept.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cli.told_plainly import Trouble
from cli.topic_reader import read_topics
from deploy.stack.topics import load_topics
from services.router.sorter.reading import HOP
from shared.messaging.deadletter import (
    LEFT_BEHIND,
    ORIGIN_OFFSET,
    ORIGIN_PARTITION,
    ORIGIN_TOPIC,
    REASON,
)
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.messaging.records import Outgoing, Record

REPLAYED: Final = "replayed-offset"
REPLAY_OF: Final = "replay-of"

_OURS: Final = frozenset({REASON, ORIGIN_TOPIC, ORIGIN_PARTITION, ORIGIN_OFFSET, LEFT_BEHIND, HOP})


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record set aside. id: `topic/partition/offset`, as commands name it."""

    record: Record
    replayed: bool

    @property
    def id(self) -> str:
        return f"{self.record.topic}/{self.record.partition}/{self.record.offset}"

    @property
    def topic(self) -> str:
        return self.record.topic

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.record.timestamp / 1000, UTC)

    @property
    def reason(self) -> str:
        return self.header(REASON)

    @property
    def origin(self) -> str:
        """`topic/partition/offset` of the record as it was read."""
        where = (ORIGIN_TOPIC, ORIGIN_PARTITION, ORIGIN_OFFSET)
        return "/".join(self.header(name) for name in where)

    def header(self, name: str) -> str:
        """Empty where there is none."""
        return dict(self.record.headers).get(name, b"").decode(errors="replace")


def topics() -> list[str]:
    """Every topic of dead letters."""
    return [name for name in load_topics().with_dead_letters() if name.endswith(".dlq")]


async def read_dead_letters(kafka: str, *, topic: str | None = None) -> AsyncIterator[DeadLetter]:
    """All of one topic, or of all. Raises aiokafka's KafkaError."""
    letters: dict[tuple[str, int, int], Record] = {}
    replayed: set[tuple[str, int, int]] = set()
    async for record in read_topics(kafka, [topic] if topic else topics()):
        mark = dict(record.headers).get(REPLAYED)
        if mark is None:
            letters[record.topic, record.partition, record.offset] = record
        else:
            replayed.add((record.topic, record.partition, int(mark)))
    for where, record in letters.items():
        yield DeadLetter(record, replayed=where in replayed)


async def find(kafka: str, id: str) -> DeadLetter:
    """The dead letter `topic/partition/offset`. Raises Trouble when there is none."""
    topic = id.partition("/")[0]
    if topic not in topics():
        raise Trouble(f"no dead letter is called {id}: see croupier dlq list")
    async for letter in read_dead_letters(kafka, topic=topic):
        if letter.id == id:
            return letter
    raise Trouble(f"no dead letter is called {id}: see croupier dlq list")


async def replay(letters: list[DeadLetter], *, kafka: str) -> None:
    """Publish each to where it came from, under its key, then mark it as replayed.

    Raises PublishFailed, or Trouble before anything is published when a value was left behind.
    Interrupted in between, a letter may be replayed again: consumers know it by its event's id.
    """
    for letter in letters:
        if letter.header(LEFT_BEHIND):
            raise Trouble(f"{letter.id} was too large to keep; its record is {letter.origin}")
    async with KafkaPublisher(ProducerConfig(kafka=kafka, client_id="croupier-dlq")) as publisher:
        for letter in letters:
            await publisher.publish([again(letter)])
            await publisher.publish([_mark(letter)])


def again(letter: DeadLetter) -> Outgoing:
    """The record as it was, and a header that names the letter."""
    record = letter.record
    kept = tuple((name, value) for name, value in record.headers if name not in _OURS)
    return Outgoing(
        letter.header(ORIGIN_TOPIC),
        record.key or b"",
        record.value or b"",
        (*kept, (REPLAY_OF, letter.id.encode())),
    )


def _mark(letter: DeadLetter) -> Outgoing:
    mark = ((REPLAYED, str(letter.record.offset).encode()),)
    return Outgoing(letter.topic, letter.record.key or b"", b"", mark)
