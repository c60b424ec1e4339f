"""Filters over JSON lines: one object a line in, one a line out, bad lines named on stderr."""

import json
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import typer

JsonObject = dict[str, Any]


class BadLine(ValueError):
    """A line cannot be used; the message says what is wrong and how to write it."""


def filter_lines(
    lines: Iterable[bytes], convert: Callable[[JsonObject], JsonObject], *, example: str
) -> None:
    """Echo what `convert` makes of each line; empty lines are skipped.

    A bad line is named on stderr with its number and the `example` to follow, and the rest is
    still done. Raises typer.Exit with code 1 at the end if there was one.
    """
    failed = False
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            answer = _write(convert(_read(line)))
        except BadLine as error:
            failed = True
            typer.echo(f"line {number}: {error}; write it as {example}", err=True)
        else:
            typer.echo(answer)
    if failed:
        raise typer.Exit(code=1)


def _read(line: bytes) -> JsonObject:
    try:
        value = json.loads(line.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise BadLine("not UTF-8") from error
    except json.JSONDecodeError as error:
        raise BadLine(f"not JSON ({error.msg} at column {error.colno})") from error
    except (ValueError, RecursionError) as error:  # NaN, a number too long, nesting too deep
        raise BadLine(f"not usable JSON ({error})") from error
    if not isinstance(value, dict):
        raise BadLine("not a JSON object")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _write(answer: JsonObject) -> bytes:
    try:
        return json.dumps(answer, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise BadLine("half a surrogate pair in a string") from error
