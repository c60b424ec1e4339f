"""What we understand of a mail."""

import base64
import time
from datetime import UTC, datetime

import pytest

from services.ingest.channels.mail import Mail, read_mail, to_event
from services.ingest.errors import BadInput

RECEIVED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def read(*lines: str | bytes, mail_from: str = "jonas@example.lt") -> Mail:
    raw = b"\r\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
    return read_mail(raw, mail_from=mail_from, received_at=RECEIVED)


HEAD = (
    "From: Jonas Petraitis <Jonas@Example.LT>",
    "Subject: =?utf-8?q?I=C5=A1mok=C4=97jimas?=",
    "Date: Sun, 22 Nov 2026 13:00:00 +0200",
    "Message-ID: <1@example.lt>",
)


def test_a_plain_mail_keeps_its_sender_subject_time_and_text() -> None:
    mail = read(*HEAD, "", "Kur mano pinigai?", "")
    assert (mail.sender, mail.sender_name) == ("jonas@example.lt", "Jonas Petraitis")
    assert (mail.subject, mail.text) == ("Išmokėjimas", "Kur mano pinigai?")
    assert mail.sent_at == datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
    assert to_event(mail, "support").key == "mail:support:jonas@example.lt"


def test_a_charset_is_decoded_and_an_unknown_one_is_guessed() -> None:
    body = "где деньги".encode("koi8-r")
    known = read(*HEAD, "Content-Type: text/plain; charset=koi8-r", "", body)
    assert known.text == "где деньги"
    unknown = read(*HEAD, "Content-Type: text/plain; charset=x-martian", "", "ąčę")
    assert unknown.text == "ąčę"
    assert read(*HEAD, "", b"caf\xe9").text == "café"


def test_a_mail_of_html_alone_is_read_as_a_person_would() -> None:
    html = (
        "<html><style>p{}</style><p>Hello&nbsp;there</p><p>Second<br>line</p><script>x()</script>"
    )
    mail = read(*HEAD, "Content-Type: text/html; charset=utf-8", "", html)
    assert mail.text == "Hello there\n\nSecond\nline"


def test_the_plain_part_is_preferred_and_files_are_listed() -> None:
    mail = read(
        *HEAD,
        'Content-Type: multipart/mixed; boundary="b"',
        "",
        "--b",
        'Content-Type: multipart/alternative; boundary="c"',
        "",
        "--c",
        "Content-Type: text/html",
        "",
        "<b>rich</b>",
        "--c",
        "Content-Type: text/plain",
        "",
        "plain",
        "--c--",
        "--b",
        "Content-Type: application/pdf",
        "Content-Disposition: attachment; filename=statement.pdf",
        "Content-Transfer-Encoding: base64",
        "",
        "AAEC",
        "--b--",
    )
    assert mail.text == "plain"
    [file] = mail.attachments
    assert (file.name, file.media_type, file.size_bytes) == ("statement.pdf", "application/pdf", 3)


def test_the_same_mail_by_another_path_has_the_same_id() -> None:
    first = read("Received: from a", *HEAD, "", "hello")
    second = read("Received: from b", *HEAD, "", "hello")
    assert first.message_id == second.message_id


def test_two_mails_under_one_message_id_stay_two() -> None:
    assert read(*HEAD, "", "one").message_id != read(*HEAD, "", "two").message_id


def test_mails_without_a_message_id_are_told_apart_by_what_they_say() -> None:
    assert read(*HEAD[:3], "", "one").message_id != read(*HEAD[:3], "", "two").message_id


@pytest.mark.parametrize(
    ("header", "mail_from"),
    [
        ("Auto-Submitted: auto-replied", "a@b.c"),
        ("Precedence: bulk", "a@b.c"),
        ("X-Autoreply: yes", "a@b.c"),
        ("X-Nothing: special", "<>"),
    ],
)
def test_an_automatic_reply_is_known_as_one(header: str, mail_from: str) -> None:
    assert read(*HEAD, header, "", "I am away", mail_from=mail_from).auto_reply


def test_a_person_is_not_an_automatic_reply() -> None:
    assert not read(*HEAD, "Auto-Submitted: no", "", "I am here").auto_reply


def test_a_mail_dated_in_the_future_or_never_takes_the_time_of_arrival() -> None:
    future = "Date: Sun, 22 Nov 2099 13:00:00 +0000"
    assert read(HEAD[0], future, "", "x").sent_at == RECEIVED
    assert read(HEAD[0], "Date: the day after", "", "x").sent_at == RECEIVED
    assert read(HEAD[0], "", "x").sent_at == RECEIVED


def test_a_very_long_mail_is_cut_and_not_refused() -> None:
    mail = read(*HEAD, "", "я" * 100_000)
    assert mail.text.endswith("[… cut]")
    to_event(mail, "support")


def test_a_mail_from_nobody_is_refused() -> None:
    with pytest.raises(BadInput, match="From"):
        read("Subject: who am I", "", "x", mail_from="<>")


