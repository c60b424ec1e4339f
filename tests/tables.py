"""Tables for the end of a test session."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table


def lines(title: str, rows: Sequence[Mapping[str, Any]], *, width: int) -> Iterator[str]:
    """A table as text; the columns are the fields of the first row."""
    table = Table(title=title, title_justify="left")
    for name in rows[0]:
        number = isinstance(rows[0][name], int | float)
        table.add_column(name.replace("_", " "), justify="right" if number else "left")
    for row in rows:
        table.add_row(*("–" if value is None else str(value) for value in row.values()))
    console = Console(width=width, color_system=None)
    with console.capture() as captured:
        console.print(table)
    yield from captured.get().splitlines()
