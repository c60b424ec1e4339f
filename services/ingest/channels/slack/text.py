"""Slack's markup as text that people read: `<https://a.test|our site>` is our site (https://a.test)."""

import re
from typing import Final

_MARKED: Final = re.compile(r"<([^<>]*)>")


def plain(text: str) -> str:
    """The text with links and names written out, and & < > as they were typed. Never longer."""
    shown = _MARKED.sub(lambda found: _shown(found.group(1)), text)
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _shown(marked: str) -> str:
    target, _, label = marked.partition("|")
    if target.startswith(("@", "#")):
        return f"{target[0]}{label or target[1:]}"
    if target.startswith("!"):  # !here, !subteam^S012|@night-shift, !date^1392734382^…|18 February
        return label or f"@{target[1:].partition('^')[0]}"
    bare = target.removeprefix("mailto:").removeprefix("tel:")
    return bare if label in ("", bare) else f"{label} ({bare})"
