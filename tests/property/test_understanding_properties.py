"""Whatever customers type, understanding answers, and spelling habits do not change the answer."""

from hypothesis import given
from hypothesis import strategies as st

from services.router.understanding.folding import fold, latin_spellings, tokens_of
from services.router.understanding.lexicon import TOPICS
from services.router.understanding.rules import RuleUnderstanding

UNDERSTANDING = RuleUnderstanding()
MESSAGES = st.sampled_from(
    ["kak vyvesti dengi", "где мой бонус", "kur mano išmoka", "para çekme ne zaman", "site is down"]
)


@given(st.text(), st.none() | st.text(max_size=3))
def test_any_text_gets_an_answer_with_probabilities(text: str, hint: str | None) -> None:
    understood = UNDERSTANDING.understand(text, lang_hint=hint)

    assert understood.topic in TOPICS
    assert 0 <= understood.topic_p <= 1
    assert 0 <= understood.lang_p <= 1


@given(st.text())
def test_the_same_text_is_always_understood_the_same(text: str) -> None:
    assert UNDERSTANDING.understand(text) == UNDERSTANDING.understand(text)


@given(MESSAGES, st.data())
def test_shouting_and_drawn_out_letters_change_neither_language_nor_topic(
    text: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    drawn_out = text[:at] + text[at] * data.draw(st.integers(1, 5)) + text[at:]

    plain, loud = (UNDERSTANDING.understand(t) for t in (text, drawn_out.replace("i", "I").upper()))

    assert (loud.lang, loud.topic) == (plain.lang, plain.topic)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert tokens_of(fold(fold(text))) == tokens_of(fold(text))


@given(st.text(alphabet="абвгдежзийклмнопрстуфхцчшщъыьэюя", min_size=1, max_size=30))
def test_latin_spellings_are_folded_and_bounded(word: str) -> None:
    spellings = latin_spellings(fold(word))

    assert 1 <= len(spellings) <= 64
    assert all(spelling.isascii() and fold(spelling) == spelling for spelling in spellings)
