"""The documents in docs/ are those of the code, and are what they say they are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from cli.main import app
from deploy.stack.topics import load_topics
from shared.contracts import CONTRACTS, Contract
from shared.contracts.export import documents, drifted, read_samples, write
from shared.contracts.export.catalogue import CHANNELS, OPERATIONS
from shared.contracts.export.documents import Documents, Incomplete
from shared.contracts.export.schemas import event_schema, stem

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TOPICS = load_topics().topics
SAMPLES = read_samples(ROOT / "tests/contract/golden")


@pytest.fixture(scope="module")
def expected() -> Documents:
    return documents(CONTRACTS, TOPICS, SAMPLES)


@pytest.fixture(scope="module")
def asyncapi() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((DOCS / "asyncapi.yaml").read_text("utf-8"))
    return document


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            yield reference
        for item in value.values():
            yield from references(item)
    if isinstance(value, list):
        for item in value:
            yield from references(item)


def resolve(document: dict[str, Any], reference: str) -> Any:
    """What a reference inside the document means; raises KeyError when it means nothing."""
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def test_the_documents_in_the_tree_are_those_of_the_code(expected: Documents) -> None:
    assert drifted(DOCS, expected) == [], "run croupier contracts export"


def test_writing_twice_changes_nothing_the_second_time(expected: Documents, tmp_path: Path) -> None:
    assert len(write(tmp_path, expected)) == len(CONTRACTS) + 1
    assert write(tmp_path, expected) == []


def test_the_same_models_give_the_same_bytes(expected: Documents) -> None:
    assert documents(CONTRACTS, TOPICS, SAMPLES) == expected


def test_a_changed_a_missing_and_a_left_over_file_are_drift(
    expected: Documents, tmp_path: Path
) -> None:
    write(tmp_path, expected)
    (tmp_path / "asyncapi.yaml").write_text("asyncapi: 2.0.0\n", "utf-8")
    (tmp_path / "schemas/AgentCard.v1.json").unlink()
    (tmp_path / "schemas/AgentCard.v0.json").write_text("{}", "utf-8")
    wrong = [
        Path("asyncapi.yaml"),
        Path("schemas/AgentCard.v0.json"),
        Path("schemas/AgentCard.v1.json"),
    ]
    assert drifted(tmp_path, expected) == wrong
    assert write(tmp_path, expected) == wrong
    assert drifted(tmp_path, expected) == []


def test_a_contract_without_a_sample_cannot_be_documented() -> None:
    with pytest.raises(Incomplete, match=r"add MessageReceived\.v1\.json"):
        documents(CONTRACTS, TOPICS, {})


def test_a_topic_without_settings_cannot_be_documented() -> None:
    with pytest.raises(Incomplete, match=r"support\.inbound\.v1 has no settings"):
        documents(CONTRACTS, {}, SAMPLES)


@pytest.mark.parametrize("contract", CONTRACTS, ids=stem)
def test_every_sample_is_valid_against_its_schema(contract: type[Contract]) -> None:
    schema = event_schema(contract)
    Draft202012Validator.check_schema(schema)
    for sample in SAMPLES[contract.TYPE, contract.VERSION]:
        Draft202012Validator(schema).validate(sample.event)


@pytest.mark.parametrize("contract", CONTRACTS, ids=stem)
def test_a_schema_refuses_the_events_of_the_others(contract: type[Contract]) -> None:
    validator = Draft202012Validator(event_schema(contract))
    for name, samples in SAMPLES.items():
        if name != (contract.TYPE, contract.VERSION):
            assert not any(validator.is_valid(sample.event) for sample in samples)


def test_every_field_of_a_message_that_a_stranger_may_send_is_explained() -> None:
    schema = event_schema(next(one for one in CONTRACTS if one.TYPE == "MessageReceived"))
    properties = schema["$defs"]["MessageReceived"]["properties"]
    obvious = {"subject", "sender_name", "in_reply_to", "attachments"}
    assert {name for name, field in properties.items() if "description" not in field} == obvious


def test_every_reference_of_the_document_leads_somewhere(asyncapi: dict[str, Any]) -> None:
    found = list(references(asyncapi))
    for reference in found:
        if reference.startswith("./"):
            assert (DOCS / reference).is_file(), reference
        else:
            resolve(asyncapi, reference)
    assert len(found) > 3 * len(CONTRACTS)


def test_every_contract_is_on_the_channel_of_its_topic(asyncapi: dict[str, Any]) -> None:
    carried = {
        (name, channel["address"])
        for channel in asyncapi["channels"].values()
        for name in channel["messages"]
    }
    assert carried == {(stem(contract), contract.TOPIC) for contract in CONTRACTS}


def test_every_channel_says_its_key_partitions_and_retention(asyncapi: dict[str, Any]) -> None:
    assert asyncapi["channels"].keys() == CHANNELS.keys()
    for name, channel in asyncapi["channels"].items():
        settings = TOPICS[name]
        binding = channel["bindings"]["kafka"]
        assert f"Key: {CHANNELS[name].key}" in channel["description"]
        assert binding["partitions"] == settings.partitions
        configured = binding["topicConfiguration"]
        days = settings.retention_days
        if days is None:
            assert configured["cleanup.policy"] == ["compact"]
        else:
            assert configured["retention.ms"] == days * 24 * 3600 * 1000


def test_every_event_is_sent_by_someone_and_ours_are_received(asyncapi: dict[str, Any]) -> None:
    by_action: dict[str, set[str]] = {"send": set(), "receive": set()}
    for operation in asyncapi["operations"].values():
        names = {one["$ref"].rpartition("/")[2] for one in operation["messages"]}
        assert names <= resolve(asyncapi, operation["channel"]["$ref"])["messages"].keys()
        by_action[operation["action"]] |= names
    everything = {stem(contract) for contract in CONTRACTS}
    assert by_action["send"] == everything
    assert by_action["receive"] == everything


def test_an_operation_names_only_events_of_its_topic() -> None:
    topics = {contract.TYPE: contract.TOPIC for contract in CONTRACTS}
    for operation in OPERATIONS:
        assert {topics[name] for name in operation.only} <= {operation.topic}


def test_replies_are_selectable_by_header(asyncapi: dict[str, Any]) -> None:
    headers = asyncapi["components"]["messages"]["ReplyRequested.v1"]["headers"]
    assert headers["required"] == ["channel", "account"]


def test_export_check_names_the_drifted_file_and_the_fix(tmp_path: Path) -> None:
    run = CliRunner()
    assert run.invoke(app, ["contracts", "export", "--out", str(tmp_path)]).exit_code == 0
    check = ["contracts", "export", "--check", "--out", str(tmp_path)]
    assert run.invoke(app, check).exit_code == 0
    drift = tmp_path / "schemas" / "AgentCard.v1.json"
    drift.write_text("{}", "utf-8")
    result = run.invoke(app, check)
    assert result.exit_code == 1
    assert str(drift) in result.stderr
    assert "run croupier contracts export" in result.stderr
    assert drift.read_text("utf-8") == "{}"


def test_list_prints_every_event_for_programs_and_for_people() -> None:
    run = CliRunner()
    rows = yaml.safe_load(run.invoke(app, ["contracts", "list", "--json"]).stdout)
    assert [(row["type"], row["version"], row["topic"]) for row in rows] == [
        (contract.TYPE, contract.VERSION, contract.TOPIC) for contract in CONTRACTS
    ]
    table = run.invoke(app, ["contracts", "list"]).stdout
    assert all(contract.TYPE in table for contract in CONTRACTS)
