"""Frees the consumer groups of a killed process on the embedded broker.

Its broker drops a member that went silent, but keeps waiting for it when it was the group's leader:
nobody would be assigned anything again. Real brokers elect another leader. So, where we know that
a process was killed, we say for its groups what it could not say itself. Survivors join again.
"""

from collections.abc import Iterable
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.group import LeaveGroupRequest

_MEMBERS: Final = 5
"""Where a described group has them: after error, id, state, type of protocol, protocol."""


async def clear_groups(kafka: str, groups: Iterable[str]) -> None:
    """Take every member out of the groups. Raises KafkaError when the broker does not answer."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    try:
        await admin.start()
        for group in groups:
            coordinator = await admin.find_coordinator(group)
            [described] = await admin.describe_consumer_groups([group], coordinator)
            for found in described.groups:
                for member, *_ in found[_MEMBERS]:
                    leave = LeaveGroupRequest(group, member)
                    await admin._send_request_to_node(coordinator, leave)
    finally:
        await admin.close()
