"""Whatever the writing: a card never passes, and nothing else is touched."""

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from shared.privacy.cards import luhn
from shared.privacy.digits import words_of
from shared.privacy.mask import mask, mask_series
from shared.privacy.sender_tail import SenderTail

SEPARATORS = ["", " ", "-", ".", "_", "\u00a0", "\u200b", "\n", "&nbsp;", "&#32;", "&#x2d;", " - "]
ALPHABETS = ["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９", "०१२३४५६७८९"]
ISSUERS = [("4", 13), ("4", 16), ("4", 19), ("51", 16), ("2720", 16), ("34", 15), ("36", 14),
           ("6011", 16), ("3589", 16), ("62", 18), ("5018", 13), ("6763", 19), ("2204", 16),
           ("9792", 16)]  # fmt: skip

# Words that cannot be read as a separator, a digit, or a part of an entity.
words = st.text(alphabet="abcXYZžščёжğı!?,:;()", max_size=30)


@st.composite
def cards(draw: st.DrawFn) -> str:
    prefix, length = draw(st.sampled_from(ISSUERS))
    size = length - len(prefix) - 1
    body = prefix + draw(st.text("0123456789", min_size=size, max_size=size))
    return next(
        body + str(check) for check in range(10) if luhn([int(ch) for ch in f"{body}{check}"])
    )


@st.composite
def written(draw: st.DrawFn, number: str) -> str:
    """The number in some alphabet, in groups of four to six or of one, with some separators."""
    group = draw(st.sampled_from([1, 4, 5, 6, len(number)]))
    alphabet = draw(st.sampled_from(ALPHABETS))
    separators = st.sampled_from(SEPARATORS) if group >= 4 else st.just(draw(st.sampled_from(" -")))
    parts = [number[at : at + group] for at in range(0, len(number), group)]
    shown = ["".join(alphabet[int(digit)] for digit in part) for part in parts]
    return shown[0] + "".join(draw(separators) + part for part in shown[1:])


SEPARATOR_STYLES = ["", " ", "\u00a0", "\u2009", "-", "–", ".", "/", "_", "\n", "\u200b", "%20"]
SIZES = [[19], [4] * 5, [4, 6, 9], [6, 13], [2] * 10, [1] * 19, [3] * 7, [5] * 4, [8, 11]]
# What people write around: no digits touch the number, and no list goes on into it.
innocent = st.lists(
    st.sampled_from(
        ["hello", "заказ 4829103", "LT12 1000 0111 0100 1000,", "1.85 2.10,", "+370 612 34567,",
         "2026-11-22:", "6-4 3-6 7-5;", "where is my money?", "kortelė", "№", "500 EUR", "ačiū!",
         "IMEI 356938035643809;", "550e8400-e29b-41d4-a716-446655440000"]
    ),
    max_size=4,
).map(" ".join)  # fmt: skip


@given(st.data(), innocent, innocent)
def test_a_card_in_any_style_among_innocent_numbers_leaves_no_more_than_four_digits(
    data: st.DataObject, before: str, after: str
) -> None:
    number = data.draw(cards())
    separator = data.draw(st.sampled_from(SEPARATOR_STYLES))
    alphabet = data.draw(st.sampled_from([*ALPHABETS, "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"]))
    parts, at = [], 0
    for size in data.draw(st.sampled_from(SIZES)):
        parts.append("".join(alphabet[int(digit)] for digit in number[at : at + size]))
        at += size
    card = separator.join(filter(None, parts))

    text = mask(f"{before} : {card} ; {after}").text

    left = digits_of(re.sub(r"\[card …\d{4}\]", "x", text))
    assert number not in digits_of(text)
    assert not any(number[at : at + 7] in left for at in range(len(number) - 6))
    assert mask(text).text == text


def digits_of(text: str) -> str:
    return "".join(str(unicodedata.digit(ch)) for ch in text if ch.isdigit())


@given(st.data(), words, words)
def test_a_planted_card_is_gone_but_for_four_digits(
    data: st.DataObject, before: str, after: str
) -> None:
    number = data.draw(cards())

    masked = mask(before + data.draw(written(number)) + after)

    # Another reading of the same digits may be a card too; either may show its last four.
    assert re.fullmatch(rf"{re.escape(before)}\[card …\d{{4}}\]{re.escape(after)}", masked.text)


@given(st.data(), words, words)
def test_masking_twice_is_masking_once(data: st.DataObject, before: str, after: str) -> None:
    planted = [data.draw(written(data.draw(cards()))) for _ in range(2)]
    once = mask(before.join(planted) + after).text

    assert mask(once).text == once


@given(st.text())
def test_a_text_without_digits_is_untouched(text: str) -> None:
    plain = re.sub(r"\d", "", text)

    assert mask(plain).text == plain
    assert mask_series([plain, plain]).texts == (plain, plain)


@given(st.text(alphabet="0123456789 .-+&;#x[]…cardLT\n", max_size=120))
def test_any_mix_of_digits_and_marks_is_masked_once_and_for_all(text: str) -> None:
    once = mask(text)

    assert mask(once.text) == type(once)(once.text, 0)


@given(st.data(), st.integers(1, 4))
def test_a_card_cut_anywhere_into_messages_never_passes_whole(
    data: st.DataObject, pieces: int
) -> None:
    number = data.draw(cards())
    cuts = sorted(data.draw(st.sets(st.integers(1, len(number) - 1), max_size=pieces)))
    texts = [number[a:b] for a, b in zip([0, *cuts], [*cuts, len(number)], strict=True)]

    series = mask_series(texts)

    assert series.found == 1
    assert len(digits_of("".join(series.texts))) == 4


@given(st.data())
def test_live_masking_takes_the_piece_that_completes_the_card(data: st.DataObject) -> None:
    number = data.draw(cards())
    cut = data.draw(st.integers(1, len(number) - 1))
    tail = SenderTail()

    first = tail.mask("ann", number[:cut], now=0)
    second = tail.mask("ann", number[cut:], now=1)

    assert first.found or second.found
    assert number not in digits_of(first.text) + digits_of(second.text)


@given(st.text(alphabet="0123456789 .-+&;#x[]…cardLT\n", max_size=120), st.data(), words, words)
def test_masking_leaves_the_words_whatever_the_sender_said_before(
    before: str, data: st.DataObject, one: str, two: str
) -> None:
    number = data.draw(cards())
    cut = data.draw(st.integers(0, len(number) - 1))
    text = one + data.draw(written(number[cut:])) + two
    tails = SenderTail()
    tails.mask("ann", before + number[:cut], now=0)

    masked = tails.mask("ann", text, now=0).text

    assert words_of(masked)[0] == words_of(text)[0]
    assert words_of(masked)[1] == (masked != text)
