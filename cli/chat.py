"""`croupier chat`: a customer at a terminal."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from time import time
from typing import Annotated, Final

import jwt
import orjson
import typer

from cli.chat_client import ChatClient, Message, TurnedAway

CUSTOMER_SECONDS: Final = 600
ISSUER: Final = "https://www.croupier.test"
AUDIENCE: Final = "croupier-chat"


def chat(
    *,
    url: Annotated[str, typer.Option(help="The lobby's socket, with the account.")] = (
        "ws://127.0.0.1:8084/v1/chat/website"
    ),
    customer: Annotated[
        str | None, typer.Option(help="Be logged in on the site as this customer.")
    ] = None,
    key_file: Annotated[
        Path, typer.Option(help="With --customer: the key that signs customer tokens.")
    ] = Path("deploy/ingest/demo/chat_customers.key"),
    issuer: Annotated[str, typer.Option(help="With --customer: iss of the token.")] = ISSUER,
    audience: Annotated[str, typer.Option(help="With --customer: aud of the token.")] = AUDIENCE,
    lang: Annotated[str | None, typer.Option(help="The page's language, such as lt.")] = None,
    script: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Say the lines of this file, each once the one before is acknowledged, and wait"
            " for an answer after a line `?`.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each message as a line of JSON.")
    ] = False,
) -> None:
    """Chat as a customer: what is typed is said, and replies are printed; end of file ends it.

    Example: croupier chat --customer 20418 --lang lt
    """
    if customer is not None and not key_file.is_file():
        raise typer.BadParameter(f"{key_file}: no such file", param_hint="--key-file")
    log_in = None if customer is None else _vouch(customer, key_file, issuer, audience)
    tell = _print_json if as_json else _print
    lines = None if script is None else script.read_text("utf-8").splitlines()
    try:
        asyncio.run(_chat(url, log_in=log_in, lang=lang, script=lines, tell=tell))
    except TurnedAway as reason:
        typer.secho(f"turned away: {reason}", fg="red", err=True)
        raise typer.Exit(1) from reason
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def customer_token(customer: str, *, key: bytes, issuer: str, audience: str) -> str:
    """What a site's server makes for a customer who is logged in there."""
    claims = {
        "iss": issuer,
        "aud": audience,
        "sub": customer,
        "exp": int(time()) + CUSTOMER_SECONDS,
    }
    return jwt.encode(claims, key, "HS256")


def _vouch(customer: str, key_file: Path, issuer: str, audience: str) -> Callable[[], str]:
    key = key_file.read_bytes().strip()
    return lambda: customer_token(customer, key=key, issuer=issuer, audience=audience)


async def _chat(
    url: str,
    *,
    log_in: Callable[[], str] | None,
    lang: str | None,
    script: Sequence[str] | None,
    tell: Callable[[Message], None],
) -> None:
    client = ChatClient(url=url, customer_token=log_in, lang=lang, on_message=tell)
    async with client:
        await client.up_to_date()
        if script is not None:
            await _act(client, script)
            return
        async for line in _typed():
            answer = await client.say(line)
            if answer["type"] == "error":
                print(f"not taken: {answer['detail']}", file=sys.stderr, flush=True)


async def _act(client: ChatClient, script: Sequence[str]) -> None:
    seen: set[str] = set()

    def answers(entry: Message) -> bool:
        return entry["by"] != "you" and entry["id"] not in seen

    for line in filter(None, script):
        if line.strip() == "?":
            seen.add((await client.heard(answers))["id"])
        else:
            await client.say(line)


async def _typed() -> AsyncIterator[str]:
    """Lines of standard input that say anything."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line.strip():
            yield line.rstrip("\n")


def _print_json(message: Message) -> None:
    print(orjson.dumps(message).decode(), flush=True)


def _print(message: Message) -> None:
    match message["type"]:
        case "entry" if message["entry"]["by"] != "you":
            entry = message["entry"]
            print(f"{entry.get('name') or entry['by']}: {entry['text']}", flush=True)
        case "status":
            with_whom = f" {message['agent']}" if "agent" in message else ""
            print(f"({message['state']}{with_whom})", flush=True)
        case "typing":
            print("(…)", flush=True)
