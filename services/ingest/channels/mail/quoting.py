"""Takes out of an answer what it quotes: the agent has read that already.

Line by line, in time linear in the text, since strangers write it. Words are known for English,
Russian, Lithuanian and Turkish; marks (`>`), addresses and times are known in any language. In
doubt a text stays as it is: a quote too many is read over, a customer's own words are not to be
lost.
"""

import re
from collections.abc import Sequence
from typing import Final

_MAX_LINE: Final = 400  # characters of "On … wrote:", over three lines at most

_FORWARDED_SUBJECT: Final = re.compile(
    r"^\s*(fwd?|wg|[iİı]lt|пересл\w*|persiun\w*)\s*:", re.IGNORECASE
)
_ANSWERED_SUBJECT: Final = re.compile(
    r"^\s*(re|aw|sv|ynt|yan|отв|ответ|ats|atsakymas)\s*(\[\d+\])?\s*:", re.IGNORECASE
)
_SEPARATOR: Final = re.compile(r"^[-_=*]{2,}\s*([^\W\d_][\w ]{4,40}?)\s*[-_=*]{2,}$")
_ORIGINAL: Final = frozenset(
    {"original message", "original appointment", "reply message"}
    | {"исходное сообщение", "оригинальное сообщение", "original mesaj"}
    | {"originalus laiškas", "pradinis laiškas", "pirminis pranešimas", "originalus pranešimas"}
    | {"orijinal mesaj", "orijinal ileti", "özgün ileti", "özgün mesaj", "asıl mesaj"}
)
_FORWARDED: Final = frozenset(
    {"forwarded message", "begin forwarded message", "пересылаемое сообщение"}
    | {"пересланное сообщение", "persiųstas laiškas", "persiunčiamas laiškas"}
    | {"iletilmiş mesaj", "yönlendirilen mesaj", "yönlendirilmiş ileti", "iletilen mesaj"}
)
# How "… wrote:" ends.
_WROTE: Final = (
    *("wrote", "writes", "said"),
    *("написал", "написала", "написал(а)", "пишет", "писал", "писала", "писал(а)"),
    *("rašė", "parašė", "rašo"),
    *("yazdı", "yazmış", "yazdi"),
)
_TIME: Final = re.compile(r"\d{1,2}[:.]\d{2}|\d{4}")
# The head of the quoted mail, as Outlook and others put it above their quote.
_HEAD: Final = frozenset(
    {"from", "sent", "date", "to", "cc", "subject"}
    | {"от", "от кого", "отправлено", "дата", "кому", "копия", "тема", "отправитель"}
    | {"nuo", "išsiųsta", "siųsta", "data", "kam", "kopija", "tema"}
    | {"kimden", "gönderen", "gönderildi", "gönderme tarihi", "tarih", "kime", "bilgi", "konu"}
)
_HEAD_LINE: Final = re.compile(r"^[*\s]{0,4}([^\W\d_][\w ]{1,20}?)\s?:[*\s]{0,4}\S")


def may_quote(subject: str, *, names_another: bool) -> bool:
    """Whether a mail answers another, and so may quote it; a form's mail only looks like one.

    A mail that is passed on is wanted whole. names_another: by In-Reply-To or References.
    """
    if _FORWARDED_SUBJECT.match(subject):
        return False
    return names_another or _ANSWERED_SUBJECT.match(subject) is not None


def newly_written(text: str) -> str:
    """What the sender wrote themselves; the whole where nothing else is left, or where they pass
    on what somebody wrote."""
    lines = text.split("\n")
    if any(_is_forward_mark(line) for line in lines):
        return text
    kept = _without_marked(_before_original(lines))
    written = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    return written or text


def _before_original(lines: Sequence[str]) -> Sequence[str]:
    """Up to "--- Original Message ---" or the head of the quoted mail."""
    for number, line in enumerate(lines):
        if _is_original_mark(line) or _is_head(lines[number : number + 6]):
            end = number
            while end and (not lines[end - 1].strip() or not lines[end - 1].strip("-_ *")):
                end -= 1  # the rule above it
            return lines[:end]
    return lines


def _without_marked(lines: Sequence[str]) -> list[str]:
    """Without the lines marked `>` from the first "… wrote:" on, and without those at the end."""
    kept: list[str] = []
    introduced = False
    for line in lines:
        if not _is_marked(line):
            kept.append(line)
        elif introduced or (introduced := _drop_introduction(kept)):
            continue
        else:
            kept.append(line)
    return _without_tail(kept)


def _drop_introduction(kept: list[str]) -> bool:
    """Take "… wrote:" off the end, where it is there; it may be broken into three lines."""
    end = len(kept)
    while end and not kept[end - 1].strip():
        end -= 1
    for count in (1, 2, 3):
        start = end - count
        if start < 0 or not kept[start].strip():
            return False
        if _introduces(" ".join(line.strip() for line in kept[start:end])):
            del kept[start:]
            return True
    return False


def _introduces(line: str) -> bool:
    if len(line) > _MAX_LINE or not line.endswith(":"):
        return False
    last = line[:-1].rstrip().rpartition(" ")[2].lower()
    return _TIME.search(line) is not None and (last in _WROTE or "@" in line)


def _without_tail(lines: list[str]) -> list[str]:
    end, marked = len(lines), 0
    while end and (not lines[end - 1].strip() or _is_marked(lines[end - 1])):
        marked += _is_marked(lines[end - 1])
        end -= 1
    return lines[:end] if marked > 1 else lines


def _is_marked(line: str) -> bool:
    return line.lstrip().startswith(">")


def _is_original_mark(line: str) -> bool:
    return _separator_words(line) in _ORIGINAL


def _is_forward_mark(line: str) -> bool:
    return (
        _separator_words(line) in _FORWARDED
        or line.strip().rstrip(":").lower() == "begin forwarded message"
    )


def _separator_words(line: str) -> str:
    found = _SEPARATOR.match(line.strip()) if len(line) <= 100 else None
    return found.group(1).lower() if found else ""


def _is_head(lines: Sequence[str]) -> bool:
    """Whether three of the lines from here, without a gap, are of a mail's head."""
    names: set[str] = set()
    for line in lines:
        found = _HEAD_LINE.match(line[:120])
        if not found or found.group(1).lower() not in _HEAD:
            break
        names.add(found.group(1).lower())
    return len(names) >= 3
