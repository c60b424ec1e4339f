"""What the sorter learns from one message."""

from collections.abc import Mapping

import pytest

from services.router.understanding.folding import fold, tokens_of
from services.router.understanding.lexicon import load_lexicon
from services.router.understanding.patterns import Pattern, PatternIndex
from services.router.understanding.port import Understanding
from services.router.understanding.rules import RuleUnderstanding
from services.router.understanding.topic import decide_topic


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return RuleUnderstanding()


@pytest.mark.parametrize(
    ("text", "lang", "topic"),
    [
        ("kak vyvesti dengi", "ru", "withdrawal"),
        ("kak vivesti dengi", "ru", "withdrawal"),
        ("КАК ВЫВЕСТИ ДЕНЬГИИИИ", "ru", "withdrawal"),
        ("pinigu isemimas kada", "lt", "withdrawal"),
        ("para cekme ne zaman", "tr", "withdrawal"),
        ("withdrawl???", "en", "withdrawal"),
        ("gde moi bonus", "ru", "bonus"),
        ("I\u0307htiyacım var, BONUSUM YATMADI", "tr", "bonus"),
    ],
)
def test_short_misspelt_and_transliterated_messages_are_understood(
    text: str, lang: str, topic: str, understanding: Understanding
) -> None:
    understood = understanding.understand(text)

    assert (understood.lang, understood.topic) == (lang, topic)


@pytest.mark.parametrize(
    "text",
    ["I can't stop", "хочу закрыть счет, проиграл все", "noriu apsiriboti", "kumar bağımlısıyım"],
)
def test_a_person_in_need_is_recognised(text: str, understanding: Understanding) -> None:
    assert understanding.understand(text).topic == "responsible_gaming"


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("де мої гроші, чекаю вже три дні", "uk"),
        ("Kādēļ mana nauda vēl nav ieskaitīta kontā?", "lv"),
        ("nie mogę się zalogować na konto", "pl"),
        ("Wo ist mein Geld, ich warte seit drei Tagen", "de"),
        ("Niyə pulum gəlmir", "az"),
        ("أين أموالي", "ar"),
    ],
)
def test_a_neighbouring_language_is_not_taken_for_one_of_ours(
    text: str, lang: str, understanding: Understanding
) -> None:
    assert understanding.understand(text).lang == lang


def test_without_letters_the_language_is_the_hint_or_unknown(understanding: Understanding) -> None:
    assert understanding.understand("2000?").lang == "und"
    assert understanding.understand("2000?").lang_p == 0
    assert understanding.understand("2000?", lang_hint="lt").lang == "lt"


def test_an_alphabet_nobody_here_reads_is_unknown(understanding: Understanding) -> None:
    assert understanding.understand("我的钱在哪里").lang == "und"


def test_a_hint_does_not_overrule_a_clear_text(understanding: Understanding) -> None:
    assert understanding.understand("где мои деньги", lang_hint="en").lang == "ru"


def test_a_message_that_says_nothing_known_goes_to_the_general_line_unsurely(
    understanding: Understanding,
) -> None:
    understood = understanding.understand("здравствуйте")

    assert (understood.topic, understood.topic_p) == ("account", 0.1)


@pytest.mark.parametrize(
    "text",
    [
        "спасибо", "Спасибо большое за помощь!", "спс", "понял, спасибо", "всё работает, спасибо",
        "ačiū", "Ačiū labai už pagalbą :)", "aciu, viskas gerai", "dėkui",
        "teşekkürler", "çok teşekkür ederim", "tşk", "sağolun iyi günler",
        "thanks", "Thank you so much for your help!!", "thx", "ok", "got it, cheers mate",
        "👍", "❤️❤️", "🙏🏻", ":)", "5", "10/10", "5 из 5", "⭐⭐⭐⭐⭐", "5 stars",
        "Automatic reply: I am out of office until Monday. For urgent matters call +370 5 2000000",
        "Автоответ: я в отпуске до 5 мая", "Otomatik yanıt: ofis dışındayım",
        "Automatinis atsakymas. Šiuo metu atostogauju.",
    ],
)  # fmt: skip
def test_a_message_that_asks_nothing_does_not_reopen(
    text: str, understanding: Understanding
) -> None:
    assert not understanding.understand(text).reopens


@pytest.mark.parametrize(
    "text",
    [
        "спасибо, но деньги так и не пришли", "ок, а когда придут?", "спасибо?", "не работает",
        "ačiū, bet pinigų dar nėra", "gerai, o kada?",
        "teşekkürler ama param hala gelmedi", "tamam ne zaman",
        "thanks, but still nothing", "ok and my bonus?", "thanks for nothing", "not solved",
        "I got an automatic answer, can a human help me", "???", "...", "hello", "500", "5 days",
        "",
    ],
)  # fmt: skip
def test_a_message_that_still_asks_reopens(text: str, understanding: Understanding) -> None:
    assert understanding.understand(text).reopens


@pytest.mark.parametrize(
    "text",
    ["срочно!!! взломали аккаунт", "skubiai atblokuokit", "ACİL yardım", "need this ASAP please"],
)
def test_urgency_is_heard(text: str, understanding: Understanding) -> None:
    assert understanding.understand(text).urgent


def test_an_ordinary_question_is_not_urgent(understanding: Understanding) -> None:
    assert not understanding.understand("how do i deposit with visa?").urgent


def test_the_detector_is_asked_only_where_letters_and_words_leave_doubt() -> None:
    asked: list[str] = []

    def detector(text: str) -> Mapping[str, float]:
        asked.append(text)
        return {"fi": 0.9, "en": 0.1}

    understanding = RuleUnderstanding(detector=detector)

    assert understanding.understand("где мои деньги, жду вывод").lang == "ru"
    assert asked == []
    assert understanding.understand("missä rahani ovat").lang == "fi"
    assert asked == ["missä rahani ovat"]


def test_several_words_of_a_pattern_match_in_any_order_and_only_together() -> None:
    pattern = Pattern.parse("close* account*", lang="en", label="account", weight=3)
    index = PatternIndex([pattern])

    assert index.find(tokens_of(fold("my Accounts closed"))).patterns == (pattern,)
    assert index.find(["closed"]).patterns == ()


@pytest.mark.parametrize("text", ["", "*", "two-parts", "a**"])
def test_a_pattern_that_could_never_match_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be words"):
        Pattern.parse(text, lang="en", label="account", weight=3)


def test_of_two_topics_with_equal_signs_the_person_in_need_comes_first() -> None:
    patterns = [
        Pattern(("a",), "en", topic, 5) for topic in ("account", "responsible_gaming", "rules")
    ]

    assert decide_topic(patterns, lang="en")[0] == "responsible_gaming"


def test_every_language_has_words_for_every_topic() -> None:
    patterns = load_lexicon().patterns.find(["withdraw", "вывод", "ismoka", "cekim"]).patterns

    assert {p.lang for p in patterns if p.label == "withdrawal"} >= {"ru", "lt", "tr", "en"}


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("5", 5),
        (" 4/5 ", 4),
        ("3 из 5", 3),
        ("8 iš 10", 4),
        ("9/10", 5),
        ("1 out of 10", 1),
        ("0", 0),
        ("7", 0),
        ("6/5", 0),
        ("5 minutes", 0),
        ("thanks, 5", 0),
        ("?", 0),
        ("", 0),
    ],
)
def test_a_bare_rating_is_one_to_five_and_anything_else_is_none(
    text: str, score: int, understanding: Understanding
) -> None:
    assert understanding.understand(text).rating == score
