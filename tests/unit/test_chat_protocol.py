"""What customers may say, and that docs/chat.md says what the lobby says."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.lobby.chat.protocol import client, server
from services.ingest.lobby.chat.protocol.client import MAX_TEXT, Misspoken, language, parse
from services.ingest.lobby.chat.protocol.codes import Close

PAGE = Path("docs/chat.md").read_text("utf-8")


def fields(model: Any) -> set[str]:
    return set(model.model_fields) - {"type"}


def rows(heading: str) -> dict[str, str]:
    """type -> what the page's table says of its fields."""
    table = PAGE.partition(heading)[2].partition("\n\n")[2].partition("\n\n")[0]
    found = dict(re.findall(r"^\| `(\w+)` \|([^|]*)\|", table, re.MULTILINE))
    del found["type"]
    return found


@pytest.mark.parametrize("model", get_args(client.AnySaid))
def test_the_page_tells_customers_what_they_may_say(model: Any) -> None:
    (name,) = get_args(model.model_fields["type"].annotation)
    told = rows("What the customer's side says:")
    assert fields(model) == set(re.findall(r"`(\w+)`", told[name]))


@pytest.mark.parametrize("model", get_args(server.AnyOurs))
def test_the_page_tells_what_the_lobby_says(model: Any) -> None:
    told = rows("What the lobby says:")[model.model_fields["type"].default]
    if model is server.EntryTold:
        assert fields(server.EntryView) == set(re.findall(r"\w+", told.partition("{")[2]))
    else:
        assert fields(model) == set(re.findall(r"`(\w+)`", told))


def test_the_page_has_no_message_that_there_is_not() -> None:
    said = {get_args(each.model_fields["type"].annotation)[0] for each in get_args(client.AnySaid)}
    ours = {each.model_fields["type"].default for each in get_args(server.AnyOurs)}
    assert rows("What the customer's side says:").keys() == said
    assert rows("What the lobby says:").keys() == ours


def test_the_page_names_every_close_code_of_ours() -> None:
    assert all(f"| {code.value} |" in PAGE for code in Close)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("nothing", "Invalid JSON"),
        ({"type": "message", "id": "m-1", "text": ""}, "text: "),
        ({"type": "message", "id": "m-1", "text": " \n"}, "text: "),
        ({"type": "message", "id": "m-1", "text": "x" * (MAX_TEXT + 1)}, "text: "),
        ({"type": "message", "id": "m 1", "text": "x"}, "id: "),
        ({"type": "message", "id": "m-1", "text": "x", "sender": "c-1"}, "sender: "),
        ({"type": "message", "id": 7, "text": "x"}, "id: "),
        ({"type": "got", "entries": ["x"] * 201}, "entries: "),
        ({"type": "hello", "lang": "english"}, "lang: "),
        ({"type": "hello", "token": ""}, "token: "),
        ({"type": "shout"}, "message: "),
    ],
)
def test_what_is_wrong_is_named_and_not_quoted(said: Any, complaint: str) -> None:
    with pytest.raises(Misspoken) as wrong:
        parse(said if isinstance(said, str) else json.dumps(said))
    assert complaint in str(wrong.value)
    assert "xxx" not in str(wrong.value)


def test_a_lone_surrogate_is_no_text() -> None:
    with pytest.raises(Misspoken):
        parse('{"type":"message","id":"m-1","text":"\\ud800"}')
    with pytest.raises(Misspoken):
        parse('{"type":"message","id":"m-1","text":"\ud800"}')


@given(said=st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_whatever_is_said_is_understood_or_refused(said: str | bytes) -> None:
    with pytest.raises(Misspoken):
        parse(said)


@given(
    said=st.fixed_dictionaries(
        {"type": st.sampled_from(["hello", "message", "got", "leave", "rate", "typing", "ping"])},
        optional={
            name: st.one_of(st.none(), st.integers(), st.text(max_size=20), st.lists(st.text()))
            for name in (
                "id",
                "text",
                "entries",
                "token",
                "customer_token",
                "lang",
                "since",
                "score",
            )
        },
    )
)
def test_messages_that_are_nearly_right_are_understood_or_refused(said: dict[str, Any]) -> None:
    try:
        parsed = parse(json.dumps(said))
    except Misspoken:
        return
    assert parsed.type == said["type"]


@pytest.mark.parametrize(
    ("lang", "code"),
    [("lt", "lt"), ("en-GB", "en"), ("PT_br", "pt"), ("ast", None), (None, None)],
)
def test_a_browser_s_language_is_cut_to_two_letters(lang: str | None, code: str | None) -> None:
    assert language(lang) == code


def test_secrets_and_words_do_not_show_in_a_representation() -> None:
    hello = parse('{"type":"hello","token":"t0ken","customer_token":"t0ken"}')
    message = parse('{"type":"message","id":"m","text":"my w0rds"}')
    assert "t0ken" not in repr(hello)
    assert "w0rds" not in repr(message)
