"""`croupier understand`: what a message is about, as the sorter sees it."""

from typing import Annotated

import typer

from cli.json_lines import BadLine, JsonObject, filter_lines
from services.router.understanding.port import Understanding
from services.router.understanding.rules import RuleUnderstanding

_EXAMPLE = '{"text": "where is my payout", "lang_hint": "en"} (lang_hint may be left out)'


def understand(
    source: Annotated[
        typer.FileBinaryRead, typer.Argument(help="JSON lines; - is standard input.")
    ] = "-",  # type: ignore[assignment]  # Typer opens it
) -> None:
    """Add language and topic to messages, one JSON object a line.

    Reads {"text", "lang_hint"?}, writes the same object with "lang" (ISO 639-1, or "und"),
    "topic" and "topic_p", the probability that the topic is right. A line that cannot be used is
    named on stderr, the rest is done, and the exit code is 1.

    Example: echo '{"text": "kak vyvesti dengi"}' | croupier understand
    """
    understanding = RuleUnderstanding()
    filter_lines(source, lambda line: _understood(line, understanding), example=_EXAMPLE)


def _understood(line: JsonObject, understanding: Understanding) -> JsonObject:
    text, hint = line.get("text"), line.get("lang_hint")
    if not isinstance(text, str):
        raise BadLine('"text" must be a string')
    if hint is not None and not isinstance(hint, str):
        raise BadLine('"lang_hint" must be a string such as "lt"')
    found = understanding.understand(text, lang_hint=hint)
    return {**line, "lang": found.lang, "topic": found.topic, "topic_p": round(found.topic_p, 4)}
