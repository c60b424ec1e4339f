"""The day of support: what the script must hold, and how it reports a slip."""

import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path
from textwrap import dedent

import pytest

from cli.demo.script import REDELIVERY_DELAY_SECONDS, Script, ScriptError, load_script
from cli.demo.scripted_messages import FormMessage, MailMessage, Message, TelegramMessage

# Published by card schemes and payment providers for testing; no bank issues them.
TEST_CARDS = {
    "4111111111111111",
    "4242424242424242",
    "4012888888881881",
    "4000056655665556",
    "5555555555554444",
    "5105105105105100",
    "2223003122003222",
    "378282246310005",
}
LONG_NUMBER = re.compile(r"\+?\d(?:[ .\-]?\d){8,}")
CALM, RUSH, TAIL = (0.0, 16.0), (16.0, 22.0), (25.0, 50.0)


@pytest.fixture(scope="module")
def day() -> Script:
    return load_script()


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "day.yaml"


def long_numbers(message: Message) -> list[str]:
    """Runs of 9 or more digits, separators dropped, as a card masker or a caller would see them."""
    words = message.text + (f" | {message.subject}" if isinstance(message, MailMessage) else "")
    plain = "".join(
        str(unicodedata.digit(c)) if c.isdigit() else c
        for c in unicodedata.normalize("NFKC", words)
    )
    return [re.sub(r"[ .\-]", "", run) for run in LONG_NUMBER.findall(plain)]


def per_second(day: Script, span: tuple[float, float]) -> float:
    start, end = span
    return sum(start <= message.at < end for message in day.messages) / (end - start)


def test_a_day_has_hundreds_of_messages_from_about_two_hundred_people(day: Script) -> None:
    assert len(day.messages) >= 330
    assert 180 <= len(day.by_person()) <= 220


def test_every_language_has_its_share_of_the_day(day: Script) -> None:
    counts = Counter(message.lang for message in day.messages)
    shares = {lang: round(count / len(day.messages), 2) for lang, count in counts.items()}
    assert shares == pytest.approx({"ru": 0.45, "tr": 0.25, "lt": 0.15, "en": 0.15}, abs=0.02)


def test_every_topic_comes_up_in_every_language(day: Script) -> None:
    topics = Counter(message.topic for message in day.messages)
    assert len(topics) == 10
    assert min(topics.values()) >= 15
    assert len({(message.lang, message.topic) for message in day.messages}) == 4 * 10


def test_every_door_is_used_in_every_language(day: Script) -> None:
    doors = Counter(message.door for message in day.messages)
    assert min(doors["form"], doors["telegram"]) >= 100
    assert doors["mail"] >= 25
    assert len({(message.lang, message.door) for message in day.messages}) == 4 * 3


def test_at_least_forty_vouched_customers_write_on_two_doors(day: Script) -> None:
    people = day.by_person()
    assert len(day.on_two_doors()) >= 40
    for person in day.on_two_doors():
        assert {message.customer for message in people[person]} == {person}
        assert {message.door for message in people[person]} == {"form", "telegram"}


def test_people_come_back_on_the_same_door_too(day: Script) -> None:
    senders = Counter((message.door, message.sender) for message in day.messages)
    assert sum(count > 1 for count in senders.values()) >= 40


def test_message_ids_are_unique(day: Script) -> None:
    assert len({message.id for message in day.messages}) == len(day.messages)


def test_a_derby_brings_a_rush_between_a_calm_start_and_a_quiet_tail(day: Script) -> None:
    assert per_second(day, RUSH) > 4 * per_second(day, CALM)
    assert per_second(day, RUSH) > 4 * per_second(day, TAIL)
    rush = [m for m in day.messages if RUSH[0] <= m.at < RUSH[1]]
    urgent = sum(m.topic in {"deposit", "withdrawal", "technical"} for m in rush)
    assert urgent / len(rush) > 0.6


def test_a_dozen_messages_carry_a_card_number_each_in_its_own_spelling(day: Script) -> None:
    with_card = [m for m in day.messages if TEST_CARDS.intersection(long_numbers(m))]
    assert len(with_card) >= 12
    spellings = ("\\d{16}", "\\d{4} ", "\\d{4}-", "\\d{4}\\.", "\u00a0", "[０-９]{4}", "[٠-٩]{4}")
    for spelling in spellings:
        assert any(re.search(spelling, m.text) for m in with_card), spelling


def test_no_number_could_be_a_real_card_or_a_phone(day: Script) -> None:
    assert {number for m in day.messages for number in long_numbers(m)} <= TEST_CARDS


def test_nobody_can_be_reached_by_an_address_in_a_text(day: Script) -> None:
    assert not [m.id for m in day.messages if re.search(r"@|https?:|www\.", m.text)]


def test_telegram_users_are_outside_the_range_of_issued_ids(day: Script) -> None:
    issued_below = 10**11
    users = [int(m.sender) for m in day.messages if isinstance(m, TelegramMessage)]
    assert min(users) > issued_below


def test_a_text_is_repeated_by_nobody_but_its_author(day: Script) -> None:
    authors: defaultdict[str, set[str]] = defaultdict(set)
    for message in day.messages:
        authors[message.text].add(message.person)
    assert [text for text, people in authors.items() if len(people) > 1] == []
    assert len(day.messages) - len(authors) <= 5


