"""The security code beside a card number (CVV, CVC, CID), which nobody may keep once a payment was
authorised. Three digits are a code only where a card is: after the word for it, or where a code
usually follows."""

import re
from typing import Final

from shared.privacy.glyphs import MARK

Span = tuple[int, int]

_MAX_BESIDE: Final = 80
_LABEL: Final = (
    r"(?:cvv2?|cvc2?|cvn2?|cve|cav2?|csc|cid|сvv2?|сvc2?|цвв|цвс|цвк"
    r"|(?:security|verification|safety) (?:code|number|no\.?)|three digits|3 digits"
    r"|код(?: безопасности| проверки| карты| с оборота| cvv2?| cvc2?)?|три цифры|3 цифры"
    r"|güvenlik (?:kodu|numarası|no)|saugos kod\w{0,4}|apsaugos kod\w{0,4}|kodas|sicherheitscode"
    r"|prüfziffer)"
)
_LABELLED: Final = re.compile(
    rf"(?<![^\W\d_]){_LABEL}"
    r"[^\w\[]{0,5}(?:(?:is|code|code is|no|nr|yra|это|код|kodas|kodu|number)[^\w\[]{0,5})?"
    r"(\d(?:[ \u00a0\u200b.\-]?\d){2,3})(?!\d)",
    re.IGNORECASE,
)
# "123 is the cvv", but not the year in "12 2029 cvv 123", nor the date in "1228 cvv".
_LABELLED_AFTER: Final = re.compile(
    r"(?<![\w…])(?<!\d[/.\- ])(\d{3}|(?!(?:0\d|1[0-2])[2-4]\d)\d{4})[ \t]?[\-–—(]?[ \t]?"
    rf"(?:(?:is|это|yra)[ \t])?(?:(?:the|my|мой|mano)[ \t])?{_LABEL}"
    r"(?![^\W\d_])(?!\W{0,3}(?:\d|code …))",
    re.IGNORECASE,
)
_GAP: Final = r"[\s,;:/|.()'\"_\-\u2010-\u2015]{1,6}"
_EXPIRY: Final = (
    r"(?:(?:0?[1-9]|1[0-2])[ \t]?[/.|\s\-\u2010-\u2015][ \t]?(?:20)?\d\d"
    r"|(?:0[1-9]|1[0-2])(?:20)?\d\d)(?!\d)"
)
_NAMES: Final = r"(?:[^\W\d_]{1,24}[\s,;:/|.\-]{1,4}){0,5}"
# Not the beginning of an amount, a date or another number.
_NO_AMOUNT: Final = (
    r"(?!\d)(?![.,:/]\d)"
    r"(?!\s?(?:[€$£₽₺₴%]|eur|usd|gbp|rub|pln|try|tl|руб|р\b|лир|евро|дол|тыс|тг|лт|k\b))"
)
_AFTER: Final = {
    size: re.compile(
        rf"{_GAP}{_NAMES}{_EXPIRY}{_GAP}{_NAMES}(?P<dated>\d{{3}}(?!\d)|(?<![/.\-])\d{{4}}){_NO_AMOUNT}"
        rf"|{_GAP}(?P<bare>\d{{{size}}}){_NO_AMOUNT}(?:(?!\s?-?\s?\d)|(?={_GAP}{_NAMES}{_EXPIRY}))",
        re.IGNORECASE,
    )
    for size in (3, 4)
}
_ALONE: Final = re.compile(rf"\W*(?:{_EXPIRY})?\W*(?P<alone>\d{{3,4}})\W*", re.IGNORECASE)
_MARKS: Final = re.compile(MARK)
_CARD_MARK: Final = "[card …"


def has_card(text: str) -> bool:
    """Whether a card was masked in it before."""
    return _CARD_MARK in text


def labelled(text: str) -> list[Span]:
    """The codes that are called so."""
    return [
        found.span(1) for called in (_LABELLED, _LABELLED_AFTER) for found in called.finditer(text)
    ]


def after_card(text: str, end: int, *, digits: int) -> list[Span]:
    """The code after a card that ends at `end`, alone or with the expiry date before it."""
    found = _AFTER[digits].match(text, end, end + _MAX_BESIDE)
    return [] if found is None else [found.span(found.lastgroup or 0)]


def after_marks(text: str) -> list[Span]:
    """The same, after cards that were masked before."""
    return [
        span
        for mark in _MARKS.finditer(text)
        if mark[0].startswith(_CARD_MARK)
        for span in after_card(text, mark.end(), digits=3)
    ]


def in_next_message(text: str) -> list[Span]:
    """The codes of a message that follows one with a card."""
    found = _ALONE.fullmatch(text) if len(text) <= _MAX_BESIDE else None
    return [*labelled(text), *([] if found is None else [found.span("alone")])]
