"""What an attempt does to a delivery, and how a text is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.courier.delivery import (
    Delivery,
    Doubtful,
    Later,
    Otherwise,
    Outcome,
    Refused,
    Sent,
    State,
    begun,
    parts_of,
    pause,
    settled,
)

NOW = 1_790_000_000.0


def delivery() -> Delivery:
    return Delivery(
        reply="r-1",
        ticket="t-1",
        key="telegram:lucky_bot:7",
        partition=0,
        offset=0,
        channel="telegram",
        account="lucky_bot",
        recipient="7",
        text="hello",
        asked_at=NOW,
        expires_at=NOW + 3_600.0,
    )


def after(*outcomes: Outcome, parts: int = 1) -> Delivery:
    """One call after the other, each right away."""
    it = delivery()
    for outcome in outcomes:
        it = settled(begun(it, now=NOW), outcome, parts=parts, now=NOW, luck=1.0)
    return it


def test_what_the_provider_took_is_sent() -> None:
    it = after(Sent("31"))
    assert (it.state, it.provider_ids, it.error) == (State.SENT, ("31",), "")


def test_each_part_counts_its_own_attempts() -> None:
    it = after(Later("busy"), Sent("31"), parts=2)
    assert (it.state, it.part, it.attempt) == (State.PENDING, 1, 0)
    it = settled(begun(it, now=NOW), Sent("32"), parts=2, now=NOW, luck=0.0)
    assert (it.state, it.provider_ids) == (State.SENT, ("31", "32"))


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (Refused("blocked"), "blocked"),
        (Doubtful("no answer"), "in doubt, perhaps delivered: no answer"),
        (Later("busy", after=3_601.0), "given up: busy"),
    ],
)
def test_what_cannot_be_sent_any_more_says_why(outcome: Outcome, error: str) -> None:
    it = after(outcome)
    assert (it.state, it.error) == (State.FAILED, error)


def test_a_later_part_that_fails_says_which() -> None:
    assert after(Sent("31"), Refused("blocked"), parts=3).error == "part 2 of 3: blocked"


def test_what_the_provider_takes_in_another_way_goes_that_way_and_so_does_the_rest() -> None:
    it = after(Otherwise("closed"), parts=2)
    assert (it.state, it.instead, it.attempt, it.try_at) == (State.PENDING, True, 1, NOW)
    it = settled(begun(it, now=NOW), Sent("31"), parts=2, now=NOW, luck=0.0)
    assert (it.state, it.part, it.instead) == (State.PENDING, 1, True)


def test_there_is_one_other_way() -> None:
    it = after(Otherwise("closed"), Later("busy", after=0.0), Otherwise("closed, too"))
    assert (it.state, it.error) == (State.FAILED, "closed, too")


def test_a_provider_s_own_time_goes_before_ours() -> None:
    assert after(Later("busy", after=17.0)).try_at == NOW + 17.0


def test_pauses_double_up_to_five_minutes_and_are_spread_over_their_second_half() -> None:
    assert [pause(n, luck=1.0) for n in (1, 2, 3, 12)] == [1.0, 2.0, 4.0, 300.0]
    assert [pause(n, luck=0.0) for n in (1, 2, 3, 12)] == [0.5, 1.0, 2.0, 150.0]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", [""]),
        ("short", ["short"]),
        ("one two three", ["one two", "three"]),
        ("one\ntwo three", ["one", "two three"]),
        ("a\n\nb\nc d e f", ["a", "b\nc d e f"]),
        ("unbreakable!", ["unbreakabl", "e!"]),
    ],
)
def test_a_long_text_is_cut_where_people_would(text: str, parts: list[str]) -> None:
    assert parts_of(text, most=10) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ab cd", ["ab cd"]),
        ("яб вг", ["яб", "вг"]),
        ("яявг", ["яяв", "г"]),
        ("😀😀", ["😀", "😀"]),
        ("a\nbc 😀", ["a", "bc 😀"]),
    ],
)
def test_a_text_is_cut_by_its_bytes_where_they_count(text: str, parts: list[str]) -> None:
    assert parts_of(text, most=6, most_bytes=7) == parts


@given(st.text(alphabet="aя😀 \n"), st.integers(1, 12), st.integers(4, 20))
def test_by_bytes_no_word_is_lost_either(text: str, most: int, most_bytes: int) -> None:
    parts = parts_of(text, most=most, most_bytes=most_bytes)
    assert all(len(part) <= most and len(part.encode()) <= most_bytes for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(st.text(alphabet="ab \n"), st.integers(1, 12))
def test_no_word_is_lost_and_no_part_is_too_long(text: str, most: int) -> None:
    parts = parts_of(text, most=most)
    assert all(len(part) <= most for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
