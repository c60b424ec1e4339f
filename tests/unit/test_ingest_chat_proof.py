"""Viber, VK, X and Slack: what holds at each of their doors, whatever the provider."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.runtime.metrics import MESSAGES
from tests.fakes.chat_providers import PROVIDERS, SLACK, VIBER, VK, Provider, X
from tests.fakes.ingest_doors import IngestDoors

each_provider = pytest.mark.parametrize("provider", PROVIDERS, ids=lambda it: it.name)
each_that_signs = pytest.mark.parametrize("provider", [VIBER, X, SLACK], ids=lambda it: it.name)


@each_provider
@pytest.mark.parametrize("which", [0, 1])
async def test_what_is_proven_by_either_of_two_secrets_is_taken(
    provider: Provider, which: int
) -> None:
    doors = IngestDoors()
    answer = await provider.post(doors, provider.text(), secret=provider.secrets[which])
    assert answer.status_code == 200
    [event] = doors.publisher.events
    assert event.type == "MessageReceived"
    assert doors.count(MESSAGES, channel=provider.name, outcome="accepted") == 1


@each_provider
async def test_a_wrong_secret_is_answered_401(provider: Provider) -> None:
    doors = IngestDoors()
    answer = await provider.post(doors, provider.text(), secret="a secret that is not theirs")
    assert answer.status_code == 401
    assert doors.publisher.confirmed == []


@each_provider
async def test_an_account_we_do_not_have_is_answered_like_a_wrong_secret(
    provider: Provider,
) -> None:
    doors = IngestDoors()
    unknown = await provider.post(doors, provider.text(), account="nobodys")
    wrong = await provider.post(doors, provider.text(), secret="a secret that is not theirs")
    assert (unknown.status_code, unknown.json()) == (401, wrong.json())
    zeros = await provider.post(doors, provider.text(), account="nobodys", secret="\0" * 32)
    assert zeros.status_code == 401
    assert doors.publisher.confirmed == []


@each_that_signs
async def test_an_altered_body_is_answered_401(provider: Provider) -> None:
    doors = IngestDoors()
    body = provider.raw(provider.text())
    headers = provider.prove(body, provider.secrets[0])
    for altered in (body + b" ", body.replace(b"t", b"T", 1), b"{}", b""):
        answer = await provider.post(doors, altered, headers=headers)
        assert answer.status_code == 401
    assert doors.publisher.confirmed == []


@each_that_signs
@pytest.mark.parametrize(
    "claimed", ["", "sha256=", "v0=", "0" * 64, "подпись".encode(), b"\xff\xfe", "x" * 10_000]
)
async def test_a_signature_that_is_none_is_answered_401(provider: Provider, claimed: Any) -> None:
    doors = IngestDoors()
    body = provider.raw(provider.text())
    headers = {**provider.prove(body, provider.secrets[0]), provider.header: claimed}
    answer = await provider.post(doors, body, headers=headers)
    assert answer.status_code == 401
    assert doors.publisher.confirmed == []


@each_that_signs
async def test_a_missing_signature_is_answered_401(provider: Provider) -> None:
    doors = IngestDoors()
    body = provider.raw(provider.text())
    headers = dict(provider.prove(body, provider.secrets[0]))
    del headers[provider.header]
    answer = await provider.post(doors, body, headers=headers)
    assert answer.status_code == 401


@each_that_signs
async def test_a_signature_that_comes_after_a_wrong_one_is_not_looked_for(
    provider: Provider,
) -> None:
    doors = IngestDoors()
    body = provider.raw(provider.text())
    proof = provider.prove(body, provider.secrets[0])
    repeated = [("Content-Type", "application/json"), (provider.header, "wrong"), *proof.items()]
    async with doors.client() as client:
        path = f"/v1/{provider.name}/{provider.account}"
        answer = await client.post(path, content=body, headers=repeated)
    assert answer.status_code == 401
    assert doors.publisher.confirmed == []


@each_provider
async def test_a_repetition_is_the_same_event_again(provider: Provider) -> None:
    doors = IngestDoors()
    for _ in range(2):
        await provider.post(doors, provider.text())
        doors.clock.time += 60
    first, second = doors.publisher.events
    assert first.id == second.id
    assert first.data == second.data


@each_provider
async def test_what_is_not_durable_is_answered_503_so_that_it_is_sent_again(
    provider: Provider,
) -> None:
    doors = IngestDoors()
    doors.publisher.mode = "fail"
    answer = await provider.post(doors, provider.text())
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


DOORS = IngestDoors()  # for many examples
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(
    [
        "type", "event", "object", "message", "message_token", "secret", "group_id", "sender",
        "for_user_id", "direct_message_events", "team_id", "api_app_id", "channel", "ts",
        "challenge",
    ]
)  # fmt: skip


@each_provider
@given(body=st.binary(max_size=64) | anything | st.dictionaries(names, anything))
def test_a_body_of_no_known_shape_is_no_event_and_no_error_of_ours(
    provider: Provider, body: object
) -> None:
    answer = asyncio.run(provider.post(DOORS, body))
    assert answer.status_code < 500
    assert DOORS.publisher.confirmed == []


@each_provider
@given(data=st.data())
def test_a_message_with_something_else_in_one_place_is_no_error_of_ours(
    provider: Provider, data: st.DataObject
) -> None:
    body = provider.text()
    where, name = data.draw(st.sampled_from(list(_places(body))))
    where[name] = data.draw(anything | st.text(min_size=300, max_size=600))
    answer = asyncio.run(provider.post(DOORS, body))
    assert answer.status_code < 500
    DOORS.publisher.confirmed.clear()


def _places(value: Any) -> Any:
    """Every place of a document: a container, and the key or index in it."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for name, each in list(inside):
        yield value, name
        if isinstance(each, dict | list):
            yield from _places(each)


async def test_a_secret_that_is_not_latin_in_a_body_is_answered_401() -> None:
    doors = IngestDoors()
    answer = await VK.post(doors, VK.text(), secret="секрет нашего сообщества")
    assert answer.status_code == 401
