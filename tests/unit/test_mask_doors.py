"""A card number sent through any door, wherever in what the provider posts, gets nowhere."""

import json
from typing import Any

import pytest
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from cli.mask_score import digits_left
from tests.fakes.card_doors import SAMPLES_AT_DOORS, SMTP, TALKS, Answer, Sample, talk
from tests.fakes.ingest_doors import IngestDoors
from tests.fakes.knocks import KNOCKS

CARD = "5555555555554444"
WRITTEN = {"plain": CARD, "in words": "my card is 5555-5555 5555\u200b٤٤٤٤, thanks"}
# Ids are never changed: a reply is addressed to one, a file is asked for by one.
IDS = {
    *("sender", "message_id", "of", "in_reply_to", "customer", "account", "ref"),
    *("provider_id", "reply"),
}

each_sample = pytest.mark.parametrize("sample", SAMPLES_AT_DOORS, ids=str)


def words_of(value: Any) -> Any:
    """An event's data without ids."""
    match value:
        case dict():
            return {key: words_of(item) for key, item in value.items() if key not in IDS}
        case list():
            return [words_of(item) for item in value]
        case _:
            return value


def leaks(doors: IngestDoors, answer: Answer, logged: list[Any]) -> dict[str, str]:
    """Where the card is, of all that leaves the process: there should be nothing."""
    published = [json.loads(record.value)["data"] for record in doors.publisher.confirmed]
    gone = {
        "records": json.dumps([words_of(each) for each in published], ensure_ascii=False),
        "logs": repr(logged),
        "metrics": generate_latest(doors.metrics.registry).decode(),
        "answer": "" if answer.taken else answer.said,  # else it names the id
    }
    return {place: text for place, text in gone.items() if CARD in digits_left(text)}


def texts(doors: IngestDoors) -> list[str]:
    """What was published."""
    return [json.loads(record.value)["data"]["text"] for record in doors.publisher.confirmed]


def test_every_door_is_tried() -> None:
    doors = {knock.door for knock in KNOCKS} | {SMTP}

    assert {each.door for each in SAMPLES_AT_DOORS} == doors
    assert TALKS.keys() == doors


@pytest.mark.parametrize("written", WRITTEN)
@each_sample
async def test_a_card_number_goes_through_no_door(sample: Sample, written: str) -> None:
    doors = IngestDoors()
    for place, body in sample.filled(WRITTEN[written]):
        doors.publisher.confirmed.clear()
        doors.clock.time += 1  # who fails often is answered 429 for a while
        with capture_logs() as logged:
            answer = await sample.post(doors, body)
        assert leaks(doors, answer, logged) == {}, place


@pytest.mark.parametrize("door", TALKS)
async def test_what_a_customer_writes_is_published_with_a_mark_in_place_of_the_card(
    door: str,
) -> None:
    doors = IngestDoors()
    for post, body in talk(door, f"card {CARD} ok?", "and cvv 482, thanks"):
        assert (await post(doors, body)).taken

    first, second = texts(doors)
    assert first.strip() == "card [card …4444] ok?"
    assert second.strip() == "and cvv [code …], thanks"


@pytest.mark.parametrize("at", [1, 8, len(CARD) - 1])
@pytest.mark.parametrize("door", TALKS)
async def test_a_card_number_in_two_messages_is_published_nowhere_as_a_whole(
    door: str, at: int
) -> None:
    doors = IngestDoors()
    with capture_logs() as logged:
        for post, body in talk(door, CARD[:at], f"{CARD[at:]} is the rest"):
            answer = await post(doors, body)

    assert leaks(doors, answer, logged) == {}
    first, second = texts(doors)
    assert first.strip() == CARD[:at]  # nobody could know
    assert second.strip() == "[card …] is the rest"
    assert CARD not in digits_left(first + second)


@pytest.mark.parametrize(
    "markup", ["5555<b>5555</b>5555<i>4444</i>", "5555&nbsp;5555&#32;55554444"]
)
async def test_markup_of_a_mail_hides_no_card(markup: str) -> None:
    doors = IngestDoors()
    [mail] = [each for each in SAMPLES_AT_DOORS if str(each) == "smtp HTML alone"]

    assert (await mail.post(doors, {**mail.body, "html": f"<p>{markup}</p>"})).taken

    assert texts(doors) == ["[card …4444]"]
