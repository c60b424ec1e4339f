"""The text of an HTML mail, for those that bring no plain part."""

import re
from html.parser import HTMLParser
from typing import Final

_SILENT: Final = frozenset({"script", "style", "head", "title", "template"})
_BLOCKS: Final = frozenset(
    {"address", "article", "br", "dd", "div", "dl", "dt", "footer", "h1", "h2", "h3"}
    | {"h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table"}
    | {"tr", "ul"}
)
_QUOTE: Final = "blockquote"
_MAX_DEPTH: Final = 10  # of quotes


class _TextParser(HTMLParser):
    """Makes lines, each with the depth of the quotes it stands in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[tuple[int, list[str]]] = [(0, [])]
        self._silent = 0
        self._quotes = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _SILENT:
            self._silent += 1
        elif tag == "body":
            self._silent = 0  # a head that was never closed ends here
        elif tag == _QUOTE:
            self._quotes += 1
            self._break()
        elif tag in _BLOCKS:
            self._break()
        elif tag == "td":
            self.lines[-1][1].append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _BLOCKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT and self._silent:
            self._silent -= 1
        elif tag == _QUOTE:
            self._quotes = max(0, self._quotes - 1)
            self._break()
        elif tag in _BLOCKS:
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.lines[-1][1].append(re.sub(r"\s+", " ", data))

    def _break(self) -> None:
        self.lines.append((min(self._quotes, _MAX_DEPTH), []))


def html_to_text(html: str) -> str:
    """What a reader would see, block by block, quotes marked by `>`; never fails, whatever the
    markup."""
    parser = _TextParser()
    parser.feed(html)
    parser.close()
    lines = (
        f"{'>' * depth} {line}" if depth and line else line
        for depth, line in ((depth, "".join(parts).strip()) for depth, parts in parser.lines)
    )
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
