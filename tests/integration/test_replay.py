"""`croupier replay` on a real broker: what dealers did is done again."""

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from cli.shadowing import Shadowing, System
from services.router.policy import load_policy
from services.router.replay.contrast import Otherwise
from shared.contracts.notifier_heartbeat_v1 import NotifierHeartbeat
from shared.contracts.reply_to_ticket_v1 import ReplyToTicket
from shared.contracts.turn_recorded_v1 import TurnRecorded
from tests.contract.shard_samples import NOON
from tests.integration.dealer_world import DESK, POLICY, World, event
from tests.unit.replay_policies import FALLBACK, LIVE

pytestmark = pytest.mark.stack

LONG_WAIT: Final[dict[str, Any]] = {"lang": "lt", "opened_at": NOON, "queued_at": NOON}
"""Of a ticket that has waited through every stage."""

PHONE = "+37061234567"


async def test_two_owners_turns_are_replayed_the_same_also_from_a_dump(
    world: World, tmp_path: Path
) -> None:
    async with world.dealer():
        await world.staff("anna", "boris")
        await world.dealt_and_accepted("t1")
        await world.dealt_and_accepted("t2")
        await reply(world, "t1")
    async with world.dealer():
        await world.dealt_and_accepted("t3")
        await another_turn(world)

    dump = tmp_path / "day.jsonl.gz"
    live = await replay(world, "--dump", str(dump), "--json")
    told = await asyncio.to_thread(run, "--from", str(dump))
    again = await asyncio.to_thread(run, "--from", str(dump), "--json")

    assert (live.exit_code, told.exit_code) == (0, 0), live.output
    [shard] = rows(live)
    assert (shard["decisions"], shard["same"], shard["different"]) == (3, 3, 0)
    assert shard["first"] is None
    assert shard["unplayable"] is None
    assert rows(again) == rows(live)
    assert "different" in told.stdout
    kept = gzip.decompress(dump.read_bytes()).decode()
    assert "anna" in kept
    assert PHONE not in kept
    assert "web:main:t1" not in kept


async def test_a_shadow_tells_what_a_language_fallback_would_deal(
    world: World, tmp_path: Path
) -> None:
    live, candidate = tmp_path / "live.yaml", tmp_path / "candidate.yaml"
    live.write_text(LIVE)
    candidate.write_text(FALLBACK)
    system = System(world.fresh.stack.kafka, world.store, live, world.fresh.topic_prefix)
    shadowing = Shadowing(system, load_policy(candidate))
    async with world.dealer(router_policy=live):
        await world.staff("anna", "boris")
        await world.dealt_and_accepted("t-before")
        await world.open("t-waits", **LONG_WAIT)
        await another_turn(world)
        async with asyncio.timeout(30), shadowing.follower:
            await shadowing.begin(from_start=False)
            await world.open("t-lt", **LONG_WAIT)
            await world.dealt_and_accepted("t-ru")
            await another_turn(world)
            found: list[Otherwise] = []
            while len(found) < 2:
                found += await shadowing.look()
    result = await shadow(world, candidate, "--for", "1", "--from-start", started_with=live)

    assert sorted(each.ticket for each in found) == ["t-lt", "t-waits"]
    assert [each.live for each in found] == [None, None]
    summary = shadowing.found()
    assert summary.count.repeated == summary.count.recorded == summary.count.same
    waiting = (summary.live.overall().waiting, summary.candidate.overall().waiting)
    assert waiting == (2, 0)

    assert result.exit_code == 0, result.output
    *told, summed_up = map(json.loads, result.stdout.splitlines())
    # with more in hand the candidate's agents may get the third the other way round
    only = [each["ticket"] for each in told if each["live"] is None]
    assert sorted(only) == ["t-lt", "t-waits"]
    assert (summed_up["recorded"], summed_up["repeated"]) == (2, 2)
    assert (summed_up["only_live"], summed_up["only_candidate"]) == (0, 2)
    [row] = summed_up["queues"]
    assert (row["live"]["waiting"], row["candidate"]["waiting"]) == (2, 0)


async def test_a_log_without_its_beginning_is_not_replayed(world: World, tmp_path: Path) -> None:
    async with world.dealer():
        await world.staff("anna")
        await world.dealt_and_accepted("t1")
        await another_turn(world)
    dump = tmp_path / "day.jsonl"
    await replay(world, "--dump", str(dump))
    lines = dump.read_text().splitlines()
    dump.write_text("\n".join(line for line in lines if '"seq": 1,' not in line))

    found = await asyncio.to_thread(run, "--from", str(dump))

    assert found.exit_code == 2
    assert "aged out" in found.stdout


def test_what_is_no_dump_is_told_plainly(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text("{}\n")

    found = run("--from", str(other))

    assert found.exit_code == 1
    assert "is no dump" in found.output


async def reply(world: World, ticket: str) -> None:
    """Whoever has the ticket answers its customer."""
    card = await world.card(ticket, "accepted")
    await world.tell(
        ReplyToTicket(
            desk=DESK,
            agent=card.agent,
            ticket=ticket,
            assignment=card.assignment,
            text=f"We will call {PHONE}.",
        )
    )


async def another_turn(world: World) -> None:
    """So that all of the turn before is there."""
    # read first: the turn that the heartbeat makes may be done before we could look
    end = await world.store["shards"].find_one({"_id": world.shard})
    assert end is not None
    beat = NotifierHeartbeat(desk=DESK, notifier="n2", agents=(), period_seconds=300.0)
    await world.tell(beat)

    def later(record: Any) -> bool:
        data = event(record).data if not record.topic.endswith(".dlq") else None
        return isinstance(data, TurnRecorded) and data.seq > end["seq"]

    await world.hear(later)


async def replay(world: World, *arguments: str) -> Result:
    where = ("--kafka", world.fresh.stack.kafka, "--topic-prefix", world.fresh.topic_prefix)
    given = ("--started-with", str(POLICY), *where, *arguments)
    return await asyncio.to_thread(run, *given)


async def shadow(world: World, candidate: Path, *arguments: str, started_with: Path) -> Result:
    stack = world.fresh.stack
    where = ("--kafka", stack.kafka, "--mongo", stack.mongo, "--database", world.fresh.database)
    prefix = ("--topic-prefix", world.fresh.topic_prefix, "--started-with", str(started_with))
    given = ["policy", "shadow", str(candidate), "--json", *where, *prefix, *arguments]
    return await asyncio.to_thread(CliRunner().invoke, app, given)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["replay", *arguments])


def rows(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found
