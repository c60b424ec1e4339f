"""Ready means: it answers its own protocol, not merely that the port is open.

Each probe returns when the server is ready to work and raises NotReady otherwise. All are
idempotent; those of the stores also set what does not survive a restart.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Literal

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.stack.pins import TRANSACTION_LIFETIME_SECONDS

Role = Literal["broker", "embedded-store", "durable-store", "replica-set"]

_NOT_YET_INITIALIZED: Final = 94


class NotReady(Exception):
    """The server does not answer yet; the text is its own complaint."""


def broker(address: str) -> None:
    """A broker is ready when its own metadata lists it: registered and not fenced."""
    listens(address)
    cluster = _run(lambda: _ask(address, AIOKafkaAdminClient.describe_cluster))
    port = int(address.rpartition(":")[2])
    if port not in {node["port"] for node in cluster["brokers"]}:
        raise NotReady(f"broker {address} is not yet registered with the controller")


def in_sync(bootstrap: str) -> None:
    """Every partition has all its copies: the next broker may be lost without a wait."""
    topics = _run(lambda: _ask(bootstrap, AIOKafkaAdminClient.describe_topics))
    behind = {
        topic["topic"]
        for topic in topics
        for partition in topic["partitions"]
        if len(partition["isr"]) < len(partition["replicas"])
    }
    if behind:
        raise NotReady(f"copies are behind in {', '.join(sorted(behind))}")


def embedded_store(address: str) -> None:
    """A ping is all there is to ask; it knows no limit on a transaction's life."""
    _command(address, {"ping": 1})


def durable_store(address: str) -> None:
    """Answers, and has been told to end transactions left open."""
    _command(
        address,
        {"setParameter": 1, "transactionLifetimeLimitSeconds": TRANSACTION_LIFETIME_SECONDS},
    )


def replica_set(address: str) -> None:
    """A `mongod`: its set of one is initiated on the first call, and it has become primary."""
    try:
        _command(address, {"replSetGetStatus": 1})
    except OperationFailure as refusal:
        if refusal.code != _NOT_YET_INITIALIZED:
            raise NotReady(str(refusal)) from refusal
        members = [{"_id": 0, "host": address}]
        _command(address, {"replSetInitiate": {"_id": "rs0", "members": members}})
    if not _command(address, {"hello": 1}).get("isWritablePrimary"):
        raise NotReady(f"store {address} is not yet primary")
    durable_store(address)


PROBES: Final[Mapping[Role, Callable[[str], None]]] = {
    "broker": broker,
    "embedded-store": embedded_store,
    "durable-store": durable_store,
    "replica-set": replica_set,
}


def store_command(url: str, command: dict[str, Any]) -> dict[str, Any]:
    """A command's answer. Raises OperationFailure when refused, NotReady when nobody answers."""
    with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=2000) as client:
        try:
            return client.admin.command(command)
        except OperationFailure:
            raise
        except PyMongoError as refusal:
            raise NotReady(f"the store does not answer: {refusal}") from refusal


def listens(address: str) -> None:
    """Ask the port first: Kafka's client logs a warning for each refused connection."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except OSError as refusal:
        raise NotReady(f"{address}: {refusal}") from refusal


async def _ask(bootstrap: str, question: Callable[[AIOKafkaAdminClient], Awaitable[Any]]) -> Any:
    """The cluster's answer. Raises NotReady when there is none."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    try:
        await admin.start()
        return await question(admin)
    except (KafkaError, OSError, TimeoutError) as refusal:
        raise NotReady(f"broker {bootstrap}: {refusal}") from refusal
    finally:
        await admin.close()


def _command(address: str, command: dict[str, Any]) -> dict[str, Any]:
    listens(address)
    return store_command(f"mongodb://{address}/?directConnection=true", command)


def _run(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run a coroutine on a loop of its own: the caller's thread may already be running one."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(lambda: asyncio.run(work())).result()
