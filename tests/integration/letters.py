"""Mails as programs really write them, and what an agent is to read of each."""

import base64
import quopri
import random
from dataclasses import dataclass

from tests.unit.test_ingest_mail_samples import EXPECTED, SAMPLES

BIG_FILE_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True)
class Letter:
    """raw: with CRLF. begins: of the text."""

    name: str
    raw: bytes
    sender: str
    subject: str
    begins: str
    files: tuple[str, ...] = ()


def samples() -> list[Letter]:
    """Those of tests/samples/mail, in their charsets and encodings."""
    return [
        Letter(
            name=name,
            raw=crlf((SAMPLES / f"{name}.eml").read_bytes()),
            sender=expected.sender,
            subject=expected.subject,
            begins=expected.begins,
            files=expected.files,
        )
        for name, expected in EXPECTED.items()
    ]


def plain(name: str, text: str, *, sender: str = "jonas@example.lt") -> Letter:
    """In UTF-8 as it is, 8 bits a byte."""
    head = (
        f"From: Jonas <{sender}>\nTo: support@croupier.test\nSubject: {name}\n"
        f"Message-ID: <{name}@example.lt>\nMIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    )
    return Letter(
        name, crlf(f"{head}{text}\n".encode()), sender, name, text.split("\n", maxsplit=1)[0]
    )


def nested(depth: int = 8) -> Letter:
    """The words so many multiparts deep, in KOI8-R and quoted-printable; a picture beside each."""
    words = quopri.encodestring("Верните мои деньги".encode("koi8-r"))
    part = b"Content-Type: text/plain; charset=koi8-r\n" + (
        b"Content-Transfer-Encoding: quoted-printable\n\n" + words
    )
    for level in range(depth):
        part = _multipart(b"b%d" % level, part, _file(f"{level}.png", "image/png", b"\x89PNG"))
    head = b"From: petr@rambler.example\nSubject: nested\nMessage-ID: <nested@rambler.example>\n"
    files = tuple(f"{level}.png" for level in range(depth))
    letter = crlf(head + b"MIME-Version: 1.0\n" + part)
    return Letter("nested", letter, "petr@rambler.example", "nested", "Верните мои деньги", files)


def with_a_big_file() -> Letter:
    """One of 20 MiB, which no compression makes smaller."""
    content = random.Random(20).randbytes(BIG_FILE_BYTES)
    words = b"Content-Type: text/plain; charset=windows-1257\n\n" + "Čekis prisegtas".encode(
        "cp1257"
    )
    part = _multipart(b"big", words, _file("scan.pdf", "application/pdf", content))
    head = b"From: egle@pastas.example\nSubject: big\nMessage-ID: <big@pastas.example>\n"
    letter = crlf(head + b"MIME-Version: 1.0\n" + part)
    return Letter("big", letter, "egle@pastas.example", "big", "Čekis prisegtas", ("scan.pdf",))


def crlf(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _multipart(boundary: bytes, *parts: bytes) -> bytes:
    dashes = b"--" + boundary
    inside = b"".join(dashes + b"\n" + part + b"\n" for part in parts)
    return b"Content-Type: multipart/mixed; boundary=%s\n\n%s%s--\n" % (boundary, inside, dashes)


def _file(name: str, media_type: str, content: bytes) -> bytes:
    head = f'Content-Type: {media_type}\nContent-Disposition: attachment; filename="{name}"\n'
    return f"{head}Content-Transfer-Encoding: base64\n\n".encode() + base64.encodebytes(content)
