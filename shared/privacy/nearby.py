"""Words beside a number that say what it is."""

import re
from collections.abc import Iterable
from typing import Final

from shared.privacy.glyphs import MARK

_CARD: Final = re.compile(
    r"(?<![^\W\d_])(?:(?:credit|debit|bank)?card(?:s|no|number|_number|num)?|cc|pan|visa|master\s?card"
    r"|maestro|amex|american express|mir|troy|jcb|diners|discover|unionpay|union pay|cvv2?|cvc2?"
    r"|plastic|карт\w{0,4}|карточ\w{0,4}|мир|виза|визы|визу|мастеркард|маэстро|пластик\w{0,3}"
    r"|юнионпей|тинькофф|сбер\w{0,4}|kart\w{0,5}|kreditk\w{0,4}|kredi kart\w{0,4}|banka kart\w{0,4}"
    r"|kortel\w{0,4}|mokėjimo kort\w{0,4}|karte|kreditkarte|tarjeta|carte|karta)(?![^\W\d_])"
    r"|银行卡|银联|卡号"
)
# What may stand between the word and its number: "order no. is".
_LINK: Final = (
    r"(?:(?:no|nr|num|number|id|is|code|numer\w{0,4}|numara\w{0,4}|номер\w{0,2}|это|код\w{0,2}"
    r"|kod\w{0,4}|yra|получател\w{0,2}|gavėj\w{0,4})(?![^\W\d_])[^\w]{0,3}){0,2}"
)
_OTHER: Final = re.compile(
    r"(?<![^\W\d_])(?:iban|imei|imeisv|iccid|meid|order|orders|bet|bets|betslip|slip|coupon|ticket"
    r"|track|tracking|shipment|parcel|waybill|awb|consignment|invoice|ref|reference|transaction|txn"
    r"|trx|txid|tx|hash|uuid|guid|ean|isbn|gtin|upc|barcode|serial|sn|vat|phone|tel|mobile|call"
    r"|fax|whatsapp|viber|timestamp|time|case|game|round|session|user"
    r"|ups|dhl|fedex|usps|gls|dpd"
    r"|заказ\w{0,3}|ставк\w{0,3}|купон\w{0,3}|билет\w{0,3}|тикет\w{0,3}|трек\w{0,3}|посылк\w{0,3}"
    r"|отправлени\w{0,3}|накладн\w{0,4}|штрих\w{0,6}|инн|снилс|огрн|огрнип|кпп|бик|уин|окпо"
    r"|транзакци\w{0,3}|операци\w{0,3}|квитанци\w{0,3}|чек\w{0,2}|телефон\w{0,3}|тел|моб"
    r"|номер телефона|игр\w{0,3}|раунд\w{0,2}|серийн\w{0,4}"
    r"|užsakym\w{0,4}|siunt\w{0,4}|sekim\w{0,4}|statym\w{0,4}|lažyb\w{0,4}|biliet\w{0,4}"
    r"|kupon\w{0,4}|operacij\w{0,4}|mokėjim\w{0,3}|asmens kod\w{0,4}|telefon\w{0,4}"
    r"|brūkš\w{0,8}"
    r"|sipariş\w{0,4}|takip|kargo\w{0,3}|bahis|bilet\w{0,3}|fatura\w{0,3}|işlem\w{0,4}"
    r"|dekont\w{0,3}|kimlik|barkod\w{0,3}|bestell\w{0,8}|sendung\w{0,10}|rechnung\w{0,8}"
    rf")(?![^\W\d_])[^\w]{{0,3}}{_LINK}$"
)
# What parts a number from words that are not about it: "[Ticket] 6759 ...".
_CLAUSE: Final = re.compile(r"[\])}!?;,\n]")
_MARKS: Final = re.compile(MARK)


def speaks_of_card(words: Iterable[str]) -> bool:
    """Whether a word for a card, or the name of a network, is among them."""
    return any(_CARD.search(_plain(each)) for each in words)


def names_other(words: str) -> bool:
    """Whether the word just before a number says that it is something else: an order, an IMEI.

    One farther off says little: "I paid my order with 6759 ...".
    """
    return _OTHER.search(_plain(_CLAUSE.split(words)[-1])) is not None


def _plain(words: str) -> str:
    return _MARKS.sub(" ", words).lower().replace("_", " ")
