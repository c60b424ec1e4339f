"""Pages of messages and replies together: each entry once, in order, whatever the times."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.adapters.conversation_page import (
    MAX_PAGE_CHARACTERS,
    Cursor,
    Document,
    page_of,
)

AT: Final = 1_790_000_000.0


def messages(*at: float) -> list[Document]:
    return [
        {"_id": f"m{n}", "kind": "message", "at": AT + each, "text": "hi"}
        for n, each in enumerate(at)
    ]


def replies(*at: float, text: str = "yes") -> list[Document]:
    common: dict[str, Any] = {"by": "agent", "agent": "lina", "status": "sent", "error": ""}
    return [{"_id": f"r{n}", "at": AT + each, "text": text, **common} for n, each in enumerate(at)]


def asked(entries: list[Document], at: float, *, skip: int, most: int) -> list[Document]:
    """As the store answers: newest first, in a fixed order of those of one moment."""
    found = sorted((each for each in entries if each["at"] <= at), key=lambda each: -each["at"])
    return found[skip : skip + most]


def pages(these: list[Document], those: list[Document], *, limit: int) -> list[list[str]]:
    shown: list[list[str]] = []
    before = None
    while True:
        cursor = Cursor.parse(before)
        page = page_of(
            "T1",
            asked(these, cursor.at, skip=cursor.given, most=limit + 1),
            asked(those, cursor.at, skip=cursor.replies, most=limit + 1),
            cursor=cursor,
            limit=limit,
        )
        shown.append([each.id for each in page.entries])
        before = page.before
        if before is None:
            return shown


def test_messages_and_replies_are_in_the_order_of_their_times() -> None:
    assert pages(messages(0, 2, 4), replies(1, 3), limit=9) == [["m0", "r0", "m1", "r1", "m2"]]


def test_a_reply_of_the_same_moment_comes_after_the_message() -> None:
    assert pages(messages(0), replies(0), limit=1) == [["r0"], ["m0"]]


TIMES = st.lists(st.integers(0, 4).map(float), max_size=9)


@given(TIMES, TIMES, st.integers(1, 5))
def test_every_entry_is_on_one_page_and_pages_are_full_but_the_last(
    these: list[float], those: list[float], limit: int
) -> None:
    wrote, answered = messages(*these), replies(*those)
    found = pages(wrote, answered, limit=limit)
    shown = [each for page in reversed(found) for each in page]
    times = {each["_id"]: each["at"] for each in (*wrote, *answered)}
    assert sorted(shown) == sorted(times)
    assert [times[each] for each in shown] == sorted(times.values())
    assert all(len(page) == limit for page in found[:-1])


def test_long_replies_make_a_page_shorter_but_never_empty() -> None:
    long = replies(*range(3), text="x" * MAX_PAGE_CHARACTERS)
    assert [len(page) for page in pages(messages(9), long, limit=50)] == [1, 1, 1, 1]


def test_a_reply_says_who_wrote_it_and_what_became_of_it() -> None:
    failed = {**replies(0)[0], "status": "failed", "error": "blocked"}
    page = page_of("T1", messages(0), [failed], cursor=Cursor.parse(None), limit=2)
    message, reply = page.entries
    assert (message.by, message.agent, message.status) == ("customer", None, None)
    assert (reply.kind, reply.by, reply.agent) == ("reply", "agent", "lina")
    assert (reply.status, reply.error) == ("failed", "blocked")


@pytest.mark.parametrize("text", ["1790000000.0/3", "1790000000.0/3/2", "1790000000.5/0/9999"])
def test_a_cursor_is_read_as_it_was_written(text: str) -> None:
    assert str(Cursor.parse(text)) == text


@pytest.mark.parametrize("text", ["1/2/3/4", "1/2/x", "1.0/0/-1", "1.0/0/10000", "1.0", "nan/1/1"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says: the client gets one sentence
        Cursor.parse(text)
