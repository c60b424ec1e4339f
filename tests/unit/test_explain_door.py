"""Who may ask for explanations over HTTP, and what they are answered."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from services.router.explain.api import explain_route
from services.router.explain.model import Explanation
from services.router.explain.readers import Tokens
from services.router.ports import StoredTicket
from services.router.settings import RouterSettings
from shared.runtime.health import app_of
from shared.store.errors import Transient
from tests.unit.explain_recording import Recording

TOKEN = "a token of some length"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Away(Recording):
    """A store that does not answer."""

    async def tickets(self, ids: Sequence[str]) -> Sequence[StoredTicket]:
        raise Transient("AutoReconnect code=None")


@asynccontextmanager
async def door(
    desk: Recording, token: str | None = TOKEN, *, of_few: str | None = None, ready: bool = True
) -> AsyncIterator[httpx.AsyncClient]:
    """of_few: the token of the role `confidential`."""
    route = explain_route(desk.explainer(), Tokens(token, of_few), ready=lambda: ready)
    transport = httpx.ASGITransport(app=app_of([route]))
    async with httpx.AsyncClient(transport=transport, base_url="http://router") as client:
        yield client


def dealt() -> Recording:
    desk = Recording()
    desk.staff(anna=1.0, boris=1.0)
    desk.deal("t1")
    return desk


async def test_an_operator_is_told_the_story_as_json() -> None:
    async with door(dealt()) as client:
        answer = await client.get("/v1/tickets/t1/explain?agent=boris", headers=BEARER)

    told = Explanation.model_validate_json(answer.content)
    assert answer.status_code == 200
    assert [each.on for each in told.moments] == ["opened", "dealt"]
    assert told.moments[1].why_not is not None
    assert told.moments[1].why_not.agent == "boris"


async def test_a_ticket_that_does_not_exist_is_a_problem_that_names_it() -> None:
    async with door(dealt()) as client:
        answer = await client.get("/v1/tickets/t%2F9/explain", headers=BEARER)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "there is no ticket t/9"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer another one"},
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": b"Bearer \xff\xfe"},
    ],
)
async def test_without_the_token_nothing_is_told(headers: dict[str, Any]) -> None:
    async with door(dealt()) as client:
        answer = await client.get("/v1/tickets/t1/explain", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "t1" not in answer.text


@pytest.mark.parametrize("token", [None, ""])
async def test_without_a_token_set_the_door_is_closed_to_everybody(token: str | None) -> None:
    async with door(dealt(), token) as client:
        for headers in ({}, {"Authorization": "Bearer "}, BEARER):
            answer = await client.get("/v1/tickets/t1/explain", headers=headers)
            assert answer.status_code == 403


async def test_a_store_that_is_away_is_said_to_be() -> None:
    async with door(Away()) as client:
        answer = await client.get("/v1/tickets/t1/explain", headers=BEARER)
    assert answer.status_code == 503


async def test_nobody_is_told_before_the_policy_in_force_is_known() -> None:
    async with door(dealt(), ready=False) as client:
        answer = await client.get("/v1/tickets/t1/explain", headers=BEARER)
    assert (answer.status_code, answer.json()["detail"]) == (503, "the router is starting")


async def test_an_id_longer_than_any_is_refused() -> None:
    async with door(dealt()) as client:
        answer = await client.get(f"/v1/tickets/{'x' * 513}/explain", headers=BEARER)
    assert answer.status_code == 400


NAMES = {
    "operator": "router_explain_token",
    "confidential": "router_explain_confidential_token",
}


@pytest.mark.parametrize("role", NAMES)
def test_a_token_comes_from_the_environment_or_from_a_file(
    role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    variable = f"CROUPIER_{NAMES[role].upper()}"
    assert RouterSettings().explain_tokens() == Tokens()
    for name, value, token in (
        (variable, "", None),
        (variable, TOKEN, TOKEN),
        (f"{variable}_FILE", str(file), TOKEN),
    ):
        with monkeypatch.context() as environment:
            environment.setenv(name, value)
            assert RouterSettings().explain_tokens() == Tokens(**{role: token})


@pytest.mark.parametrize("name", NAMES.values())
def test_a_token_that_can_be_guessed_or_given_twice_is_refused_by_name(
    name: str, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text("short")
    with pytest.raises(ValueError, match=f"CROUPIER_{name.upper()}: give .* at least 16 character"):
        RouterSettings.model_validate({name: "short"}).explain_tokens()
    with pytest.raises(ValueError, match=f"{file}: give a token of at least 16 characters"):
        RouterSettings.model_validate({f"{name}_file": file}).explain_tokens()
    with pytest.raises(ValidationError, match=f"CROUPIER_{name.upper()}_FILE, not both"):
        RouterSettings.model_validate({name: TOKEN, f"{name}_file": "token"})


def test_one_token_for_both_roles_is_refused() -> None:
    given = RouterSettings(
        router_explain_token=SecretStr(TOKEN), router_explain_confidential_token=SecretStr(TOKEN)
    )
    with pytest.raises(ValueError, match="_TOKEN are the same: give each role its own"):
        given.explain_tokens()
