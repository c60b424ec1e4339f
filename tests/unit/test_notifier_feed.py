"""What reaches an agent's socket of the records of `support.assignments.v1`."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from services.notifier.connection import Connection
from services.notifier.feed import Router
from services.notifier.opening import snapshot_of
from services.notifier.ports import Desktop
from services.notifier.protocol.server import AgentView
from services.notifier.registry import Registry
from shared.contracts import encode, wrap
from shared.contracts.reply_status_changed_v1 import ReplyStatusChanged
from shared.runtime.clock import utc
from tests.unit.notifier_cards import SHARD, a_connection

AT = utc(1_790_000_000.0)


def status(agent: str = "lina", **more: Any) -> bytes:
    given: dict[str, Any] = {"ticket": "T1", "reply": "r1", "status": "failed", "error": "blocked"}
    event = ReplyStatusChanged(agent=agent, at=AT, **given | more)
    return encode(wrap(event, id="r1:failed:told", at=AT))


class Bench:
    def __init__(self) -> None:
        self.registry, self.pushed = Registry(), 0
        self.connection = a_connection("lina")
        self.registry.add(self.connection)
        self.router = Router(registry=self.registry, pushed=self._count)
        self.connection.release(_nothing())

    def _count(self, many: int) -> None:
        self.pushed += many

    async def said(self) -> list[Mapping[str, Any]]:
        """After the snapshot."""
        return [each for each in await drained(self.connection) if each["type"] != "snapshot"]


async def drained(connection: Connection) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    while True:
        try:
            async with asyncio.timeout(0):
                found.append(json.loads(await connection.next()))
        except TimeoutError:
            return found


def _nothing() -> Any:
    view = AgentView(
        shard=SHARD, seq=9, n=0, desk="vip", state="ready", channels=(), reason=None, capacity=3.0
    )
    return snapshot_of(Desktop(shard=SHARD, seq=9, agent=view, cards=()))


async def test_an_agent_hears_what_became_of_a_reply_in_no_order_with_cards() -> None:
    bench = Bench()
    bench.router.route(b"lina", status())
    bench.router.route(b"lina", status(status="delivered", error=None))
    first, second = await bench.said()
    assert first == {
        "type": "reply_status",
        "reply": "r1",
        "ticket": "T1",
        "status": "failed",
        "at": "2026-09-21T14:13:20Z",
        "error": "blocked",
    }
    assert second["status"] == "delivered"
    assert bench.pushed == 2


async def test_what_came_while_a_snapshot_was_made_follows_it() -> None:
    bench = Bench()
    bench.connection.hold()
    bench.router.route(b"lina", status())
    bench.connection.release(_nothing())
    types = [each["type"] for each in await drained(bench.connection)]
    assert types == ["snapshot", "snapshot", "reply_status"]


@pytest.mark.parametrize(
    "value",
    [
        status("ada"),
        b'{"id": "x", "type": "FromTheFuture", "version": 1, "at": "2026-09-21T14:13:20Z"}',
        b"{not json",
        None,
    ],
)
async def test_what_is_not_for_the_agent_or_not_known_here_is_passed_over(
    value: bytes | None,
) -> None:
    bench = Bench()
    bench.router.route(b"lina", value)
    bench.router.route(b"nobody", status())
    assert await bench.said() == []
