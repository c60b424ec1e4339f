"""Meta's proofs: the signature over the bytes it sent, and the handshake."""

import json
from typing import Any

import pytest
from pywa.utils import webhook_updates_validator

from services.ingest.channels.adapter import RawRequest
from services.ingest.channels.meta import MetaAccount, WhatsAppChannel
from services.ingest.errors import Unauthenticated, Unavailable
from services.ingest.secrets import Secrets
from shared.runtime.clock import utc
from shared.runtime.metrics import MESSAGES
from tests.fakes.ingest_doors import NOW, IngestDoors
from tests.fakes.meta import (
    APP_SECRET,
    HEADER,
    OLD_APP_SECRET,
    OLD_VERIFY_TOKEN,
    PATHS,
    VERIFY_TOKEN,
    deliver,
    deliver_sample,
    names,
    path_of,
    sample,
    signature,
)

TEXTS = ["whatsapp_text", "messenger_text", "instagram_text"]
EVERY = [name for door in PATHS for name in names(door)]


@pytest.mark.parametrize("name", TEXTS)
async def test_what_meta_signed_is_taken(name: str) -> None:
    doors = IngestDoors()
    answer = await deliver_sample(doors, name)
    assert answer.status_code == 200
    assert len(answer.json()["accepted"]) == len(doors.publisher.confirmed) == 1


@pytest.mark.parametrize("name", EVERY)
async def test_a_library_for_whatsapp_agrees_about_every_signature(name: str) -> None:
    body, doors = sample(name), IngestDoors()
    for claimed in (signature(body), signature(body, OLD_APP_SECRET), signature(body + b" ")):
        theirs = any(
            webhook_updates_validator(secret, body, claimed)
            for secret in (APP_SECRET, OLD_APP_SECRET)
        )
        ours = await deliver(doors, body, path_of(name), **{HEADER: claimed})
        assert (ours.status_code == 200) == theirs


def test_the_published_example_of_a_signature_is_recognised() -> None:
    account = MetaAccount(
        secrets=Secrets.of("It's a Secret to Everybody"), verify_tokens=Secrets.of(VERIFY_TOKEN)
    )
    channel = WhatsAppChannel({"octo": account})
    digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    def ask(body: bytes) -> str:
        headers = {"x-hub-signature-256": f"sha256={digest}"}
        return channel.verify(RawRequest("octo", headers, body, utc(NOW)))

    assert ask(b"Hello, World!") == "octo"
    with pytest.raises(Unauthenticated):
        ask(b"Hello, World?")


async def test_the_bytes_are_checked_as_they_came() -> None:
    """Escaped or not, it is the same JSON; it is not the same signature."""
    escaped = sample("whatsapp_text")
    plain = json.dumps(json.loads(escaped), ensure_ascii=False).encode()
    assert b"\\u" in escaped
    assert b"\\u" not in plain
    doors = IngestDoors()
    assert (await deliver(doors, escaped, path_of("whatsapp_"))).status_code == 200
    forged = await deliver(doors, plain, path_of("whatsapp_"), **{HEADER: signature(escaped)})
    assert forged.status_code == 401
    [event] = doors.publisher.events
    assert "Param nerede? 💸" in str(event.data)


@pytest.mark.parametrize("name", TEXTS)
async def test_the_second_secret_counts_in_rotation(name: str) -> None:
    body = sample(name)
    old = {HEADER: signature(body, OLD_APP_SECRET)}
    assert (await deliver(IngestDoors(), body, path_of(name), **old)).status_code == 200


GENUINE = signature(sample("whatsapp_text"))


@pytest.mark.parametrize(
    "claimed",
    [
        "",
        "sha256=",
        GENUINE.removeprefix("sha256="),
        GENUINE.upper(),
        GENUINE.replace("sha256", "sha1"),
        GENUINE[:-1],
        f"{GENUINE}, {GENUINE}",
        signature(sample("whatsapp_text"), "somebody else's secret"),
        "sha256=подпись".encode(),
        b"sha256=\xff\xfe",
    ],
)
async def test_a_wrong_signature_is_answered_401(claimed: Any) -> None:
    doors = IngestDoors()
    answer = await deliver(doors, sample("whatsapp_text"), PATHS["whatsapp"], **{HEADER: claimed})
    assert answer.status_code == 401
    assert doors.publisher.confirmed == []


@pytest.mark.parametrize("name", TEXTS)
async def test_a_missing_signature_is_answered_401(name: str) -> None:
    doors = IngestDoors()
    answer = await doors.post(content=sample(name), path=path_of(name))
    assert answer.status_code == 401


@pytest.mark.parametrize("name", TEXTS)
async def test_an_altered_body_is_answered_401(name: str) -> None:
    doors, body = IngestDoors(), sample(name)
    answer = await deliver(doors, body + b"\n", path_of(name), **{HEADER: signature(body)})
    assert answer.status_code == 401


@pytest.mark.parametrize("forged_first", [True, False])
async def test_a_repeated_signature_is_no_way_around_it(forged_first: bool) -> None:
    """An altered body stays refused, whichever of the two headers is read."""
    doors, body = IngestDoors(), sample("whatsapp_text")
    pair = [signature(body, "somebody else's secret"), signature(body)]
    if not forged_first:
        pair.reverse()
    headers = [("Content-Type", "application/json"), *((HEADER, each) for each in pair)]
    async with doors.client() as client:
        answer = await client.post(PATHS["whatsapp"], content=body + b" ", headers=headers)
        assert answer.status_code == 401
        answer = await client.post(PATHS["whatsapp"], content=body, headers=headers)
        assert answer.status_code in (200, 401)


