"""What callers are told, unless the account says it in its own words."""

from collections.abc import Mapping
from typing import Annotated, Final, TypeAlias

from pydantic import StringConstraints

from services.ingest.account import AccountSection

Lang: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
# Control characters cannot be written in XML, not even escaped.
Sentence: TypeAlias = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2_000, pattern=r"^[^\x00-\x1f\x7f\ufffe\uffff]+$"),
]
Code: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class Spoken(AccountSection):
    """One language.

    locale, voice: attributes of <Say>; the two must go together at Twilio, or nothing is said.
    welcome: before the line. hold: again and again while they wait. voicemail: before the tone.
    goodbye: after it.
    """

    locale: Code
    voice: Code
    welcome: Sentence
    hold: Sentence
    voicemail: Sentence
    goodbye: Sentence


DEFAULTS: Final[Mapping[str, Spoken]] = {
    "en": Spoken(
        locale="en-GB",
        voice="Polly.Amy",
        welcome="Hello. You are being connected to our support.",
        hold="Thank you for waiting. The next free colleague will take your call.",
        voicemail="Nobody is free at the moment. Please leave a message after the tone.",
        goodbye="Thank you. Goodbye.",
    ),
    "ru": Spoken(
        locale="ru-RU",
        voice="Polly.Tatyana",
        welcome="Здравствуйте. Соединяем вас со службой поддержки.",
        hold="Спасибо, что ждёте. Вам ответит первый освободившийся сотрудник.",
        voicemail="Сейчас все заняты. Оставьте, пожалуйста, сообщение после сигнала.",
        goodbye="Спасибо. До свидания.",
    ),
    "lt": Spoken(
        locale="lt-LT",
        voice="Google.lt-LT-Standard-A",
        welcome="Sveiki. Jungiame jus su pagalbos tarnyba.",
        hold="Ačiū, kad laukiate. Jums atsilieps pirmas laisvas darbuotojas.",
        voicemail="Šiuo metu visi užimti. Palikite žinutę po signalo.",
        goodbye="Ačiū. Viso gero.",
    ),
    "tr": Spoken(
        locale="tr-TR",
        voice="Polly.Filiz",
        welcome="Merhaba. Destek ekibimize bağlanıyorsunuz.",
        hold="Beklediğiniz için teşekkürler. İlk boşalan arkadaşımız size yanıt verecek.",
        voicemail="Şu anda herkes meşgul. Lütfen sinyalden sonra mesajınızı bırakın.",
        goodbye="Teşekkürler. Hoşça kalın.",
    ),
}
