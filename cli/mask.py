"""`croupier mask`: the card numbers out of messages, as our doors take them out."""

from typing import Annotated

import typer

from cli.json_lines import BadLine, JsonObject, filter_lines
from shared.privacy.mask import mask_series

_EXAMPLE = '{"texts": ["my card is 4111 1111", "1111 1111"]}'


def mask(
    source: Annotated[
        typer.FileBinaryRead, typer.Argument(help="JSON lines; - is standard input.")
    ] = "-",  # type: ignore[assignment]  # Typer opens it
) -> None:
    """Mask the card numbers in consecutive messages of one sender, one JSON object a line.

    Reads {"texts": [...]}, writes the same object with the texts masked and "found", the number
    of card numbers. Numbers split across the texts are found too. A line that cannot be used is
    named on stderr, the rest is done, and the exit code is 1.

    Example: echo '{"texts": ["card 4111 1111 1111 1111"]}' | croupier mask
    """
    filter_lines(source, _masked, example=_EXAMPLE)


def _masked(line: JsonObject) -> JsonObject:
    texts = line.get("texts")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadLine('"texts" must be a list of strings')
    masked = mask_series(texts)
    return {**line, "texts": list(masked.texts), "found": masked.found}
