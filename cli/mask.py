"""`croupier mask`: the card numbers out of messages, as our doors take them out."""

from pathlib import Path
from typing import Annotated

import typer

from cli.json_lines import BadLine, JsonObject, filter_lines
from cli.mask_score import Score, read_attacks, read_innocents, score, table
from shared.privacy.mask import mask_series

# What the masker must reach: every card hidden, at most this share of other numbers with it.
MAX_FALSE_POSITIVES = 0.01
_EXAMPLE = '{"texts": ["my card is 4111 1111", "1111 1111"]}'


def mask(
    source: Annotated[
        typer.FileBinaryRead, typer.Argument(help="JSON lines; - is standard input.")
    ] = "-",  # type: ignore[assignment]  # Typer opens it
    score_folder: Annotated[
        Path | None,
        typer.Option(
            "--score",
            help="Instead, show recall and false positives on FOLDER/attack.txt and innocent.txt.",
            metavar="FOLDER",
            exists=True,
            file_okay=False,
        ),
    ] = None,
) -> None:
    """Mask the card numbers in consecutive messages of one sender, one JSON object a line.

    Reads {"texts": [...]}, writes the same object with the texts masked and "found", the number
    of card numbers. Numbers split across the texts are found too. A line that cannot be used is
    named on stderr, the rest is done, and the exit code is 1. With --score the exit code is 1 where
    a card is missed or more than one other number in a hundred is masked.

    Example: echo '{"texts": ["card 4111 1111 1111 1111"]}' | croupier mask
    """
    if score_folder is None:
        filter_lines(source, _masked, example=_EXAMPLE)
    else:
        _show(score_of(score_folder))


def score_of(folder: Path) -> Score:
    """The score on the corpora of a folder, such as tests/samples/masking."""
    return score(read_attacks(folder / "attack.txt"), read_innocents(folder / "innocent.txt"))


def _show(result: Score) -> None:
    typer.echo(table(result))
    typer.echo(f"\nrecall {result.recall:.1%}, false positives {result.false_positives:.2%}")
    for case in result.wrong:
        typer.echo(f"wrong: {case.kind}: {case.texts!a}", err=True)
    if result.recall < 1.0 or result.false_positives > MAX_FALSE_POSITIVES:
        raise typer.Exit(code=1)


def _masked(line: JsonObject) -> JsonObject:
    texts = line.get("texts")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadLine('"texts" must be a list of strings')
    masked = mask_series(texts)
    return {**line, "texts": list(masked.texts), "found": masked.found}
