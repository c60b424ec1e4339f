"""Reads an HTML form from a provider: fields as bytes, files by name, type and size."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default as default_policy
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError

from services.ingest.channels.adapter import FORM
from services.ingest.channels.mail.headers import one_line
from services.ingest.errors import BadInput, Complaint
from shared.contracts.message_received_v1 import Attachment

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_FIELDS: Final = 1_000
_MAX_HEADER_BYTES: Final = 4_224
_MAX_HEADERS: Final = 16
_PARAMETER: Final = re.compile(r';\s*([\w*]{1,20})=(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))')


@dataclass(slots=True)
class _Part:
    headers: dict[str, str] = field(default_factory=dict)
    name: str = ""
    is_file: bool = False
    file_name: str = ""
    media_type: str = "application/octet-stream"
    size: int = 0
    value: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True, slots=True)
class Form:
    """fields: name and bytes, in order; a name may come twice. files: field's name and file."""

    fields: tuple[tuple[str, bytes], ...] = field(repr=False)
    files: tuple[tuple[str, Attachment], ...] = field(repr=False)

    def all(self, name: str) -> list[bytes]:
        return [value for key, value in self.fields if key == name]

    def first(self, name: str) -> bytes | None:
        return next(iter(self.all(name)), None)

    def text(self, name: str) -> str:
        """The first of this name, as UTF-8; empty where it is absent."""
        return (self.first(name) or b"").decode("utf-8", "replace")


def read_form(content_type: str, body: bytes) -> Form:
    """Raises BadInput: not a form of the type it says, or more than MAX_FIELDS fields."""
    if content_type.partition(";")[0].strip().lower() == FORM:
        return _urlencoded(body)
    return _multipart(content_type, body)


def _urlencoded(body: bytes) -> Form:
    try:
        # Latin-1 stands for the bytes: of bytes the function decodes no more than ASCII
        pairs = parse_qsl(
            body.decode("latin-1"),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            encoding="latin-1",
        )
    except ValueError:
        raise _not_a_form(f"more than {MAX_FIELDS} fields") from None
    return Form(tuple((name, value.encode("latin-1")) for name, value in pairs), ())


def _multipart(content_type: str, body: bytes) -> Form:
    collector = _Collector()
    try:
        parser = MultipartParser(
            _boundary(content_type),
            collector.callbacks(),
            max_header_count=_MAX_HEADERS,
            max_header_size=_MAX_HEADER_BYTES,
        )
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError):
        raise _not_a_form("not multipart/form-data") from None
    if not collector.ended:
        raise _not_a_form("multipart/form-data that ends too early")
    fields = ((part.name, bytes(part.value)) for part in collector.parts if not part.is_file)
    return Form(tuple(fields), tuple(_files(collector.parts)))


def _files(parts: list[_Part]) -> Iterator[tuple[str, Attachment]]:
    for part in parts:
        if part.is_file:
            yield (
                part.name,
                Attachment(
                    name=part.file_name[:256],
                    media_type=part.media_type[:128],
                    size_bytes=part.size,
                ),
            )


class _Collector:
    """What the parser calls. A file's bytes are counted and let go."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.ended = False
        self._name = bytearray()
        self._value = bytearray()

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header,
            "on_headers_finished": self._described,
            "on_part_data": self._data,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.parts) >= MAX_FIELDS:
            raise ValueError("too many fields")
        self.parts.append(_Part())

    def _header(self) -> None:
        name = self._name.decode("ascii", "replace").lower()
        self.parts[-1].headers.setdefault(name, one_line(self._value.decode("utf-8", "replace")))
        self._name.clear()
        self._value.clear()

    def _described(self) -> None:
        part = self.parts[-1]
        media_type = part.headers.get("content-type", "").partition(";")[0].strip().lower()
        part.media_type = media_type or part.media_type
        named = _disposition(part.headers.get("content-disposition", ""))
        part.name = named.get("name", "")
        part.is_file = "filename" in named
        part.file_name = one_line(named.get("filename", ""))

    def _data(self, data: bytes, start: int, end: int) -> None:
        part = self.parts[-1]
        part.size += end - start
        if not part.is_file:
            part.value += data[start:end]

    def _end(self) -> None:
        self.ended = True


def _boundary(content_type: str) -> bytes:
    holder = EmailMessage(policy=default_policy)
    try:
        holder["Content-Type"] = content_type
        boundary = holder.get_boundary() or ""
        encoded = boundary.encode("ascii")
    except Exception:  # noqa: BLE001 - email's header parser raises whatever it trips over
        encoded = b""
    if not 0 < len(encoded) <= 256:
        raise _not_a_form("multipart/form-data without a boundary")
    return encoded


def _disposition(value: str) -> dict[str, str]:
    """The parameters of a Content-Disposition: `name` and, of a file, `filename`."""
    found: dict[str, str] = {}
    for each in _PARAMETER.finditer(value[:_MAX_HEADER_BYTES]):
        key, quoted, bare = each.group(1).lower(), each.group(2), each.group(3)
        plain = bare if quoted is None else quoted.replace('\\"', '"')
        found.setdefault(key, plain.replace("%22", '"'))
    return found


def _not_a_form(why: str) -> BadInput:
    return BadInput(Complaint("body", why))
