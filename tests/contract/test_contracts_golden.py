"""What was once written can be read: the stored samples of every event version."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from shared.contracts import CONTRACTS, Contract, decode, encode
from shared.contracts.base import Envelope

GOLDEN = Path(__file__).parent / "golden"
SAMPLES = sorted(GOLDEN.glob("*.json"))

TOPIC_AND_KEY = {
    "AcceptTicket": ("support.agents.v1", "luckyreel"),
    "AgentCard": ("support.assignments.v1", "agent-irina"),
    "AgentChanged": ("support.events.v1", "agent-irina"),
    "AgentProfileChanged": ("support.agents.v1", "luckyreel"),
    "AgentTyping": ("support.signals.v1", "chat:site-tr:v-0f3c9a51e2d84b7796a1c05de8f27b34"),
    "AssignmentCard": ("support.assignments.v1", "agent-irina"),
    "BotTranscript": ("support.inbound.v1", "webchat:site-tr:v-77120"),
    "CommandRejected": ("support.assignments.v1", "agent-irina"),
    "CustomerLeft": ("support.inbound.v1", "webchat:site-tr:v-77120"),
    "CustomerRated": ("support.inbound.v1", "webchat:site-tr:v-77120"),
    "CustomerProfileChanged": ("support.inbound.v1", "p:luckyreel:c-20418"),
    "CustomerTyping": ("support.assignments.v1", "agent-irina"),
    "DeclineTicket": ("support.agents.v1", "luckyreel"),
    "DeliveryReported": ("support.delivery.v1", "telegram:luckyreel_bot:584120937"),
    "EscalateTicket": ("support.agents.v1", "luckyreel"),
    "FinishWrapUp": ("support.agents.v1", "luckyreel"),
    "MergeTicket": ("support.agents.v1", "luckyreel"),
    "MessageAdded": ("support.tickets.v1", "luckyreel"),
    "MessageDeleted": ("support.inbound.v1", "telegram:luckyreel_bot:584120937"),
    "MessageEdited": ("support.inbound.v1", "telegram:luckyreel_bot:584120937"),
    "MessageReceived": ("support.inbound.v1", "telegram:luckyreel_bot:584120937"),
    "NotifierHeartbeat": ("support.agents.v1", "luckyreel"),
    "OnCallPaged": ("support.events.v1", "t-7f0c2a91d4be"),
    "OpenTask": ("support.agents.v1", "luckyreel"),
    "ParkTicket": ("support.agents.v1", "luckyreel"),
    "PolicyPublished": ("support.policy.v1", "version-13"),
    "ProviderStatus": ("support.delivery.v1", "whatsapp:luckyreel_line:37061234567"),
    "PullTicket": ("support.agents.v1", "luckyreel"),
    "ReplyRequested": ("support.replies.v1", "telegram:luckyreel_bot:584120937"),
    "ReplyStatusChanged": ("support.assignments.v1", "agent-irina"),
    "ReplyToTicket": ("support.agents.v1", "luckyreel"),
    "ResolveTicket": ("support.agents.v1", "luckyreel"),
    "SetAgentState": ("support.agents.v1", "luckyreel"),
    "SplitTicket": ("support.agents.v1", "luckyreel"),
    "TicketChanged": ("support.events.v1", "t-7f0c2a91d4be"),
    "TicketMerged": ("support.events.v1", "t-1b44e09c77aa"),
    "TicketMoved": ("support.tickets.v1", "luckyreel"),
    "TicketOpened": ("support.tickets.v1", "luckyreel"),
    "TicketProfiled": ("support.tickets.v1", "luckyreel"),
    "TicketSplit": ("support.events.v1", "t-1b44e09c77aa"),
    "TransferTicket": ("support.agents.v1", "luckyreel"),
    "TurnRecorded": ("support.events.v1", "shard-3"),
}


def stem(contract: type[Contract]) -> str:
    return f"{contract.TYPE}.v{contract.VERSION}"


def samples_of(contract: type[Contract]) -> list[Path]:
    return [path for path in SAMPLES if path.name.startswith(f"{stem(contract)}.")]


def load(path: Path) -> dict[str, Any]:
    sample: dict[str, Any] = json.loads(path.read_bytes())
    return sample


def one_spelling(value: Any) -> Any:
    """The same tree with every `Z` time in one spelling: `.412Z` and `.412000Z` are one moment."""
    match value:
        case dict():
            return {key: one_spelling(item) for key, item in value.items()}
        case list():
            return [one_spelling(item) for item in value]
        case str() if value.endswith("Z"):
            return value.removesuffix("Z").removesuffix(".000000")
        case _:
            return value


def paths(value: Any, at: str = "") -> Iterator[str]:
    """The place of every field in a JSON value; items of a list share a place."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"{at}.{key}"
            yield from paths(item, f"{at}.{key}")
    if isinstance(value, list):
        for item in value:
            yield from paths(item, at)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in {tuple, Union, UnionType, Annotated}:
        for argument in get_args(annotation):
            yield from models_in(argument)


