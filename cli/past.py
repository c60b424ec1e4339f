"""A system's past: read from its topics or from a file, and kept in one."""

import gzip
import json
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any, Final, Literal

from cli.told_plainly import Trouble
from cli.topic_reader import count_partitions, read_topics
from services.router.dealer.ruling import ruling_of
from services.router.dealer.setting import Ruling
from services.router.policy import Policy, load_policy, parse_policy
from services.router.replay.log import INPUTS, TOPICS, Log
from services.router.replay.recorded import Unplayable
from services.router.replay.redacting import Redactor
from services.router.replay.shard import Rulings
from shared.contracts import encode, wrap
from shared.contracts.policy_published_v1 import PolicyPublished
from shared.messaging.records import Record
from shared.runtime.clock import utc

_FORMAT: Final = "croupier replay 1"


@dataclass(frozen=True, slots=True)
class Past:
    """read_at: epoch seconds. partitions: of the dealer's topics, which are the shards."""

    partitions: int
    read_at: float
    records: tuple[Record, ...]

    def log(self) -> Log:
        """Raises Unplayable."""
        log = Log()
        for record in self.records:
            log.add(record)
        return log


async def read_past(kafka: str, *, started_with: Path, topic_prefix: str = "") -> Past:
    """Everything there is now. started_with: the policy file of the routers, which no topic has.

    Raises KafkaError, FileInvalid; Trouble where there are no topics.
    """
    partitions = await count_partitions(kafka, topic_prefix + INPUTS[0])
    if not partitions:
        raise Trouble(f"there is no topic {topic_prefix}{INPUTS[0]} on {kafka}")
    records = [
        record._replace(topic=record.topic.removeprefix(topic_prefix))
        async for record in read_topics(kafka, [topic_prefix + topic for topic in TOPICS])
    ]
    return Past(partitions, time.time(), (*records, policy_record(started_with)))


def policy_record(file: Path) -> Record:
    """A policy file as if it were published, behind everything that was. Raises FileInvalid."""
    data = PolicyPublished(
        policy=load_policy(file).version, file=file.name, text=file.read_text("utf-8")
    )
    event = wrap(data, id=f"policy-{data.policy}", at=utc(0))
    return Record(data.TOPIC, 0, -1, None, encode(event), 0)


def rulings_of(log: Log) -> Rulings:
    """The policies that a log has."""

    @cache
    def ruling(version: int) -> Ruling:
        published = log.policies.get(version)
        if published is None:
            raise Unplayable(
                f"policy version {version}, by which was dealt, was never published: give the file"
                " that routers were started with, --started-with FILE"
            )
        return ruling_of(parse_policy(published.text, name=published.file))

    return ruling


def always(policy: Policy) -> Rulings:
    """One policy, whichever was in force."""
    ruling = ruling_of(policy)
    return lambda _version: ruling


def dump(past: Past, path: Path) -> int:
    """Write what a replay needs, without words and customers; how many records."""
    redactor, written = Redactor(secrets.token_bytes(32)), 0
    with _open(path, "w") as file:
        head = {"format": _FORMAT, "partitions": past.partitions, "read_at": past.read_at}
        file.write(f"{json.dumps(head)}\n")
        for record in past.records:
            kept = redactor.redact(record)
            if kept is not None:
                file.write(f"{json.dumps(_line(kept))}\n")
                written += 1
    return written


def load(path: Path) -> Past:
    """What `dump` wrote. Raises Trouble."""
    try:
        with _open(path, "r") as file:
            head = json.loads(file.readline() or "{}")
            if not isinstance(head, dict) or head.get("format") != _FORMAT:
                raise Trouble(f"{path} is no dump of `croupier replay`")
            return Past(head["partitions"], head["read_at"], tuple(_records(file)))
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise Trouble(f"{path} cannot be read: {error}") from error


def _open(path: Path, mode: Literal["r", "w"]) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "wt" if mode == "w" else "rt", encoding="utf-8")
    return path.open(mode, encoding="utf-8")


def _line(record: Record) -> dict[str, Any]:
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "event": json.loads(record.value or b"{}"),
    }


def _records(lines: Iterable[str]) -> Iterator[Record]:
    for line in lines:
        told = json.loads(line)
        value = json.dumps(told["event"], ensure_ascii=False).encode()
        yield Record(
            told["topic"], told["partition"], told["offset"], None, value, told["timestamp"]
        )
