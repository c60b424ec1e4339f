"""Card numbers never pass the masker, and what is no card number passes unharmed."""

import importlib
from collections import Counter
from typing import Any

import pytest

from shared.privacy.cards import luhn
from shared.privacy.mask import Json, mask, mask_series, mask_tree

VISA = "4111111111111111"


@pytest.mark.parametrize(
    "number",
    [
        "4222222222222",  # Visa of 13
        "4000000000000000006",  # Visa of 19
        "5555555555554444",
        "2223003122003222",  # Mastercard, 2 series
        "378282246310005",  # Amex
        "30569309025904",  # Diners
        "6011111111111117",
        "3530111333300000",  # JCB
        "6200000000000005",  # UnionPay
        "6759649826438453",  # Maestro
        "2200000000000053",  # Mir
        "9792030394440796",  # Troy
    ],
)
def test_a_card_of_each_network_leaves_only_its_last_four(number: str) -> None:
    masked = mask(f"карта {number}, срок 12/29")

    assert masked.text == f"карта [card …{number[-4:]}], срок 12/29"
    assert masked.found == 1


@pytest.mark.parametrize(
    "written",
    [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111_1111_1111_1111",
        "4111\u00a01111\u20091111\u202f1111",
        "4111\u200b1111\ufeff1111\u20601111",
        "4111\n1111\r\n1111\t1111",
        "4111 - 1111 \u2013 1111 \u2212 1111",
        "4111&nbsp;1111&#32;1111&#x2d;1111",
        "4111&amp;nbsp;1111&amp;#32;11111111",
        "&#52;111111111111111",
        "".join(f"&#x{ord(digit):x};" for digit in VISA),
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "٤١١١ ١١١١ ١١١١ ١١١١",
        "۴۱۱۱۱۱۱۱۱۱۱۱۱۱۱۱",
        "４１１１－１１１１－１１１１－１１１１",
        "④①①①①①①①①①①①①①①①",
        "𝟒𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏",
    ],
)
def test_a_card_is_found_however_it_is_written(written: str) -> None:
    assert mask(f"kortelė {written}!").text == "kortelė [card …1111]!"


def test_a_card_in_keycap_emoji_is_found() -> None:
    assert mask("".join(f"{digit}\ufe0f\u20e3" for digit in VISA)).found == 1


def test_only_the_card_is_replaced_and_the_text_around_stays_byte_for_byte() -> None:
    before, after = "Ｆｕｌｌ &amp; ٣ cafe\u0301\u00a0#7: ", " \u200b12/29 &lt;b&gt;"

    assert mask(before + VISA + after).text == f"{before}[card …1111]{after}"


def test_every_card_of_a_text_is_masked() -> None:
    masked = mask("old 4111 1111 1111 1111 new 5555 5555 5555 4444, amex 378282246310005")

    assert masked.text == "old [card …1111] new [card …4444], amex [card …0005]"
    assert masked.found == 3


def test_a_card_followed_by_its_security_code_shows_its_own_last_four() -> None:
    # 4111111111111111 and 4111111111111111 110 are both Luhn-valid Visa numbers.
    assert luhn([int(digit) for digit in "4111111111111111110"])

    assert mask("4111 1111 1111 1111 110").text == "[card …1111]"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("4111 1111 1111 1111 12/29 123", "[card …1111] 12/29 [code …]"),
        ("cvv 123, карта 4111111111111111", "cvv [code …], карта [card …1111]"),
        ("378282246310005 1234", "[card …0005] [code …]"),
        ("4111 1111 1111 1111 100 EUR", "[card …1111] 100 EUR"),
        ("[card …1111] cvv 123", "[card …1111] cvv [code …]"),
        ("[card …1111] declined since 12/11/2026", "[card …1111] declined since 12/11/2026"),
        ("my cvv is 123 and my room 456", "my cvv is 123 and my room 456"),
        ("482 is the cvv of 4111111111111111", "[code …] is the cvv of [card …1111]"),
        ("4111111111111111 12 2029 cvv 123", "[card …1111] 12 2029 cvv [code …]"),
        ("4111111111111111 exp 1228 cvv", "[card …1111] exp 1228 cvv"),
    ],
)
def test_the_security_code_goes_where_a_card_is_and_the_expiry_date_stays(
    text: str, masked: str
) -> None:
    assert mask(text).text == masked


@pytest.mark.parametrize(
    ("text", "is_card"),
    [
        ("order 501800000009", False),
        ("order no. 501800000009", False),
        ("I paid my order with 501800000009", True),
        ("last time I used 501800000009", True),
        ("card 501800000009", True),
        ("it is 501800000009", True),
        ("order 4111111111111111", True),  # prefix, length and check digit say enough
        ("4111, 1111, 1111, 1111, 500 EUR", True),
        ("4111<br>1111<br>1111<br>1111", True),
        ("<a href='tel:4111111111111111'>call</a>", True),  # no tag to be skipped
        ("4111 → 1111 → 1111 → 1111", True),
        ("amex +378282246310005", True),
        ("call +378282246310005", False),
        ("odds 41.11 11.11 11.11 11.11", False),
        ("card 41.11 11.11 11.11 11.11", True),
        ("41 11 11 11 11 11 11 11", True),
        ("05 12 41 11 11 11 11 11 11 11 11 23 24 25 26 27", False),  # a draw of lottery numbers
        ("card 6200 0000 0000 0006", True),  # some UnionPay cards have no check digit
        ("6200 0000 0000 0006", False),
    ],
)
def test_in_doubt_the_grouping_and_the_words_beside_decide(text: str, is_card: bool) -> None:
    assert bool(mask(text).found) is is_card


