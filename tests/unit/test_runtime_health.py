"""Health and metrics over HTTP, alone or inside another app."""

import asyncio
from collections.abc import Mapping

import httpx

from shared.runtime.health import Check, app_of, health_routes
from shared.runtime.http import HttpServer
from shared.runtime.metrics import LOST_FENCES, Metrics


async def get(path: str, checks: Mapping[str, Check], metrics: Metrics) -> httpx.Response:
    transport = httpx.ASGITransport(app=app_of(health_routes(checks, metrics)))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return await client.get(path)


async def test_a_service_is_ready_when_every_check_says_yes() -> None:
    async def asked() -> bool:
        return True

    answer = await get("/health/ready", {"broker": asked, "store": lambda: True}, Metrics())
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "waiting_for": []})


async def test_what_is_not_ready_is_named_and_a_failing_check_is_a_no() -> None:
    def broken() -> bool:
        raise ConnectionError

    checks: dict[str, Check] = {
        "broker": lambda: True,
        "store": lambda: False,
        "assignment": broken,
    }
    answer = await get("/health/ready", checks, Metrics())
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "waiting_for": ["store", "assignment"]}


async def test_a_service_that_is_not_ready_still_lives() -> None:
    answer = await get("/health/live", {"store": lambda: False}, Metrics())
    assert answer.status_code == 200


async def test_metrics_are_exposed() -> None:
    metrics = Metrics()
    metrics[LOST_FENCES].inc()
    answer = await get("/metrics", {}, metrics)
    assert "croupier_lost_fences_total 1.0" in answer.text


async def test_a_server_serves_in_this_loop_until_its_block_ends() -> None:
    app = app_of(health_routes({}, Metrics()))
    async with HttpServer(app, host="127.0.0.1", port=0) as server:
        host, port = server.address
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://{host}:{port}/health/live")
        ended = asyncio.create_task(server.wait())
    assert answer.status_code == 200
    await ended
