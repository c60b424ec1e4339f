"""Bytes of a mail as text, whatever the sender calls their charset."""

import codecs
from typing import Final

# The sender's word for a charset → what their program meant: senders of Windows name the ISO set
# whose upper control characters they use as letters and quotes.
_MEANT: Final = {
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ascii": "utf-8",
}
# Python's codecs that are no charset of a text; idna and punycode take time quadratic in length.
_NOT_TEXT: Final = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
)


def decoded(raw: bytes, charset: str | None, *, limit: int) -> str:
    """The text in the first `limit` bytes; never fails.

    Where the charset is unknown or does not fit: UTF-8, else Windows-1252, else Latin-1.
    """
    for name in (_codec(charset), "utf-8", "cp1252"):
        if name is not None:
            try:
                decoder = codecs.getincrementaldecoder(name)()
                # a character that the limit cut in two is left out
                return decoder.decode(raw[:limit], final=len(raw) <= limit)
            except (LookupError, ValueError):
                continue
    return raw[:limit].decode("latin-1")


def _codec(charset: str | None) -> str | None:
    name = (charset or "").strip().strip("'\"").lower()
    if not name or len(name) > 40 or "\0" in name:
        return None
    for candidate in (name, name.removeprefix("x-"), name.replace("_", "-").removeprefix("cs")):
        try:
            found = codecs.lookup(candidate)
        except (LookupError, ValueError):
            continue
        # bytes-to-bytes codecs such as zlib say of themselves that they are no text encoding
        is_text: bool = getattr(found, "_is_text_encoding", True)
        if not is_text or found.name.replace("-", "_") in _NOT_TEXT:
            return None
        return _MEANT.get(found.name, found.name)
    return None
