"""Whether the topics are those of `deploy/kafka/topics.yaml`."""

from collections.abc import Mapping
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from cli.conform.verdict import Verdicts
from cli.topic_reader import REQUEST_MS
from deploy.stack.topics import Topic, load_topics

_LONGEST_DAYS: Final = 28
_DAY_MS: Final = 86_400_000


async def check_topics(kafka: str, prefix: str, verdicts: Verdicts) -> bool:
    """Whether it makes sense to go on: broker and topics are there."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka, request_timeout_ms=REQUEST_MS)
    try:
        await admin.start()
        existing = set(await admin.list_topics())
    except (KafkaError, OSError) as error:
        await admin.close()
        verdicts.failed("the broker answers", f"{kafka}: {type(error).__name__}")
        return False
    verdicts.passed("the broker answers", kafka)
    try:
        wanted = {prefix + name: topic for name, topic in load_topics().with_dead_letters().items()}
        missing = sorted(set(wanted) - existing)
        says = f"missing: {', '.join(missing)}; run croupier stack provision --kind external"
        verdicts.of("the topics exist", says if missing else None, f"{len(wanted)}")
        there = sorted(set(wanted) & existing)
        if there:
            await _check_partitions(admin, there, wanted, verdicts)
            await _check_settings(admin, there, wanted, verdicts)
        return not missing
    finally:
        await admin.close()


async def _check_partitions(
    admin: AIOKafkaAdminClient, names: list[str], wanted: Mapping[str, Topic], verdicts: Verdicts
) -> None:
    described = await admin.describe_topics(names)
    wrong = [
        f"{each['topic']} has {len(each['partitions'])}, not {wanted[each['topic']].partitions}"
        for each in described
        if len(each["partitions"]) != wanted[each["topic"]].partitions
    ]
    verdicts.of("each has its partitions", "; ".join(wrong) or None)


async def _check_settings(
    admin: AIOKafkaAdminClient, names: list[str], wanted: Mapping[str, Topic], verdicts: Verdicts
) -> None:
    check = "each is kept as documented"
    try:
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        found = _settings(await admin.describe_configs(asked))
    except (KafkaError, OSError, NotImplementedError) as error:
        verdicts.skipped(check, f"the broker does not say: {type(error).__name__}")
        return
    if not any(found.values()):
        verdicts.skipped(check, "the broker does not say")
        return
    wrong = [
        f"{name}: {complaint}"
        for name in names
        if (complaint := _complaint(found.get(name, {}), wanted[name])) is not None
    ]
    verdicts.of(check, "; ".join(wrong) or None)


def _settings(responses: Any) -> dict[str, dict[str, str]]:
    """By topic; name → value."""
    return {
        resource[3]: {entry[0]: str(entry[1]) for entry in resource[4]}
        for response in responses
        for resource in response.resources
        if resource[0] == 0
    }


def _complaint(found: Mapping[str, str], topic: Topic) -> str | None:
    cleanup = found.get("cleanup.policy", topic.cleanup)
    if cleanup != topic.cleanup:
        return f"cleanup.policy is {cleanup}, not {topic.cleanup}"
    kept = found.get("retention.ms", "0")
    too_long = kept == "-1" or int(kept) > _LONGEST_DAYS * _DAY_MS
    if topic.cleanup == "delete" and too_long:
        return f"retention.ms is {kept}: customers' words are kept for more than 28 days"
    return None
