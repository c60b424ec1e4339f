"""Headers of a mail that strangers wrote."""

import re
from collections.abc import Iterable
from email.headerregistry import BaseHeader
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32
from email.policy import default as default_policy
from email.utils import parseaddr
from typing import Final

from services.ingest.channels.mail.charsets import decoded

_MAX_HEADER: Final = 8_192
_MAX_HEADERS: Final = 500
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")


def one_line(value: str) -> str:
    """Without controls, line breaks and lone surrogates; words apart by one space."""
    return " ".join(_CONTROLS.sub(" ", value).split())


class _Lenient(Compat32):
    """Of the library's policies the one whose parser raises on no header; bytes that are not ASCII
    are read as text here, and not replaced. Cut, since it takes time quadratic in a header."""

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002
        return _repaired(value[:_MAX_HEADER])


LENIENT: Final = _Lenient()


class Headers:
    """The first value of each header, decoded; names in any case. Reading never fails."""

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        self._raw: Final[dict[str, str]] = {}
        for number, (name, value) in enumerate(fields):
            if number >= _MAX_HEADERS:
                break
            self._raw.setdefault(name.strip().lower(), value[:_MAX_HEADER])

    @classmethod
    def of(cls, message: Message) -> "Headers":
        return cls((name, str(value)) for name, value in message.raw_items())

    @classmethod
    def of_bytes(cls, block: bytes) -> "Headers":
        """Of a mail's head, as it is on the wire."""
        return cls.of(BytesParser(policy=LENIENT).parsebytes(block, headersonly=True))

    def __contains__(self, name: str) -> bool:
        return name in self._raw

    def text(self, name: str) -> str:
        """Encoded words decoded; empty where it is absent."""
        header = self._parsed(name)
        return one_line(header if isinstance(header, str) else str(header))

    def address(self, name: str) -> tuple[str, str]:
        """The first address in it: display name and address in lower case, each maybe empty."""
        header = self._parsed(name)
        try:
            first = next(iter(getattr(header, "addresses", ())), None)
            found = (first.display_name, first.addr_spec) if first is not None else ("", "")
        except Exception:  # noqa: BLE001 - as in _parsed
            found = ("", "")
        if "@" not in found[1]:
            found = _plain_address(str(header))
        return one_line(found[0]), "".join(one_line(found[1]).split()).lower().strip("<>")

    def tokens(self, name: str) -> str:
        """The value in lower case up to its parameters or comment."""
        return re.split(r"[;(\s]", self.text(name).lower(), maxsplit=1)[0]

    def _parsed(self, name: str) -> str | BaseHeader:
        raw = _repaired(self._raw.get(name.lower(), ""))
        try:
            header: str | BaseHeader = default_policy.header_factory(name, raw)
            str(header)
        except Exception:  # noqa: BLE001 - email's header parser raises whatever it trips over
            return raw
        return header


def _plain_address(value: str) -> tuple[str, str]:
    try:
        return parseaddr(value)
    except Exception:  # noqa: BLE001 - such as RecursionError, of brackets in brackets
        return "", ""


def unfolded(value: str) -> str:
    """Any header's value with its encoded words decoded."""
    return Headers([("Subject", value)]).text("Subject")


def _repaired(raw: str) -> str:
    """Bytes that the parser could not read are text in some charset, mostly UTF-8."""
    whole = "".join(raw.splitlines())
    if not re.search(r"[\udc80-\udcff]", whole):
        return whole
    raw_bytes = whole.encode("utf-8", "surrogateescape")
    return decoded(raw_bytes, None, limit=len(raw_bytes))
