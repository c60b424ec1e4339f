"""docs/protocol.md, from which strangers write clients, says what the code does."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from cli.agent_desk import AgentDesk
from services.notifier.digest import digest
from services.notifier.protocol import client, server
from services.notifier.protocol.codes import Close

PAGE = (Path(__file__).parents[2] / "docs/protocol.md").read_text()
OURS: TypeAdapter[server.AnyOurs] = TypeAdapter(server.AnyOurs)


def examples(speaker: str) -> list[dict[str, Any]]:
    blocks = re.findall(rf"```json {speaker}\n(.*?)```", PAGE, flags=re.DOTALL)
    return [json.loads(block) for block in blocks]


@pytest.mark.parametrize("example", examples("client"), ids=lambda e: e.get("do", e["type"]))
def test_the_notifier_understands_what_the_page_tells_clients_to_say(
    example: dict[str, Any],
) -> None:
    said = client.parse(json.dumps(example))
    assert said.model_dump(mode="json", exclude_unset=True) == example


@pytest.mark.parametrize("example", examples("server"), ids=lambda e: e["type"])
def test_the_notifier_says_what_the_page_shows_and_nothing_more(example: dict[str, Any]) -> None:
    message = OURS.validate_json(json.dumps(example))
    assert json.loads(server.spoken(message)) == example


def test_the_page_has_an_example_of_every_message() -> None:
    said = {example.get("do", example["type"]) for example in examples("client")}
    ours = {example["type"] for example in examples("server")}
    assert said >= {"hello", "conversation", "resync"} | {
        get_args(command.model_fields["do"].annotation)[0]
        for command in get_args(client.AnyCommand)
    }
    assert ours == {model.model_fields["type"].default for model in get_args(server.AnyOurs)}


def test_the_page_names_every_close_code_of_ours() -> None:
    assert all(f"| {code.value} |" in PAGE for code in Close)


def test_the_page_s_known_answers_of_the_digest_are_right() -> None:
    (snapshot,) = [each for each in examples("server") if each["type"] == "snapshot"]
    desk = AgentDesk("lina")
    desk.apply(snapshot)
    assert desk.digest() == snapshot["digest"]
    assert f"`{snapshot['digest']}`" in PAGE
    assert f"`{digest('ready', [])}`" in PAGE