def test_a_provider_delivers_a_few_messages_again_and_later(day: Script) -> None:
    knocks = day.deliveries()
    again = [knock for knock in knocks if knock.again]
    assert 10 <= len(again) == len(knocks) - len(day.messages)
    assert all(k.at == k.message.at + REDELIVERY_DELAY_SECONDS for k in again)
    assert {knock.message.door for knock in again} == {"form", "telegram", "mail"}
    assert [knock.at for knock in knocks] == sorted(knock.at for knock in knocks)


def test_a_few_customers_leave_with_their_last_word(day: Script) -> None:
    leaving = [m for m in day.messages if isinstance(m, FormMessage) and m.leaves]
    assert len(leaving) >= 5
    for message in leaving:
        assert day.by_person()[message.person][-1] == message


GOOD = "{at: 1, door: form, sender: web-1, customer: p-1, lang: ru, topic: rules, text: как}"


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        pytest.param(
            "{at: 2, door: fax, sender: a, lang: ru, topic: rules, text: x}",
            "day.yaml:2: door: ",
            id="unknown door",
        ),
        pytest.param(
            "{at: 2, door: form, sender: a, lang: de, topic: rules, text: x}",
            "day.yaml:2: lang: ",
            id="unknown language",
        ),
        pytest.param(
            "{at: 2, door: form, sender: a, lang: ru, topic: rules}",
            "day.yaml:2: text: Field required",
            id="missing text",
        ),
        pytest.param(
            "{at: 51, door: form, sender: a, lang: ru, topic: rules, text: x}",
            "day.yaml:2: at: ",
            id="after the end of the day",
        ),
        pytest.param(
            "{at: 2, door: telegram, sender: kolya, lang: ru, topic: rules, text: x}",
            "day.yaml:2: sender: ",
            id="telegram sender that is no user id",
        ),
        pytest.param(
            "{at: 2, door: mail, sender: a@mail.test, subject: x, lang: ru, topic: rules, text: x}",
            "day.yaml:2: sender: ",
            id="mail address outside example",
        ),
        pytest.param(
            "{at: 2, door: mail, sender: a@example.com, customer: p-1, subject: x,"
            " lang: ru, topic: rules, text: x}",
            "day.yaml:2: customer: ",
            id="customer vouched for by mail",
        ),
        pytest.param(
            '{at: 2, door: telegram, sender: "99", leaves: true, lang: ru, topic: rules, text: x}',
            "day.yaml:2: leaves: ",
            id="leaving a door that cannot tell",
        ),
        pytest.param(
            "{at: 0.5, door: form, sender: a, lang: ru, topic: rules, text: x}",
            "day.yaml:2: at: earlier than the message before it, at 1.0",
            id="out of order",
        ),
        pytest.param(
            "{at: 2, door: form, sender: web-1, customer: p-2, lang: ru, topic: rules, text: x}",
            "day.yaml:2: customer: web-1 was p-1 before",
            id="one sender, two customers",
        ),
    ],
)
def test_a_slip_is_reported_by_line_and_field(written: Path, item: str, problem: str) -> None:
    written.write_text(f"- {GOOD}\n- {item}\n", encoding="utf-8")
    with pytest.raises(ScriptError) as caught:
        load_script(written)
    (report,) = str(caught.value).splitlines()
    assert report.startswith(problem)


def test_the_line_is_that_of_the_field_not_of_the_message(written: Path) -> None:
    written.write_text(
        dedent("""\
            - at: 1
              door: form
              sender: web-1
              lang: ru
              topic: weather
              text: привет
            """),
        encoding="utf-8",
    )
    with pytest.raises(ScriptError, match=r"^day\.yaml:5: topic: "):
        load_script(written)


def test_every_slip_is_reported_at_once(written: Path) -> None:
    bad = "{at: 1, door: form, sender: web-1, lang: xx, topic: yy, text: x}"
    written.write_text(f"- {bad}\n- {GOOD}\n- {bad}\n", encoding="utf-8")
    with pytest.raises(ScriptError) as caught:
        load_script(written)
    places = [line.split(": ")[:2] for line in str(caught.value).splitlines()]
    assert places == [
        ["day.yaml:1", "lang"],
        ["day.yaml:1", "topic"],
        ["day.yaml:3", "lang"],
        ["day.yaml:3", "topic"],
    ]


def test_nobody_writes_on_a_form_they_have_left(written: Path) -> None:
    left = "{at: 1, door: form, sender: web-1, lang: ru, topic: rules, text: x, leaves: true}"
    back = "{at: 2, door: form, sender: web-1, lang: ru, topic: rules, text: y}"
    written.write_text(f"- {left}\n- {back}\n", encoding="utf-8")
    with pytest.raises(ScriptError, match=r"^day\.yaml:2: sender: web-1 has left$"):
        load_script(written)


@pytest.mark.parametrize(
    ("content", "report"),
    [
        pytest.param("", "day.yaml:1: expected a list", id="empty"),
        pytest.param("# a day\n\nat: 1\n", "day.yaml:3: expected a list", id="one mapping"),
        pytest.param(
            f"- {GOOD}\n- just words\n", "day.yaml:2: expected a mapping", id="no mapping"
        ),
        pytest.param("- {at: 1\n- {at: 2}\n", "day.yaml:2: expected", id="broken YAML"),
    ],
)
def test_a_file_that_is_no_script_is_refused(written: Path, content: str, report: str) -> None:
    written.write_text(content, encoding="utf-8")
    with pytest.raises(ScriptError) as caught:
        load_script(written)
    assert str(caught.value).startswith(report)