def test_a_masked_text_is_left_alone() -> None:
    once = mask("4111 1111 1111 1111 and 5555555555554444").text

    assert mask(once).text == once
    assert mask(once).found == 0


@pytest.mark.parametrize(
    "text",
    [
        "заказ 4111111111111112 не пришёл",  # fails Luhn
        "order 20261122000000000042",  # 20 digits
        "bet slip 1041111111111111111",  # a card's digits glued to others
        "txn 1234567812345670 pending",  # Luhn-valid, no network
        "IMEI 356938035643809",  # Luhn-valid, 15 digits, JCB has 16
        "IMEI 490154203237518",  # begins as a Visa, 15 digits
        "+4915112345678, +370 612 34567, 8 (916) 123-45-67, +90 532 123 45 67",
        "call +49 1511 2345 675",  # 13 digits, a Visa but for its plus
        "TR33 0006 1005 1978 6457 8413 26",
        "LT12 1000 0111 0100 1000",
        "DE89370400440532013000",
        "2026-11-22 10:20:30.123456 and 1763807230123",
        "20261122102030 20261122102031",
        "odds 1.85 2.10 3.40 4.20 1.95 4.10 4.11 2.02",
        "ставки: 100.00 250.50 1000.00 4.55 12.30",
        "счёт 4:2, 1:1, 6:3, 7:5, 6:4, 2:2, 1:0, 3:3",
        "my user id is 41111111, deposit 500 EUR",
    ],
)
def test_what_is_no_card_stays_as_it_is(text: str) -> None:
    assert mask(text).text == text


def test_a_card_beside_an_iban_is_masked_and_the_iban_kept() -> None:
    masked = mask("from 4111 1111 1111 1111 to LT12 1000 0111 0100 1000")

    assert masked.text == "from [card …1111] to LT12 1000 0111 0100 1000"


def test_a_made_up_iban_does_not_hide_a_card() -> None:
    assert mask("LT12 4111 1111 1111 1111").text == "LT12 [card …1111]"


def test_a_card_split_across_consecutive_messages_is_masked_in_each() -> None:
    series = mask_series(["my card is 4111 1111", "wait", "and then 1111 1111 ok?", "7"])

    assert series.texts == ("my card is [card …]", "wait", "and then [card …1111] ok?", "7")
    assert series.found == 1


def test_digits_far_apart_in_two_messages_are_not_joined() -> None:
    story = "and this is what your colleague on the phone told me yesterday:"
    texts = ("order 41111111", f"{story} 11111111")

    assert mask_series(texts).texts == texts


def test_a_masked_series_is_left_alone() -> None:
    once = mask_series(["4111 1111", "1111 1111", "4111 1111 1111"])

    assert mask_series(once.texts).texts == once.texts


def test_a_series_of_nothing_is_nothing() -> None:
    assert mask_series([]).texts == ()


def test_subjects_and_file_names_are_masked_wherever_they_stand() -> None:
    payload: Json = {
        "subject": f"card {VISA}",
        "attachments": [{"name": "5555-5555-5555-4444.jpg", "size": 10}, None],
        f"note {VISA}": True,
    }

    masked, found = mask_tree(payload)

    assert masked == {
        "subject": "card [card …1111]",
        "attachments": [{"name": "[card …4444].jpg", "size": 10}, None],
        "note [card …1111]": True,
    }
    assert found == 3


HOSTILE = [
    *("4", "4 ", "4 1.", "&#52;", "+4 ", "4\n", "LT12 ", "4lll ", "4,", "%34", "&amp;", "card "),
    *("4111 1111 ", "[card …1] ", "cvv ", "12/29 ", "\\u0034", "a" * 31 + " ", "4\u200b"),
    *("<b>", "<b ", "4<i>", "4💳", "4111,", "4111&#", "482 cvv ", "order ", "%25", "4111\n> "),
]


@pytest.mark.parametrize("filler", HOSTILE)
def test_work_grows_with_the_length_of_a_hostile_text_and_not_faster(
    filler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: Counter[str] = Counter()

    def counted(module: str, name: str) -> None:
        real = getattr(importlib.import_module(module), name)

        def counting(*given: Any, **named: Any) -> Any:
            work[name] += 1
            return real(*given, **named)

        monkeypatch.setattr(f"{module}.{name}", counting)

    counted("shared.privacy.finding", "_is_card")  # a few table look-ups each
    counted("shared.privacy.finding", "shape_of")  # of at most 19 digits and a few beside
    counted("shared.privacy.digits", "laid_out")  # at most 40 characters each
    counted("shared.privacy.codes", "after_card")  # at most 80 characters each
    counted("shared.privacy.nearby", "_plain")  # at most 40 characters each
    counted("shared.privacy.glyphs", "_read")  # tokens

    text = (filler * (65_536 // len(filler) + 1))[:65_536]
    mask(text)

    # Seven lengths are tried from each digit; a text in which something was found is read again.
    limits = Counter(_is_card=8, shape_of=8, laid_out=1, after_card=1, _plain=1, _read=1)
    readings = 5
    assert {name for name in work if work[name] > limits[name] * readings * len(text)} == set()


def test_a_text_without_twelve_digits_is_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def unwanted(_text: str) -> None:
        pytest.fail("the text was scanned")

    monkeypatch.setattr("shared.privacy.mask.runs_of", unwanted)

    assert mask("deposit 500 EUR on 12/11/2026 at").found == 0
