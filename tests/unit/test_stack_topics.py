"""The topics as `deploy/kafka/topics.yaml` plans them."""

from typing import Any

import pytest
from pydantic import ValidationError

from deploy.stack.topics import TopicPlan, load_topics

DAY_MS = 86_400_000


def plan(**topics: dict[str, Any]) -> TopicPlan:
    return TopicPlan.model_validate({"replication": 3, "min_insync": 2, "topics": topics})


def test_the_planned_topics_are_those_of_the_design() -> None:
    assert {name: topic.partitions for name, topic in load_topics().topics.items()} == {
        "support.inbound.v1": 12,
        "support.tickets.v1": 6,
        "support.agents.v1": 6,
        "support.assignments.v1": 6,
        "support.replies.v1": 12,
        "support.delivery.v1": 12,
        "support.signals.v1": 6,
        "support.events.v1": 12,
        "support.policy.v1": 1,
    }


def test_only_policies_are_kept_by_key_for_ever() -> None:
    compacted = {name for name, topic in load_topics().topics.items() if topic.cleanup != "delete"}
    assert compacted == {"support.policy.v1"}
    assert load_topics().topics["support.policy.v1"].settings() == {"cleanup.policy": "compact"}


def test_messages_leave_the_broker_after_a_fortnight() -> None:
    settings = load_topics().topics["support.inbound.v1"].settings()
    assert settings["retention.ms"] == str(14 * DAY_MS)


def test_dead_letters_have_the_partitions_of_their_source_and_longer_to_be_looked_at() -> None:
    everything = load_topics().with_dead_letters()
    letters = {name: topic for name, topic in everything.items() if name.endswith(".dlq")}

    assert {name: topic.partitions for name, topic in letters.items()} == {
        "support.inbound.v1.sorter.dlq": 12,
        "support.tickets.v1.dealer.dlq": 6,
        "support.agents.v1.dealer.dlq": 6,
        "support.replies.v1.courier.dlq": 12,
        "support.replies.v1.recorder-replies.dlq": 12,
        "support.delivery.v1.recorder-replies.dlq": 12,
        "support.delivery.v1.courier-statuses.dlq": 12,
        "support.events.v1.recorder.dlq": 12,
    }
    assert {topic.retention_days for topic in letters.values()} == {28}


def test_topics_consumed_together_must_have_equal_partitions() -> None:
    unequal = {
        "replication": 1,
        "min_insync": 1,
        "topics": {
            "a": {"partitions": 6, "retention_days": 1},
            "b": {"partitions": 5, "retention_days": 1},
        },
        "equal_partitions": [["a", "b"]],
    }
    with pytest.raises(ValidationError, match="a and b must have the same number of partitions"):
        TopicPlan.model_validate(unequal)


@pytest.mark.parametrize(
    ("topic", "complaint"),
    [
        ({"partitions": 1, "retention_days": 29}, "less than or equal to 28"),
        ({"partitions": 0, "retention_days": 1}, "greater than or equal to 1"),
        ({"partitions": 1}, "give retention_days, or cleanup: compact"),
        ({"partitions": 1, "retention_days": 1, "cleanup": "compact"}, "and not both"),
        ({"partitions": 1, "retention_days": 1, "retention_hours": 3}, "Extra inputs"),
    ],
)
def test_a_topic_that_makes_no_sense_is_refused(topic: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        plan(strange=topic)
