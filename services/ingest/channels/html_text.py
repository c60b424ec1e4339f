"""The text of an HTML mail, for those that bring no plain part.

Read here and not by the library's parser, which takes time quadratic in what was never closed
(hours for a mail); this one passes over the text once.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

_SILENT: Final = frozenset({"script", "style", "head", "title", "template"})
_RAW: Final = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style")}
_BLOCKS: Final = frozenset(
    {"address", "article", "br", "dd", "div", "dl", "dt", "footer", "h1", "h2", "h3"}
    | {"h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table"}
    | {"tr", "ul"}
)
_QUOTE: Final = "blockquote"
_MAX_DEPTH: Final = 10  # of quotes
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,40})")
# A tag may have a > in quotes; beyond this many characters we look for the next > alone.
_REST_OF_TAG: Final = re.compile(r"""(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_LONG_TAG: Final = 1_000


def html_to_text(html: str) -> str:
    """What a reader would see, block by block, quotes marked by `>`; never fails, whatever the
    markup."""
    page = _Page()
    for tag, text in _tokens(html):
        page.take(tag, text)
    lines = (
        f"{'>' * depth} {line}" if depth and line else line
        for depth, line in ((depth, "".join(parts).strip()) for depth, parts in page.lines)
    )
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Page:
    """Lines, each with the depth of the quotes it stands in."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, list[str]]] = [(0, [])]
        self._silent = 0
        self._quotes = 0

    def take(self, tag: str, text: str) -> None:
        """A tag's name, with a slash before it where it closes; or a text."""
        name = tag.removeprefix("/")
        if not tag:
            if not self._silent:
                self.lines[-1][1].append(re.sub(r"\s+", " ", unescape(text)))
        elif name in _SILENT:
            self._silent = max(0, self._silent + (1 if tag == name else -1))
        elif tag == "body":
            self._silent = 0  # a head that was never closed ends here
        elif name == _QUOTE:
            self._quotes = max(0, self._quotes + (1 if tag == name else -1))
            self._break()
        elif name in _BLOCKS:
            self._break()
        elif tag == "td":
            self.lines[-1][1].append(" ")

    def _break(self) -> None:
        self.lines.append((min(self._quotes, _MAX_DEPTH), []))


def _tokens(html: str) -> Iterator[tuple[str, str]]:
    """Tags and texts in order. What was never closed reaches to the end, as it does in browsers."""
    at = 0
    while (opened := html.find("<", at)) >= 0:
        yield "", html[at:opened]
        tag = _TAG.match(html, opened)
        if tag is None:
            at = _after_markup(html, opened)
            if at == opened:  # a mere less-than sign
                yield "", "<"
                at += 1
            continue
        name = tag.group(2).lower()
        yield f"{tag.group(1)}{name}", ""
        at = _after_tag(html, tag.end())
        if name in _RAW and not tag.group(1):
            closed = _RAW[name].search(html, at)
            at = closed.start() if closed else len(html)
    yield "", html[at:]


def _after_markup(html: str, opened: int) -> int:
    """Where a comment, declaration or instruction ends; `opened` where it is none of them."""
    if html.startswith("<!--", opened):
        end, width = html.find("-->", opened + 2), 3
    elif html.startswith(("<!", "<?", "</"), opened):
        end, width = html.find(">", opened), 1
    else:
        return opened
    return end + width if end >= 0 else len(html)


def _after_tag(html: str, at: int) -> int:
    closed = _REST_OF_TAG.match(html, at, at + _LONG_TAG)
    if closed is not None:
        return closed.end()
    end = html.find(">", at)
    return end + 1 if end >= 0 else len(html)
