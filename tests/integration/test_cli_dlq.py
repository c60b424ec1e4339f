"""`croupier dlq` and `croupier roster` on a real broker."""

import asyncio
import json
import secrets
from dataclasses import dataclass
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.dead_letters import REPLAY_OF
from cli.main import app
from cli.topic_reader import read_topics
from deploy.stack import Stack
from shared.contracts import decode
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.messaging.deadletter import dead_letter
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.messaging.records import Record

pytestmark = pytest.mark.stack

DEAD = "support.tickets.v1.dealer.dlq"
ORIGIN = "support.tickets.v1"


@dataclass
class Letters:
    """Two dead letters of this test alone, told apart from others by their key."""

    stack: Stack
    key: str

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(
            app, ["dlq", *arguments], env={"CROUPIER_KAFKA": self.stack.kafka}
        )

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """This test's own, as `list --json` has them."""
        result = self.run("list", "--json", *arguments)
        assert result.exit_code == 0, result.output
        listed = json.loads(result.stdout)
        return [row for row in listed if row["reason"].endswith(self.key)]

    def replayed(self) -> list[Record]:
        """What came back to the origin topic."""

        async def read() -> list[Record]:
            records = [record async for record in read_topics(self.stack.kafka, [ORIGIN])]
            return [record for record in records if record.key == self.key.encode()]

        return asyncio.run(read())


@pytest.fixture
def letters(stack: Stack) -> Letters:
    key = f"desk-{secrets.token_hex(4)}"

    async def publish() -> None:
        config = ProducerConfig(kafka=stack.kafka, client_id="test")
        async with KafkaPublisher(config) as publisher:
            for offset, text in enumerate((b"not json", b"card 4111 1111 1111 1111")):
                record = Record(ORIGIN, 2, offset, key.encode(), text, 0, (("a", b"b"),))
                await publisher.publish([dead_letter(record, group="dealer", reason=f"bad {key}")])

    asyncio.run(publish())
    return Letters(stack, key)


def test_the_list_says_where_a_dead_letter_is_why_and_where_it_comes_from(letters: Letters) -> None:
    first, second = letters.rows()
    assert first["id"].startswith(f"{DEAD}/")
    assert (first["origin"], second["origin"]) == (f"{ORIGIN}/2/0", f"{ORIGIN}/2/1")
    assert first["reason"] == f"bad {letters.key}"
    assert not first["replayed"]


def test_a_dead_letter_is_shown_with_its_headers_and_without_card_numbers(letters: Letters) -> None:
    _, second = letters.rows()
    result = letters.run("show", second["id"], "--json")
    shown = json.loads(result.stdout)
    assert shown["value"] == "card [card …1111]"
    assert shown["headers"]["origin-offset"] == "1"


def test_a_replayed_letter_is_at_its_origin_again_and_marked(letters: Letters) -> None:
    first, second = letters.rows()
    result = letters.run("replay", first["id"])

    assert result.output.strip() == f"replayed {first['id']}"
    [record] = letters.replayed()
    assert record.value == b"not json"
    assert dict(record.headers) == {"a": b"b", REPLAY_OF: first["id"].encode()}
    assert [row["replayed"] for row in letters.rows()] == [True, False]
    assert [row["id"] for row in letters.rows("--waiting")] == [second["id"]]


def test_all_that_waits_is_replayed_once(letters: Letters) -> None:
    letters.run("replay", "--all", "--topic", DEAD)
    letters.run("replay", "--all", "--topic", DEAD)
    assert len(letters.replayed()) == 2
    assert letters.rows("--waiting") == []


@pytest.mark.parametrize("command", ["show", "replay"])
def test_a_letter_that_is_not_there_is_a_sentence(letters: Letters, command: str) -> None:
    result = letters.run(command, f"{DEAD}/0/999999")
    assert result.exit_code == 1
    assert result.stderr.strip() == (
        f"no dead letter is called {DEAD}/0/999999: see croupier dlq list"
    )


def test_a_roster_reaches_the_desks_topic(stack: Stack) -> None:
    result = CliRunner().invoke(app, ["roster", "apply", "--json", "--kafka", stack.kafka])
    told = json.loads(result.stdout)["agents"]

    async def read() -> set[str]:
        records = [record async for record in read_topics(stack.kafka, ["support.agents.v1"])]
        events = [decode(record.value).data for record in records]
        return {event.agent for event in events if isinstance(event, AgentProfileChanged)}

    assert set(told) <= asyncio.run(read())
    assert len(told) >= 12
