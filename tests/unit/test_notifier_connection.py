"""What reaches a client, and in which order."""

import asyncio
import json

import pytest

from services.notifier.connection import MAX_QUEUED, Closed, Connection
from services.notifier.opening import snapshot_of
from services.notifier.ports import Desktop
from services.notifier.protocol.codes import Close
from services.notifier.protocol.server import Ack, AgentView, Card, Snapshot
from tests.unit.notifier_cards import SHARD, a_connection, card, push


def snapshot(*cards: Card, seq: int = 10, shard: int = SHARD) -> Snapshot:
    view = AgentView(
        shard=shard, seq=seq, n=0, desk="vip", state="ready", channels=(), capacity=1.0
    )
    return snapshot_of(Desktop(shard=shard, seq=seq, agent=view, cards=cards))


def a_synchronised_connection(*, seq: int = 10) -> Connection:
    connection = a_connection()
    connection.release(snapshot(seq=seq))
    return connection


async def written(connection: Connection) -> list[str]:
    """Types, or `ticket@seq` for cards, of everything that is ready to be written."""
    found: list[str] = []
    while True:
        try:
            async with asyncio.timeout(0):
                message = json.loads(await connection.next())
        except TimeoutError:
            return found
        shown = message.get("card")
        found.append(f"{shown['ticket']}@{shown['seq']}" if shown else message["type"])


async def test_cards_of_the_snapshot_s_shard_follow_it_in_order() -> None:
    connection = a_synchronised_connection(seq=10)
    for seq in (11, 12):
        assert connection.push(push(card(seq=seq)))
    assert await written(connection) == ["snapshot", "T1@11", "T1@12"]


async def test_a_repeated_card_is_dropped() -> None:
    connection = a_synchronised_connection(seq=10)
    assert connection.push(push(card(seq=11)))
    assert not connection.push(push(card(seq=11)))
    assert await written(connection) == ["snapshot", "T1@11"]


async def test_two_cards_of_one_commit_both_pass() -> None:
    connection = a_synchronised_connection(seq=10)
    connection.push(push(card("T1", seq=11, n=0)))
    connection.push(push(card("T2", seq=11, n=1)))
    assert await written(connection) == ["snapshot", "T1@11", "T2@11"]


async def test_a_zombie_s_late_card_does_not_pass_a_fresh_snapshot() -> None:
    connection = a_synchronised_connection(seq=10)
    assert not connection.push(push(card(seq=10, n=99)))
    assert await written(connection) == ["snapshot"]


async def test_a_card_of_another_shard_is_dropped() -> None:
    connection = a_synchronised_connection(seq=10)
    assert not connection.push(push(card(seq=99, shard=SHARD + 1)))
    assert await written(connection) == ["snapshot"]


async def test_what_comes_while_the_snapshot_is_read_follows_it() -> None:
    connection = a_connection()
    connection.hold()
    connection.push(push(card("in the snapshot", seq=10)))
    connection.push(push(card("after it", seq=11)))
    assert await written(connection) == []
    connection.release(snapshot(seq=10))
    assert await written(connection) == ["snapshot", "after it@11"]


async def test_a_rejection_passes_whatever_its_position() -> None:
    connection = a_synchronised_connection(seq=10)
    late = push(card(seq=9))._replace(state=False, text='{"type":"rejected"}')
    assert connection.push(late)
    assert await written(connection) == ["snapshot", "rejected"]


async def test_a_client_that_reads_too_slowly_is_disconnected_not_waited_for() -> None:
    connection = a_synchronised_connection(seq=10)
    for seq in range(11, 11 + MAX_QUEUED):
        connection.push(push(card(seq=seq)))
    assert connection.closing is not None
    assert connection.closing.code is Close.TRY_AGAIN
    with pytest.raises(Closed):
        await connection.next()


async def test_few_but_long_messages_overflow_too() -> None:
    connection = a_synchronised_connection(seq=10)
    long = push(card(seq=11))._replace(text="x" * 600_000)
    connection.push(long)
    assert connection.closing is None
    connection.push(long._replace(seq=12))
    assert connection.closing is not None


async def test_what_was_written_makes_room_again() -> None:
    connection = a_synchronised_connection(seq=10)
    for seq in range(11, 11 + 10 * MAX_QUEUED):
        connection.push(push(card(seq=seq)))
        await written(connection)
    assert connection.closing is None


async def test_cards_held_back_are_bounded_as_well() -> None:
    connection = a_connection()
    connection.hold()
    for seq in range(MAX_QUEUED + 1):
        connection.push(push(card(seq=seq)))
    assert connection.closing is not None


async def test_the_first_reason_to_close_is_the_one_told() -> None:
    connection = a_connection()
    connection.close(Close.REPLACED, "first")
    connection.close(Close.TRY_AGAIN, "second")
    assert connection.closing is not None
    assert connection.closing.reason == "first"


async def test_nothing_is_queued_for_a_connection_that_is_ending() -> None:
    connection = a_connection()
    connection.close(Close.REPLACED, "gone")
    connection.say(Ack(id="c-1"))
    assert not connection.push(push(card()))