def test_control_characters_do_not_pass() -> None:
    mail = read("From: <a@b.c>", "Subject: a\x00b", "", "x\x00\x07y\tz")
    assert (mail.subject, mail.text) == ("a b", "xy\tz")


def test_a_mail_whose_lines_are_broken_anew_keeps_its_id() -> None:
    one = read(*HEAD, "", "Hello there,", "", "my  friend")
    other = read(*HEAD, "", "Hello", "there, my friend")
    assert one.message_id == other.message_id


@pytest.mark.parametrize("charset", ["punycode", "idna", "zlib", "unicode_escape", "hex", "utf\0"])
def test_a_codec_that_is_no_charset_is_not_used(charset: str) -> None:
    mail = read(*HEAD, f'Content-Type: text/plain; charset="{charset}"', "", "plain \\u0041 words")
    assert mail.text == "plain \\u0041 words"


def test_a_form_that_looks_like_a_quoted_head_is_kept() -> None:
    lines = ("New message:", "From: Jonas", "Date: today", "Subject: money", "", "Where is it?")
    assert read(*HEAD, "", *lines).text.endswith("Where is it?")


def test_a_mail_of_twenty_megabytes_is_read_in_seconds() -> None:
    piece = base64.encodebytes(bytes(15 * 1024 * 1024)).replace(b"\n", b"\r\n")
    head = (*HEAD, "Content-Type: multipart/mixed; boundary=b", "", "--b", "", "See the film.")
    file = ("--b", "Content-Type: video/mp4; name=film.mp4", "Content-Transfer-Encoding: base64")
    began = time.process_time()
    mail = read(*head, *file, "", piece, "--b--")
    assert time.process_time() - began < 10
    assert mail.text == "See the film."
    assert mail.attachments[0].size_bytes == 15 * 1024 * 1024


@pytest.mark.parametrize(
    "body",
    [
        "<a " * 80_000,
        "<!--" * 60_000,
        "<![CDATA[" * 25_000,
        "<script>" * 30_000,
        "&" * 250_000,
        "<blockquote>" * 20_000 + "x",
        "On " * 80_000,
        "\n" * 200_000 + "x",
        "> x\n\n" * 40_000,
        "From: \n" * 30_000,
        "-" * 250_000,
    ],
)
@pytest.mark.parametrize("kind", ["html", "plain"])
def test_a_body_made_to_take_long_does_not(kind: str, body: str) -> None:
    began = time.process_time()
    read(*HEAD, "In-Reply-To: <a@b>", f"Content-Type: text/{kind}", "", body)
    assert time.process_time() - began < 5


def test_parts_nested_without_end_are_refused() -> None:
    opening = [
        line
        for n in range(100)
        for line in (f"--{n}", f"Content-Type: multipart/mixed; boundary={n + 1}", "")
    ]
    with pytest.raises(BadInput, match="nested"):
        read(*HEAD, "Content-Type: multipart/mixed; boundary=0", "", *opening, "text")
    with pytest.raises(BadInput, match="lines"):
        read(*HEAD, "", "\n" * 1_000_000)


@pytest.mark.parametrize(
    "broken",
    [
        *("Content-Type: ;0*", "Content-Type: text/plain; charset*=x'", "Content-Type: /"),
        *("Content-Disposition: ;filename*0*=''%", "Content-Transfer-Encoding: =?x?q?=?="),
        *("Content-Type: text/plain; charset*0*=\xff; charset*1=y", "Date: ;;;;"),
    ],
)
def test_a_header_that_cannot_be_parsed_spoils_no_mail(broken: str) -> None:
    assert read(*HEAD, broken, "", "text").sender == "jonas@example.lt"


def test_a_charset_with_a_nul_spoils_no_mail() -> None:
    assert read(*HEAD, 'Content-Type: text/plain; charset="a\0b"', "", "caf\xe9").text == "café"


def test_a_file_name_in_bare_bytes_is_read() -> None:
    named = 'Content-Disposition: attachment; filename="išrašas.pdf"'.encode()
    mail = read(*HEAD, "Content-Type: application/pdf", named, "", "x")
    assert mail.attachments[0].name == "išrašas.pdf"


@pytest.mark.parametrize(
    "header",
    [
        "From: " + '<(["' * 100_000,
        "Content-Type: text/plain" + '; a="b' * 200_000,
        "Content-Disposition: attachment" + "; filename*0=x" * 100_000,
        "Subject: " + "=?utf-8?q?x?= " * 100_000,
        "References: " + "<a@b> " * 200_000,
        "\r\n".join(["X: y"] * 100_000),
        "Date: " + "1 " * 200_000,
    ],
)
def test_a_header_made_to_take_long_does_not(header: str) -> None:
    began = time.process_time()
    read(header, *HEAD, "", "text")
    assert time.process_time() - began < 5
