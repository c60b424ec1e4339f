"""Routers of both roles that explain over HTTP, and what they tell."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import httpx
from pydantic import SecretStr

from services.router.explain.model import Explanation
from tests.integration.dealer_world import World

TOKEN: Final = "a token of some length"
BEARER: Final = {"Authorization": f"Bearer {TOKEN}"}
OF_FEW: Final = "a token that few people have"
ROLE: Final = {"Authorization": f"Bearer {OF_FEW}"}
"""Of those who may read of confidential tickets."""

_RECORDED_SECONDS: Final = 30.0


def explaining(world: World, **changed: Any) -> AbstractAsyncContextManager[httpx.AsyncClient]:
    """A running sorter, dealer and recorder; talks to its HTTP."""
    return world.dealer(
        router_role="both",
        router_explain_token=SecretStr(TOKEN),
        router_explain_confidential_token=SecretStr(OF_FEW),
        **changed,
    )


async def explained(
    client: httpx.AsyncClient,
    ticket: str,
    whole: Callable[[Explanation], bool] = lambda _: True,
    *,
    agent: str | None = None,
    shown: Mapping[str, str] = BEARER,
) -> Explanation:
    """Once the recorder has caught up: nothing is missing, and the story is whole."""
    async with asyncio.timeout(_RECORDED_SECONDS):
        while True:
            answer = await client.get(
                f"/v1/tickets/{ticket}/explain",
                params={} if agent is None else {"agent": agent},
                headers=shown,
            )
            told = Explanation.model_validate_json(answer.raise_for_status().content)
            if whole(told) and not told.gaps:
                return told
            await asyncio.sleep(0.05)


def steps_of(told: Explanation) -> list[str]:
    return [moment.on for moment in told.moments]
