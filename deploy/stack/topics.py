"""Creates the topics of `deploy/kafka/topics.yaml` that are missing, and refuses wrong ones."""

import asyncio
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pydantic import BaseModel, ConfigDict, Field, model_validator

from deploy.stack.errors import StackError

TOPICS_FILE: Final = Path(__file__).parents[1] / "kafka" / "topics.yaml"

_DAY_MS = 24 * 60 * 60 * 1000
_SETTLE_SECONDS = 30
_POLL_SECONDS = 0.05
_ALREADY_EXISTS = 36  # another program was faster


class Topic(BaseModel):
    """One topic's shape. Retention is for topics that are not compacted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    partitions: Annotated[int, Field(ge=1)]
    retention_days: Annotated[int, Field(ge=1, le=28)] | None = None
    cleanup: Literal["delete", "compact"] = "delete"
    dead_letters: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _retention_fits_cleanup(self) -> Self:
        if (self.retention_days is None) != (self.cleanup == "compact"):
            raise ValueError("give retention_days, or cleanup: compact, and not both")
        return self

    def settings(self) -> dict[str, str]:
        """The broker's topic settings."""
        if self.retention_days is None:
            return {"cleanup.policy": self.cleanup}
        retention = str(self.retention_days * _DAY_MS)
        return {"cleanup.policy": self.cleanup, "retention.ms": retention}


class TopicPlan(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    replication: Annotated[int, Field(ge=1)]
    min_insync: Annotated[int, Field(ge=1)]
    topics: dict[str, Topic]
    equal_partitions: tuple[tuple[str, ...], ...] = ()

    @model_validator(mode="after")
    def _equals_are_equal(self) -> Self:
        for group in self.equal_partitions:
            if len({self.topics[name].partitions for name in group}) > 1:
                raise ValueError(f"{' and '.join(group)} must have the same number of partitions")
        return self

    def with_dead_letters(self) -> dict[str, Topic]:
        """Every topic by name, the dead letters of each after it."""
        everything: dict[str, Topic] = {}
        for name, topic in self.topics.items():
            everything[name] = topic
            for group in topic.dead_letters:
                everything[f"{name}.{group}.dlq"] = topic.model_copy(
                    update={"dead_letters": (), "retention_days": 28}
                )
        return everything


def load_topics(path: Path = TOPICS_FILE) -> TopicPlan:
    """The plan in the file. Raises pydantic's ValidationError for a wrong one."""
    return TopicPlan.model_validate(yaml.safe_load(path.read_text()))


async def provision_topics(
    bootstrap: str, *, prefix: str = "", plan: TopicPlan | None = None
) -> list[str]:
    """Create the missing topics, each name after `prefix`; answer the names created.

    Returns when each partition of theirs has a leader: they can be published to at once.

    Raises StackError for an existing topic with another number of partitions: changing it would
    move keys and make stored offsets meaningless, so that is for a person to decide.
    """
    plan = plan or load_topics()
    wanted = {prefix + name: topic for name, topic in plan.with_dead_letters().items()}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        if ours := sorted(existing & wanted.keys()):  # no names would mean every topic
            _compare(await admin.describe_topics(ours), wanted)
        missing = [name for name in wanted if name not in existing]
        brokers = len((await admin.describe_cluster())["brokers"])
        new = [_new_topic(name, wanted[name], plan=plan, brokers=brokers) for name in missing]
        if new:
            _check(await admin.create_topics(new))
            await _settled(admin, missing)
    finally:
        await admin.close()
    return missing


def _new_topic(name: str, topic: Topic, *, plan: TopicPlan, brokers: int) -> NewTopic:
    copies = min(plan.replication, brokers)
    settings = topic.settings() | {"min.insync.replicas": str(min(plan.min_insync, copies))}
    return NewTopic(name, topic.partitions, copies, topic_configs=settings)


def _compare(described: list[dict[str, Any]], wanted: dict[str, Topic]) -> None:
    found = {topic["topic"]: len(topic["partitions"]) for topic in described}
    for name, topic in wanted.items():
        count = found.get(name, topic.partitions)
        if count != topic.partitions:
            raise StackError(
                f"topic {name} has {count} partitions and should have {topic.partitions}. "
                "Stop the services, drain the topic and delete it, then provision again; or, if "
                f"{count} is right, say so in {TOPICS_FILE.name}"
            )


async def _settled(admin: AIOKafkaAdminClient, names: list[str]) -> None:
    """The controller answers before the brokers have heard: wait for a leader everywhere."""
    try:
        async with asyncio.timeout(_SETTLE_SECONDS):
            while not all(map(_has_leaders, await admin.describe_topics(names))):  # noqa: ASYNC110
                await asyncio.sleep(_POLL_SECONDS)  # a broker has no event to wait for
    except TimeoutError as late:
        raise StackError(
            f"the new topics have no leaders after {_SETTLE_SECONDS} s: see the brokers' logs"
        ) from late


def _has_leaders(topic: dict[str, Any]) -> bool:
    return not topic["error_code"] and all(part["leader"] >= 0 for part in topic["partitions"])


def _check(response: Any) -> None:
    for name, code, message in response.topic_errors:
        if code not in {0, _ALREADY_EXISTS}:
            raise StackError(f"the broker refuses to create topic {name}: {message} (code {code})")
