"""`croupier contracts`: the events of the wire and the HTTP doors, and their documents."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.stack.topics import load_topics
from services.ingest.api import api_document
from shared.contracts import CONTRACTS
from shared.contracts.export import (
    Documents,
    Incomplete,
    documents,
    drifted,
    read_samples,
    write,
)
from shared.contracts.export.catalogue import CHANNELS
from shared.contracts.export.prose import headline_of

_ROOT = Path(__file__).resolve().parent.parent

app = typer.Typer(
    no_args_is_help=True,
    help="Every event that crosses a topic, as a list or as documents.\n\n"
    "Example: croupier contracts list",
)


@app.command("list")
def list_contracts(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array.")] = False,
) -> None:
    """List every event version with its topic.

    Example: croupier contracts list --json | jq -r '.[].type'
    """
    rows = [
        {
            "type": contract.TYPE,
            "version": contract.VERSION,
            "topic": contract.TOPIC,
            "key": CHANNELS[contract.TOPIC].key,
            "summary": headline_of(contract),
        }
        for contract in CONTRACTS
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table("event", "topic", "what it says")
    for row in rows:
        table.add_row(f"{row['type']} v{row['version']}", str(row["topic"]), str(row["summary"]))
    Console().print(table)


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="Folder of the documents.", show_default="docs")] = _ROOT
    / "docs",
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 when a document is out of date.")
    ] = False,
    samples: Annotated[
        Path,
        typer.Option(
            help="Folder of sample events, shown as examples.",
            exists=True,
            show_default="tests/contract/golden",
        ),
    ] = _ROOT / "tests/contract/golden",
) -> None:
    """Write asyncapi.yaml, openapi.json and schemas/*.json from the code.

    Example: croupier contracts export

    Example: croupier contracts export --check
    """
    try:
        expected = _documents(samples)
    except Incomplete as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if not check:
        for path in write(out, expected):
            typer.echo(out / path)
        return
    wrong = drifted(out, expected)
    if wrong:
        names = "\n".join(f"  {out / path}" for path in wrong)
        typer.echo(f"out of date:\n{names}\nrun croupier contracts export", err=True)
        raise typer.Exit(1)


def _documents(samples: Path) -> Documents:
    """Path below docs → text."""
    events = documents(CONTRACTS, load_topics().topics, read_samples(samples))
    doors = json.dumps(api_document(), ensure_ascii=False, indent=2) + "\n"
    return {**events, Path("openapi.json"): doors}
