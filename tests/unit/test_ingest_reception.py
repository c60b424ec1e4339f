"""What stands in front of the doors: it refuses only when there is a queue that no pass of the loop
gets done."""

import asyncio
from dataclasses import dataclass, field

import httpx
from starlette.requests import Request
from starlette.responses import Response

from services.ingest.channels import channels_of
from services.ingest.channels.adapter import ChannelAdapter
from services.ingest.reception import BUSY_SECONDS, LEAST, LONG_PASS, Reception
from shared.runtime.metrics import MESSAGES
from tests.fakes.ingest_doors import ACCOUNTS, SITE_KEY, IngestDoors, message

PASSES = round(BUSY_SECONDS / LONG_PASS) + 2


@dataclass
class Desk:
    """A reception whose every webhook takes `work` seconds of the processor."""

    work: float
    doors: IngestDoors = field(default_factory=IngestDoors)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app = Reception(
            self.doors.app,
            channels=channels_of(ACCOUNTS),
            answer=self._answer,
            clock=self.doors.clock,
            metrics=self.doors.metrics,
        )

    async def _answer(self, adapter: ChannelAdapter, request: Request) -> Response:
        self.doors.clock.time += self.work
        self.asked.append((adapter.channel, request.path_params["account"]))
        return Response("taken")

    async def post(self, path: str = "/v1/messages") -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://ingest") as client:
            return await client.post(path)

    async def crowd(self, count: int = 2 * LEAST) -> list[int]:
        """So many at once; the statuses."""
        answers = await asyncio.gather(*(self.post() for _ in range(count)))
        await asyncio.sleep(0)  # the pass ends
        return [answer.status_code for answer in answers]


async def test_a_webhook_goes_to_its_door_with_its_account() -> None:
    desk = Desk(work=0.0)
    for path in ("/v1/messages", "/v1/telegram/lucky_bot", "/v1/twilio/line/voice/wait"):
        assert (await desk.post(path)).text == "taken"
    assert desk.asked == [("form", ""), ("telegram", "lucky_bot"), ("phone", "line")]


async def test_what_is_no_webhook_is_left_to_the_rest() -> None:
    desk = Desk(work=0.0)
    for path in ("/v1/telegram/", "/v1/telegram", "/v1/telegram/a/b", "/nowhere", ""):
        assert (await desk.post(path)).status_code == 404
    assert desk.asked == []


async def test_a_crowd_that_comes_at_once_is_taken_however_long_it_takes() -> None:
    assert set(await Desk(work=0.1).crowd()) == {200}


async def test_when_pass_after_pass_is_long_a_part_is_taken_and_the_rest_told_to_come_again() -> (
    None
):
    desk = Desk(work=LONG_PASS)
    crowds = [await desk.crowd() for _ in range(PASSES)]
    assert crowds[-1].count(200) == LEAST
    assert crowds[-1].count(503) == LEAST
    refused = sum(crowd.count(503) for crowd in crowds)
    assert desk.doors.count(MESSAGES, channel="form", outcome="unavailable") == refused
    [refusal] = [
        each
        for each in await asyncio.gather(*(desk.post() for _ in range(LEAST + 1)))
        if each.status_code == 503
    ]
    assert int(refusal.headers["Retry-After"]) > 0
    assert refusal.headers["Content-Type"] == "application/problem+json"


async def test_one_long_pass_does_not_speak_against_the_next_crowd() -> None:
    desk = Desk(work=LONG_PASS)
    assert set(await desk.crowd()) | set(await desk.crowd()) == {200}


async def test_long_passes_with_as_long_a_pause_after_each_refuse_nobody() -> None:
    desk = Desk(work=LONG_PASS / LEAST)
    for _ in range(2 * PASSES):
        began = desk.doors.clock.time
        assert set(await desk.crowd()) == {200}
        desk.doors.clock.time += desk.doors.clock.time - began


async def test_short_passes_between_the_long_ones_do_not_end_the_refusing() -> None:
    desk = Desk(work=LONG_PASS)
    for _ in range(PASSES):
        await desk.crowd()
        desk.work = 0.0
        await desk.crowd(1)
        desk.work = LONG_PASS
    assert 503 in await desk.crowd()


async def test_pauses_between_the_passes_end_the_refusing() -> None:
    desk = Desk(work=LONG_PASS)
    for _ in range(PASSES):
        await desk.crowd()
    desk.work = 0.0
    for _ in range(4):
        desk.doors.clock.time += BUSY_SECONDS / 2
        await desk.crowd(1)
    desk.work = LONG_PASS
    assert set(await desk.crowd()) == {200}


async def test_a_pause_ends_the_refusing() -> None:
    desk = Desk(work=LONG_PASS)
    for _ in range(PASSES):
        await desk.crowd()
    desk.doors.clock.time += 1.0
    assert set(await desk.crowd()) == {200}


async def test_the_doors_behind_it_answer_as_they_do_alone() -> None:
    doors = IngestDoors()
    app = Reception(
        doors.app,
        channels=channels_of(ACCOUNTS),
        answer=doors.answer,
        clock=doors.clock,
        metrics=doors.metrics,
    )
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ingest") as client:
        answer = await client.post("/v1/messages", json=message(), headers={"X-Api-Key": SITE_KEY})
    assert (answer.status_code, answer.json()) == (202, {"accepted": ["form:website:m-1"]})