def fields(model: type[BaseModel], at: str) -> Iterator[str]:
    """The place of every field a model declares, to any depth."""
    for name, field in model.model_fields.items():
        yield f"{at}.{name}"
        for nested in models_in(field.annotation):
            yield from fields(nested, f"{at}.{name}")


@pytest.fixture(params=SAMPLES, ids=lambda path: path.stem)
def sample(request: pytest.FixtureRequest) -> dict[str, Any]:
    return load(request.param)


@pytest.mark.parametrize("contract", CONTRACTS, ids=stem)
def test_every_contract_has_its_plain_sample(contract: type[Contract]) -> None:
    assert GOLDEN / f"{stem(contract)}.json" in SAMPLES


def test_every_sample_belongs_to_a_contract() -> None:
    known = {path for contract in CONTRACTS for path in samples_of(contract)}
    assert set(SAMPLES) == known


@pytest.mark.parametrize("contract", CONTRACTS, ids=stem)
def test_every_field_of_a_contract_occurs_in_a_sample(contract: type[Contract]) -> None:
    shown = {place for path in samples_of(contract) for place in paths(load(path)["data"], ".data")}
    assert set(fields(contract, ".data")) <= shown


def test_every_field_of_the_envelope_occurs_in_a_sample() -> None:
    shown = {name for path in SAMPLES for name in load(path)}
    assert shown == set(Envelope.model_fields)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_read_as_the_event_its_file_is_named_after(path: Path) -> None:
    contract = type(decode(path.read_bytes()).data)
    assert path in samples_of(contract)


def test_reading_and_writing_a_sample_keeps_every_field(sample: dict[str, Any]) -> None:
    raw = encode(decode(json.dumps(sample).encode()))
    written = one_spelling(json.loads(raw))
    assert set(paths(sample)) <= set(paths(written))
    assert written == one_spelling(merged(written, sample))


def merged(base: Any, over: Any) -> Any:
    """`base` with everything `over` says laid on it: what is left over are defaults."""
    match base, over:
        case dict(), dict():
            return {
                key: merged(base.get(key), over[key]) if key in over else base[key]
                for key in base.keys() | over.keys()
            }
        case list(), list() if len(base) == len(over):
            return [merged(*pair) for pair in zip(base, over, strict=True)]
        case _:
            return over


def test_fields_from_the_future_change_nothing(sample: dict[str, Any]) -> None:
    future = {"tenant": "x", "hops": [{"deep": None}], **sample}
    future["data"] = {"mood": "angry", "weights": {"a": 1.5}, **sample["data"]}
    assert decode(json.dumps(future).encode()) == decode(json.dumps(sample).encode())


@pytest.mark.parametrize("contract", CONTRACTS, ids=stem)
def test_the_plain_sample_goes_to_its_topic_under_its_key(contract: type[Contract]) -> None:
    data = decode((GOLDEN / f"{stem(contract)}.json").read_bytes()).data
    assert (data.TOPIC, data.key) == TOPIC_AND_KEY[contract.TYPE]


def test_a_key_is_documented_for_every_contract() -> None:
    assert TOPIC_AND_KEY.keys() == {contract.TYPE for contract in CONTRACTS}