@pytest.mark.parametrize("name", TEXTS)
async def test_an_unknown_account_is_answered_as_a_wrong_signature(name: str) -> None:
    doors, body = IngestDoors(), sample(name)
    path = path_of(name).rpartition("/")[0]
    unknown = await deliver(doors, body, f"{path}/nobody")
    wrong = await deliver(doors, body, path_of(name), **{HEADER: "sha256=00"})
    assert unknown.status_code == wrong.status_code == 401
    assert unknown.json() == wrong.json()


async def test_an_account_without_a_readable_secret_asks_to_try_again() -> None:
    account = MetaAccount(secrets=Secrets([]), verify_tokens=Secrets([]))
    channel = WhatsAppChannel({"lost": account})
    with pytest.raises(Unavailable):
        channel.verify(RawRequest("lost", {}, b"{}", utc(NOW)))
    with pytest.raises(Unavailable):
        channel.greet(RawRequest("lost", {}, b"", utc(NOW)))


async def test_a_body_of_three_megabytes_is_taken_and_one_of_five_is_not() -> None:
    card = {"name": {"formatted_name": "Jonas"}, "vcard": "x" * 3_000_000}
    message = {"from": "1", "id": "wamid.1", "timestamp": "1", "type": "contacts"}
    value = {"messages": [{**message, "contacts": [card]}], "metadata": {"phone_number_id": "1"}}
    changes = [{"field": "messages", "value": value}]
    body = json.dumps({"object": "whatsapp_business_account", "entry": [{"changes": changes}]})
    doors, path = IngestDoors(), "/v1/whatsapp/any_phone"
    assert (await deliver(doors, body.encode(), path)).json()["accepted"]
    large = body.replace('"Jonas"', '"' + "J" * 2_000_000 + '"')
    assert (await deliver(doors, large.encode(), path)).status_code == 413


async def test_a_thousand_updates_come_in_one_body() -> None:
    body = json.loads(sample("messenger_text"))
    [item] = body["entry"][0]["messaging"]
    body["entry"] = [
        {"id": "1067280970047460", "time": 1, "messaging": [_numbered(item, each)]}
        for each in range(1000)
    ]
    doors = IngestDoors()
    answer = await deliver(doors, json.dumps(body).encode(), PATHS["messenger"])
    assert len(answer.json()["accepted"]) == len(set(answer.json()["accepted"])) == 1000


def _numbered(item: dict[str, Any], number: int) -> dict[str, Any]:
    return {**item, "message": {"mid": f"m_{number}", "text": "x" * 1000}}


@pytest.mark.parametrize("name", TEXTS)
async def test_while_the_broker_is_down_meta_is_asked_to_repeat(name: str) -> None:
    doors = IngestDoors()
    doors.publisher.mode = "fail"
    answer = await deliver_sample(doors, name)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b'{"object": "whatsapp_business', b"\xff"]
)
@pytest.mark.parametrize("path", PATHS.values())
async def test_what_is_no_json_object_is_refused_even_where_it_is_signed(
    body: bytes, path: str
) -> None:
    assert (await deliver(IngestDoors(), body, path)).status_code == 400


@pytest.mark.parametrize("name", TEXTS)
async def test_what_is_about_another_product_of_meta_is_ignored(name: str) -> None:
    for door, path in PATHS.items():
        doors = IngestDoors()
        answer = await deliver(doors, sample(name), path)
        assert answer.status_code == 200
        assert bool(doors.publisher.confirmed) == (path == path_of(name))
        outcome = "accepted" if path == path_of(name) else "ignored"
        assert doors.count(MESSAGES, channel=door, outcome=outcome) == 1


async def greeted(path: str, **asked: str) -> tuple[int, str, str]:
    query = {
        "hub.mode": "subscribe",
        "hub.verify_token": VERIFY_TOKEN,
        "hub.challenge": "1158201444",
        **{f"hub.{name}": value for name, value in asked.items()},
    }
    async with IngestDoors().client() as client:
        answer = await client.get(path, params=query)
    return answer.status_code, answer.text, answer.headers["content-type"]


@pytest.mark.parametrize("path", PATHS.values())
@pytest.mark.parametrize("token", [VERIFY_TOKEN, OLD_VERIFY_TOKEN])
async def test_the_handshake_gives_the_challenge_back(path: str, token: str) -> None:
    status, text, media = await greeted(path, verify_token=token)
    assert (status, text) == (200, "1158201444")
    assert media.startswith("text/plain")


@pytest.mark.parametrize(
    "asked",
    [
        {"verify_token": "wrong"},
        {"verify_token": ""},
        {"verify_token": "žodis"},
        {"verify_token": APP_SECRET},
        {"mode": "unsubscribe"},
        {"challenge": ""},
        {"challenge": "<script>alert(1)</script>"},
        {"challenge": "1158201444\nSet-Cookie: a=b"},
        {"challenge": "1" * 201},
        {"challenge": "١٢٣"},
    ],
)
async def test_a_handshake_that_is_not_metas_is_answered_401(asked: dict[str, str]) -> None:
    status, text, _ = await greeted(PATHS["whatsapp"], **asked)
    assert status == 401
    assert asked.get("challenge", "1158201444") not in text or not asked.get("challenge")


@pytest.mark.parametrize("query", ["", "hub.mode", "&".join(["a=1"] * 50), "%ff=%ff", "hub.mode=%"])
async def test_a_handshake_without_its_parts_is_answered_401(query: str) -> None:
    async with IngestDoors().client() as client:
        assert (await client.get(f"{PATHS['whatsapp']}?{query}")).status_code == 401


async def test_the_handshake_of_an_unknown_account_is_answered_401() -> None:
    assert (await greeted("/v1/whatsapp/nobody"))[0] == 401
