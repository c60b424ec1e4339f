"""`croupier dlq`: records nobody could handle."""

import asyncio
import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cli import dead_letters
from cli.dead_letters import DeadLetter
from cli.running import KafkaOption, kafka_of
from cli.told_plainly import Trouble, told_plainly
from shared.privacy.raw import mask_raw

app = typer.Typer(no_args_is_help=True, help=__doc__)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
TopicOption = Annotated[str | None, typer.Option(help="Of this topic of dead letters only.")]


@app.command("list")
def list_(
    kafka: KafkaOption = None,
    topic: TopicOption = None,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="Leave out what was replayed.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List dead letters: where, since when, why, where from.

    Example: croupier dlq list --waiting --json
    """
    with told_plainly():
        letters = asyncio.run(_read(kafka_of(kafka), topic))
    letters = [letter for letter in letters if not (waiting and letter.replayed)]
    if as_json:
        typer.echo(json.dumps([_row(letter) for letter in letters]))
    elif letters:
        _show_table(letters)
    else:
        typer.echo("no dead letters")


@app.command()
def show(
    id: Annotated[str, typer.Argument(help="topic/partition/offset, as in the list.")],
    kafka: KafkaOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one dead letter: its headers, and its value with card numbers masked.

    Example: croupier dlq show support.inbound.v1.sorter.dlq/3/17
    """
    with told_plainly():
        letter = asyncio.run(dead_letters.find(kafka_of(kafka), id))
    headers = {name: _text(value) for name, value in letter.record.headers}
    value = _text(letter.record.value or b"")
    if as_json:
        key = _text(letter.record.key or b"")
        typer.echo(json.dumps({**_row(letter), "key": key, "headers": headers, "value": value}))
        return
    for name, shown in (("id", letter.id), ("at", f"{letter.at:%Y-%m-%d %H:%M:%S} UTC")):
        typer.echo(f"{name}: {shown}")
    for name, shown in headers.items():
        typer.echo(f"{name}: {shown}")
    typer.echo(f"\n{value}")


@app.command()
def replay(
    ids: Annotated[
        list[str] | None, typer.Argument(help="topic/partition/offset, as in the list.")
    ] = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="All that were not replayed yet.")
    ] = False,
    topic: TopicOption = None,
    kafka: KafkaOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish dead letters again where they came from, and mark them as replayed.

    Mend the cause first: what still cannot be read becomes a dead letter again.

    Example: croupier dlq replay support.inbound.v1.sorter.dlq/3/17
    """
    with told_plainly():
        if bool(ids) == everything:
            raise Trouble("say which: ids from croupier dlq list, or --all")
        replayed = asyncio.run(_replay(kafka_of(kafka), ids or [], topic))
    if as_json:
        typer.echo(json.dumps({"replayed": replayed}))
    else:
        typer.echo("\n".join(f"replayed {id}" for id in replayed) or "nothing to replay")


async def _read(kafka: str, topic: str | None) -> list[DeadLetter]:
    if topic is not None and topic not in dead_letters.topics():
        raise Trouble(f"no topic of dead letters is {topic!r}: {', '.join(dead_letters.topics())}")
    found = [letter async for letter in dead_letters.read_dead_letters(kafka, topic=topic)]
    return sorted(found, key=lambda letter: (letter.at, letter.id))


async def _replay(kafka: str, ids: list[str], topic: str | None) -> list[str]:
    """Ids replayed; without ids, of all that wait."""
    if ids:
        letters = [await dead_letters.find(kafka, id) for id in ids]
    else:
        letters = [letter for letter in await _read(kafka, topic) if not letter.replayed]
    await dead_letters.replay(letters, kafka=kafka)
    return [letter.id for letter in letters]


def _row(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "topic": letter.topic,
        "partition": letter.record.partition,
        "offset": letter.record.offset,
        "at": letter.at.isoformat(),
        "reason": letter.reason,
        "origin": letter.origin,
        "replayed": letter.replayed,
    }


def _show_table(letters: list[DeadLetter]) -> None:
    table = Table("id", "at", "reason", "origin", "replayed")
    for letter in letters:
        at = f"{letter.at:%Y-%m-%d %H:%M:%S}"
        replayed = "yes" if letter.replayed else ""
        table.add_row(letter.id, at, letter.reason, letter.origin, replayed)
    Console(soft_wrap=True).print(table, markup=False)


def _text(raw: bytes) -> str:
    """For people: card numbers masked, whatever is no UTF-8 shown as a mark."""
    return mask_raw(raw).decode(errors="replace")
