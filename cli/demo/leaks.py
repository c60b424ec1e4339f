"""Looks for the script's card numbers where none may be: in the store, in the topics, in logs."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cli.demo.script import Script
from cli.demo.scripted_messages import MailMessage
from shared.privacy.mask import mask

_RUN: Final = re.compile(r"\d(?:[ .\-]?\d){12,18}")
_SEPARATORS: Final = re.compile(r"(?<=\d)[ .\-](?=\d)")


def card_numbers(script: Script) -> frozenset[str]:
    """The numbers, digits only, that customers of the script give away."""
    found: set[str] = set()
    for message in script.messages:
        words = message.text + (f" | {message.subject}" if isinstance(message, MailMessage) else "")
        runs = (_SEPARATORS.sub("", run) for run in _RUN.findall(_plain(words)))
        found.update(run for run in runs if mask(run).found)
    return frozenset(found)


def leaked(numbers: Iterable[str], text: str) -> bool:
    """Whether one of the numbers is in the text, however its digits are written or parted."""
    digits = _SEPARATORS.sub("", _plain(text))
    return any(number in digits for number in numbers)


def leaking_logs(numbers: frozenset[str], folder: Path) -> list[str]:
    """Names of the logs in a folder that have one of the numbers."""
    return [
        log.name
        for log in sorted(folder.glob("*.log"))
        if leaked(numbers, log.read_text("utf-8", errors="replace"))
    ]


def _plain(text: str) -> str:
    return "".join(
        str(unicodedata.digit(c)) if c.isdigit() else c for c in unicodedata.normalize("NFKC", text)
    )
