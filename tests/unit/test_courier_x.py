"""X takes what we sign, and each of its answers has its meaning."""

import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.ingest.channels.x import XAccount
from services.ingest.courier.delivery import Delivery, Doubtful, Later, Outcome, Refused, Sent
from services.ingest.courier.http import HttpProviders
from services.ingest.courier.sender import Reply, Unsendable
from services.ingest.courier.senders.x import XSender
from services.ingest.secrets import Secrets
from tests.standins.x import XStandIn, running_x

KEYS = {
    "key": "xvz1evFS4wEEPTGEFPHBog",
    "secret": "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
    "token": "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
    "token_secret": "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
}


def account(**more: Any) -> XAccount:
    known = {
        "user_id": "4337869222",
        "secrets": Secrets.of(KEYS["secret"]),
        "key": KEYS["key"],
        "token": Secrets.of(KEYS["token"]),
        "token_secret": Secrets.of(KEYS["token_secret"]),
    }
    return XAccount(**{**known, **more})


def reply(recipient: str = "77", *, since: float | None = None) -> Delivery:
    return Delivery(
        reply="r-1",
        ticket="t-1",
        key=f"x:ours:{recipient}",
        partition=0,
        offset=0,
        channel="x",
        account="ours",
        recipient=recipient,
        text="<hello> & привет",
        asked_at=0.0,
        expires_at=1.0,
        attempt=1,
        since=time.time() if since is None else since,
    )


@pytest.fixture
async def x() -> AsyncIterator[XStandIn]:
    async with running_x(**KEYS) as stand_in:
        yield stand_in


async def outcome(x: XStandIn, it: Delivery, **more: Any) -> Outcome:
    sender = XSender({"ours": account(api=x.url, **more)})
    async with HttpProviders(seconds=2.0, connections=1) as providers:
        return sender.outcome(await providers.call(sender.call(it, it.text)))


async def test_a_message_that_we_signed_arrives(x: XStandIn) -> None:
    assert await outcome(x, reply()) == Sent("1")
    assert x.delivered == [(77, "<hello> & привет")]


async def test_each_attempt_is_signed_anew(x: XStandIn) -> None:
    first = reply()
    assert await outcome(x, first) == Sent("1")
    assert isinstance(await outcome(x, first), Later)  # a nonce that X has seen
    assert await outcome(x, replace(first, attempt=2)) == Sent("2")
    assert await outcome(x, replace(first, part=1)) == Sent("3")


@pytest.mark.parametrize("name", ["secrets", "token", "token_secret"])
async def test_a_wrong_secret_is_ours_to_mend(x: XStandIn, name: str) -> None:
    wrong = await outcome(x, reply(), **{name: Secrets.of("another-secret-than-that")})
    assert wrong == Later(
        "x answered 401: are the app's keys, permissions and plan right?", ours=True
    )
    assert x.delivered == []


async def test_after_429_we_wait_until_the_window_ends(x: XStandIn) -> None:
    x.moods.append("throttles")
    means = await outcome(x, reply())
    assert isinstance(means, Later)
    assert means.ours
    assert means.after is not None
    assert 1.0 <= means.after <= 3.0


DATE = "Tue, 24 Nov 2026 10:00:00 GMT"
AT = 1795514400


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"x-rate-limit-reset": str(AT + 600), "date": DATE}, 600.0),
        ({"x-rate-limit-reset": str(AT - 5), "date": DATE}, 1.0),
        ({"x-rate-limit-reset": str(AT + 10**6), "date": DATE}, 86_400.0),
        (
            {
                "x-rate-limit-remaining": "3",
                "x-rate-limit-reset": str(AT + 60),
                "x-user-limit-24hour-remaining": "0",
                "x-user-limit-24hour-reset": str(AT + 7_200),
                "date": DATE,
            },
            7_200.0,
        ),
        ({"x-rate-limit-reset": str(AT + 600)}, None),
        ({"x-rate-limit-reset": str(AT + 600), "date": "today"}, None),
        ({"x-rate-limit-reset": "١٢٣", "date": DATE}, None),
        ({"date": DATE, "retry-after": "30"}, 30.0),
        ({}, None),
    ],
)
def test_the_window_s_end_is_read_by_x_s_own_clock(
    headers: dict[str, str], after: float | None
) -> None:
    means = XSender({}).outcome(Reply(429, headers, b"{}"))
    assert means == Later("x answered 429", after, ours=True)


def problem(status: int, detail: str = "", kind: str = "about:blank") -> Reply:
    return Reply(status, {}, orjson.dumps({"detail": detail, "type": kind, "status": status}))


OURS = "are the app's keys, permissions and plan right?"
TYPES = "https://api.twitter.com/2/problems/"


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (Reply(201, {}, b'{"data": {"dm_event_id": "15"}}'), Sent("15")),
        (Reply(201, {}, b"{}"), Doubtful("x answered 201")),
        (
            problem(403, "You do not have permission to DM one or more participants."),
            Refused("x answered 403: the customer takes no messages from us"),
        ),
        (problem(403, "Forbidden"), Refused("x answered 403: not accepted")),
        (
            problem(403, "no permissions", TYPES + "oauth1-permissions"),
            Later(f"x answered 403: {OURS}", ours=True),
        ),
        (
            problem(403, "", TYPES + "client-forbidden"),
            Later(f"x answered 403: {OURS}", ours=True),
        ),
        (problem(402, "no credits"), Later(f"x answered 402: {OURS}", ours=True)),
        (problem(404), Refused("x answered 404: not accepted")),
        (problem(400), Refused("x answered 400: not accepted")),
        (Reply(503, {"retry-after": "9"}, b""), Later("x answered 503", 9.0, ours=True)),
        (problem(500), Doubtful("x answered 500")),
        (Reply(502, {}, b"<html>"), Doubtful("x answered 502")),
    ],
)
def test_an_answer_has_its_meaning(answer: Reply, means: Outcome) -> None:
    assert XSender({}).outcome(answer) == means


@given(
    status=st.sampled_from((200, 201, 301, 400, 401, 403, 404, 429, 500, 503)),
    body=st.dictionaries(
        st.sampled_from(("data", "type", "detail")),
        st.none() | st.integers() | st.text(max_size=5) | st.just({"dm_event_id": [1]}),
    ),
    headers=st.dictionaries(
        st.sampled_from(("date", "x-rate-limit-reset", "retry-after")), st.text(max_size=9)
    ),
)
def test_whatever_x_answers_has_some_meaning(
    status: int, body: dict[str, object], headers: dict[str, str]
) -> None:
    means = XSender({}).outcome(Reply(status, headers, json.dumps(body).encode()))
    assert isinstance(means, Sent | Refused | Later | Doubtful)
    assert not isinstance(means, Sent) or status < 300


@pytest.mark.parametrize("recipient", ["7/../8", "٧", "me", "7?x=1", " 7"])
def test_what_is_no_user_s_id_becomes_no_address(recipient: str) -> None:
    with pytest.raises(Unsendable):
        XSender({"ours": account()}).call(reply(recipient), "hello")


def test_a_user_without_a_token_is_an_integration_s() -> None:
    bare = account(key=None, token=None, token_secret=None)
    assert not XSender({"ours": bare}).serves("ours")
    assert not XSender({}).serves("ours")
    assert XSender({"ours": account()}).serves("ours")
    with pytest.raises(ValidationError, match="go together"):
        account(token_secret=None)


def test_neither_secrets_nor_text_show_when_a_call_is_printed() -> None:
    shown = repr(XSender({"ours": account()}).call(reply(), "my words"))
    for hidden in (*KEYS.values(), "my words"):
        assert hidden not in shown
