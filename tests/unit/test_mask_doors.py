"""A card number sent through any door reaches the topic nowhere."""

import pytest

from cli.mask_score import digits_left
from tests.fakes.card_doors import DOORS
from tests.fakes.ingest_doors import IngestDoors

WRITTEN = {
    "plain": "5555555555554444",
    "grouped": "5555 5555 5555 4444",
    "hyphens": "5555-5555-5555-4444",
    "slashes": "5555/5555/5555/4444",
    "dots": "5555.5555.5555.4444",
}


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("door", DOORS)
async def test_a_card_number_goes_through_no_door(door: str, written: str) -> None:
    doors = IngestDoors()

    assert await DOORS[door](doors, WRITTEN[written])

    [record] = doors.publisher.confirmed
    published = record.value.decode()
    assert "5555555" not in digits_left(published)
    assert "[card …4444]" in published


@pytest.mark.parametrize(
    "markup", ["5555<b>5555</b>5555<i>4444</i>", "5555&nbsp;5555&#32;55554444"]
)
async def test_markup_of_a_mail_hides_no_card(markup: str) -> None:
    doors = IngestDoors()

    assert await DOORS["mail html"](doors, markup)

    assert "[card …4444]" in doors.publisher.confirmed[0].value.decode()
