"""Every HTTP door, whatever its provider: what is genuine arrives once, what is not never does, and
a doubt of ours is a 503."""

import asyncio

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.channels import CHANNELS
from services.ingest.errors import Unavailable
from services.ingest.secrets import Secrets
from tests.fakes.ingest_doors import IngestDoors
from tests.fakes.knocks import KNOCKS, WRONG, Knock
from tests.outcomes import Seen

each_door = pytest.mark.parametrize("knock", KNOCKS, ids=lambda knock: knock.door)

MALFORMED = 1_000


def ids(doors: IngestDoors) -> set[str]:
    return {event.id for event in doors.publisher.events}


def told(answer: httpx.Response, doors: IngestDoors) -> str:
    many = len(ids(doors))
    return f"{answer.status_code}, {many or 'no'} message"


def test_every_section_of_the_accounts_file_has_a_door_here() -> None:
    sections = {each.section for each in CHANNELS} - {"integrations"}
    assert sections <= {knock.door for knock in KNOCKS}


@each_door
async def test_a_genuine_request_is_taken(knock: Knock, seen: Seen) -> None:
    doors = IngestDoors()
    answer = await doors.post(**knock.request())
    assert 200 <= answer.status_code < 300
    assert len(ids(doors)) == 1
    seen(knock.door, "genuine", told(answer, doors))


@each_door
async def test_five_of_the_same_at_once_are_one_message(knock: Knock, seen: Seen) -> None:
    doors = IngestDoors()
    answers = await asyncio.gather(*(doors.post(**knock.request()) for _ in range(5)))
    assert {answer.status_code // 100 for answer in answers} == {2}
    assert len(ids(doors)) == 1
    seen(knock.door, "the same ×5", told(answers[0], doors))


@each_door
async def test_a_forged_request_is_no_message(knock: Knock, seen: Seen) -> None:
    doors = IngestDoors()
    answer = await doors.post(**knock.request(secret=WRONG))
    assert answer.status_code == 401
    assert not ids(doors)
    seen(knock.door, "forged", told(answer, doors))


@each_door
def test_a_malformed_body_is_no_message_even_under_a_genuine_proof(
    knock: Knock, seen: Seen
) -> None:
    doors = IngestDoors()
    genuine = knock.put(knock.body, knock.secret)
    statuses: set[int] = set()

    @settings(max_examples=MALFORMED)
    @given(
        junk=st.binary(max_size=60),
        start=st.integers(0, len(genuine)),
        torn=st.booleans(),
    )
    def knocking(junk: bytes, start: int, torn: bool) -> None:
        doors.publisher.confirmed.clear()
        doors.clock.time += 1  # who fails often is answered 429 for a while
        body = genuine[:start] + junk + genuine[start + 1 :] if torn else junk
        answer = asyncio.run(doors.post(**knock.request(body=body)))
        assert answer.status_code < 500
        assert not ids(doors) or answer.status_code < 300
        statuses.add(answer.status_code)

    knocking()
    assert statuses & {400, 401, 422}
    says = ", ".join(str(each) for each in sorted(statuses))
    seen(knock.door, f"malformed ×{MALFORMED:,}", says)


@each_door
async def test_an_oversized_body_is_no_message(knock: Knock, seen: Seen) -> None:
    doors = IngestDoors()
    answer = await doors.post(**knock.request(body=b" " * knock.too_large))
    assert answer.status_code == 413
    assert not ids(doors)
    seen(knock.door, "oversized", told(answer, doors))


@each_door
async def test_without_a_broker_the_provider_is_told_to_come_again(
    knock: Knock, seen: Seen
) -> None:
    doors = IngestDoors()
    doors.publisher.mode = "fail"
    answer = await doors.post(**knock.request())
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    seen(knock.door, "broker down", told(answer, doors))


@pytest.mark.parametrize(
    "knock", [each for each in KNOCKS if each.has_secrets], ids=lambda knock: knock.door
)
async def test_while_its_secrets_cannot_be_read_the_provider_is_told_to_come_again(
    knock: Knock, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(_self: Secrets) -> tuple[bytes, ...]:
        raise Unavailable("the store is down")

    monkeypatch.setattr(Secrets, "valid", unreadable)
    doors = IngestDoors()
    answer = await doors.post(**knock.request())
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert not ids(doors)
    seen(knock.door, "secrets down", told(answer, doors))
