"""What we understand of mails as programs really write them."""

import unicodedata
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from services.ingest.channels.mail import Mail, read_mail, to_event

SAMPLES = Path("tests/samples/mail")
RECEIVED = datetime(2026, 11, 24, tzinfo=UTC)


class Expected(NamedTuple):
    """begins: of the text. script: of most of its letters."""

    sender: str
    subject: str
    begins: str
    script: str = "LATIN"
    files: tuple[str, ...] = ()
    auto_reply: bool = False


def auto(sender: str, subject: str, begins: str, files: tuple[str, ...] = ()) -> Expected:
    return Expected(sender, subject, begins, files=files, auto_reply=True)


EXPECTED = {
    "gmail_en_reply": Expected(
        "jonas.petraitis@gmail.com", "Re: Your withdrawal", "It still has not arrived."
    ),
    "gmail_ru_reply": Expected(
        "anna.ivanova@gmail.com", "Re: Вывод средств", "Деньги до сих пор не пришли.", "CYRILLIC"
    ),
    "gmail_lt_reply": Expected(
        "ruta.k@gmail.com", "Re: Išmokėjimas", "Labas, pinigų vis dar negavau."
    ),
    "gmail_tr_reply": Expected(
        "ayse.yilmaz@gmail.com", "Re: Para çekme", "Param hâlâ gelmedi, ne yapmalıyım?"
    ),
    "mailru_reply": Expected(
        "sergey@mail.example", "Re: Лимит", "Спасибо, но лимит прежний.", "CYRILLIC"
    ),
    "outlook_html_reply": Expected(
        "john.smith@corp.example", "RE: Your withdrawal", "Dear team, I’m still waiting.\n\nJohn"
    ),
    "outlook_ru_reply": Expected(
        "oleg@corp.example", "RE: Вывод", "Это не решает мою проблему.", "CYRILLIC"
    ),
    "original_message_reply": Expected("lee@host.example", "Re: Ticket", "No, that did not help."),
    "inline_answers": Expected(
        "mia@host.example", "Re: Two questions", "The second one.\n\nSince Friday."
    ),
    "quote_alone": Expected("noa@host.example", "Re: Empty", "On 23 Nov 2026"),
    "forwarded": Expected("kim@host.example", "Fwd: Receipt", "See below.\n\n---------- Forw"),
    "koi8r_plain": Expected(
        "petr@rambler.example", "Не могу войти", "Здравствуйте! Не могу", "CYRILLIC"
    ),
    "windows1251_qp": Expected("maria@mail.example", "Бонус", "Где мой бонус за", "CYRILLIC"),
    "windows1257_plain": Expected(
        "zydrunas@pastas.example", "Sąskaita užblokuota", "Kodėl mano sąskaita užblokuota?"
    ),
    "windows1254_plain": Expected(
        "sukru@posta.example", "Hesabım açılmıyor", "Hesabıma giriş yapamıyorum, şifre"
    ),
    "iso8859_9_base64": Expected(
        "ozan@posta.example", "Kimlik doğrulama", "“Kimlik doğrulama” neden gerekiyor?"
    ),
    "iso8859_13_plain": Expected(
        "egle@pastas.example", "Klausimas dėl premijos", "Ar galiu gauti premiją šį mėnesį?"
    ),
    "ascii_claimed_utf8_sent": Expected(
        "vlad@host.example", "Verification", "Прикрепил паспорт", "CYRILLIC"
    ),
    "utf8_head": Expected(
        "zaneta@poczta.example", "Pytanie o wypłatę środków", "Kiedy dostanę wypłatę?"
    ),
    "bare_head": Expected("old.printer@host.example", "broken € word", "Café at the corner"),
    "html_entities": Expected(
        "tom@host.example", "Deposit", "I paid €50 & got «nothing».\n\nCard № 7 — why?"
    ),
    "blank_plain_full_html": Expected("eva@host.example", "Re: Question", "Only here."),
    "apple_picture_between": Expected(
        "lina@icloud.example",
        "Screenshot",
        "This is what I see:\nSent from my iPhone",
        files=("IMG_0001.png",),
    ),
    "attachment_names": Expected(
        "ivan@mail.example", "Documents", "Documents att", files=("паспорт.pdf", "селфи.jpg")
    ),
    "winmail_dat": Expected(
        "rob@corp.example", "Statement", "Statement attached.", files=("winmail.dat",)
    ),
    "empty_body_with_file": Expected(
        "ana@host.example", "Passport", "", "", files=("passport.jpg",)
    ),
    "invitation": Expected(
        "pat@corp.example", "Call", "Can we talk at ten?", files=("invite.ics",)
    ),
    "mailing_list_person": Expected(
        "ben@host.example", "[players] Limits", "Please raise my limit."
    ),
    "exchange_out_of_office": auto(
        "jurgen@corp.example", "Automatic reply: Your withdrawal", "I am out of the office"
    ),
    "postfix_bounce": auto(
        "mailer-daemon@mx.example",
        "Undelivered Mail Returned to Sender",
        "This is the mail system",
        ("", ""),
    ),
    "exim_bounce": auto(
        "mailer-daemon@exim.example",
        "Mail delivery failed: returning message to sender",
        "This message was created automatically",
    ),
    "vacation_tr": auto(
        "can@posta.example", "Otomatik yanıt: Para çekme", "Tatildeyim, pazartesi döneceğim."
    ),
    "loop": auto("help@partner.example", "Re: [Ticket 7]", "We have received your request."),
    "read_receipt": auto(
        "lea@corp.example", "Read: Your withdrawal", "Your message was read.", ("",)
    ),
}
# Answers of which nothing but the new text is left.
ONLY_THE_ANSWER = [
    name
    for name in EXPECTED
    if name.endswith("_reply") or name in ("inline_answers", "blank_plain_full_html")
]


def sample(name: str) -> Mail:
    raw = (SAMPLES / f"{name}.eml").read_bytes()
    return read_mail(raw, mail_from="bounces@relay.example", received_at=RECEIVED)


def script_of(text: str) -> str:
    letters = Counter(unicodedata.name(each).split()[0] for each in text if each.isalpha())
    return letters.most_common(1)[0][0] if letters else ""


def test_every_sample_is_expected() -> None:
    assert {file.stem for file in SAMPLES.glob("*.eml")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_mail_is_understood(name: str) -> None:
    mail, expected = sample(name), EXPECTED[name]
    assert (mail.sender, mail.subject) == (expected.sender, expected.subject)
    assert mail.text.startswith(expected.begins)
    assert script_of(mail.text) == expected.script
    assert tuple(file.name for file in mail.attachments) == expected.files
    assert mail.auto_reply == expected.auto_reply
    assert "\ufffd" not in f"{mail.text}{mail.subject}{mail.sender_name}"


@pytest.mark.parametrize("name", ONLY_THE_ANSWER)
def test_what_an_answer_quotes_is_left_out(name: str) -> None:
    assert sample(name).text == EXPECTED[name].begins


def test_a_thread_is_its_senders_and_never_joins_two_senders() -> None:
    event = to_event(sample("gmail_en_reply"), "support")
    assert event.in_reply_to is None
    assert event.key == "mail:support:jonas.petraitis@gmail.com"
