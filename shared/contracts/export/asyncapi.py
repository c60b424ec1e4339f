"""The AsyncAPI 3.0 document: channels, messages, and who sends and receives them."""

from collections.abc import Iterable, Sequence
from typing import Any

from shared.contracts.base import MAX_RECORD_BYTES, Contract
from shared.contracts.export.catalogue import (
    CHANNELS,
    HEADERS,
    OPERATIONS,
    ROLES,
    Header,
    Operation,
)
from shared.contracts.export.prose import headline_of, summary_of
from shared.contracts.export.samples import Sample, Samples
from shared.contracts.export.schemas import stem
from shared.contracts.export.topics import Topics, TopicSettings

Node = dict[str, Any]

_ABOUT = f"""\
Croupier deals customer-support tickets to agents. Every record is one JSON object: the envelope
`id, type, version, at, cause?, correlation?, data`. Consumers ignore fields they do not know. A
record has at most {MAX_RECORD_BYTES} bytes. How to publish a first message: contracts.md.
"""
_SCHEMA_FORMAT = "application/schema+json;version=draft-2020-12"
_DAY_MS = 86_400_000


def asyncapi(contracts: Sequence[type[Contract]], topics: Topics, samples: Samples) -> Node:
    """The whole document, as plain values."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Croupier",
            "version": "1",
            "description": _ABOUT,
            "tags": [{"name": role, "description": about} for role, about in ROLES.items()],
        },
        "defaultContentType": "application/json",
        "channels": {
            topic: _channel(topic, topics[topic], _on(contracts, topic)) for topic in CHANNELS
        },
        "operations": {
            _operation_id(operation): _operation(operation, _on(contracts, operation.topic))
            for operation in OPERATIONS
        },
        "components": {
            "messages": {
                stem(contract): _message(contract, samples[contract.TYPE, contract.VERSION])
                for contract in contracts
            }
        },
    }


def _on(contracts: Iterable[type[Contract]], topic: str) -> list[type[Contract]]:
    return [contract for contract in contracts if topic == contract.TOPIC]


def _channel(topic: str, settings: TopicSettings, carried: list[type[Contract]]) -> Node:
    about, key = CHANNELS[topic]
    node: Node = {
        "address": topic,
        "description": f"{about}\n\nKey: {key}",
        "messages": {stem(one): {"$ref": f"#/components/messages/{stem(one)}"} for one in carried},
        "bindings": {"kafka": _topic_binding(settings)},
    }
    if settings.dead_letters:
        node["x-dead-letters"] = [f"{topic}.{group}.dlq" for group in settings.dead_letters]
    return node


def _topic_binding(settings: TopicSettings) -> Node:
    configuration: Node = {"cleanup.policy": [settings.cleanup]}
    if settings.retention_days is not None:
        configuration["retention.ms"] = settings.retention_days * _DAY_MS
    return {
        "partitions": settings.partitions,
        "topicConfiguration": configuration,
        "bindingVersion": "0.5.0",
    }


def _message(contract: type[Contract], samples: Sequence[Sample]) -> Node:
    node: Node = {
        "name": contract.TYPE,
        "title": stem(contract),
        "summary": headline_of(contract),
        "description": summary_of(contract),
        "contentType": "application/json",
        "payload": {
            "schemaFormat": _SCHEMA_FORMAT,
            "schema": {"$ref": f"./schemas/{stem(contract)}.json"},
        },
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": CHANNELS[contract.TOPIC].key},
                "bindingVersion": "0.5.0",
            }
        },
        "examples": [{"name": sample.name, "payload": sample.event} for sample in samples],
    }
    if headers := HEADERS.get(contract.TOPIC):
        node["headers"] = _headers(headers)
    return node


def _headers(headers: Sequence[Header]) -> Node:
    return {
        "type": "object",
        "required": [header.name for header in headers if header.required],
        "properties": {
            header.name: {"type": "string", "description": header.about} for header in headers
        },
    }


def _operation_id(operation: Operation) -> str:
    return f"{operation.role}.{operation.action}.{operation.topic}"


def _operation(operation: Operation, carried: list[type[Contract]]) -> Node:
    channel = f"#/channels/{operation.topic}"
    return {
        "action": operation.action,
        "channel": {"$ref": channel},
        "summary": operation.summary,
        "tags": [{"name": operation.role}],
        "messages": [
            {"$ref": f"{channel}/messages/{stem(one)}"}
            for one in carried
            if not operation.only or one.TYPE in operation.only
        ],
    }
