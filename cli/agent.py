"""`croupier agent`: an agent at a terminal."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import orjson
import typer

from cli.agent_auto import Autopilot
from cli.agent_client import AgentClient, TurnedAway
from cli.agent_commands import Rejected
from cli.agent_conversation import told
from cli.agent_desk import Message
from cli.agent_screen import Screen
from cli.token import SecretFile, mint, signing_secret

Tokens = Callable[[], str]

TOKEN_VARIABLE = "CROUPIER_AGENT_TOKEN"  # noqa: S105 - a name, not a token


def agent(
    agent: Annotated[str, typer.Argument(help="The agent's id.")],
    *,
    url: Annotated[str, typer.Option(help="The notifier's socket.")] = (
        "ws://127.0.0.1:8082/v1/agent"
    ),
    token: Annotated[
        str | None,
        typer.Option(envvar=TOKEN_VARIABLE, help="From `croupier token`; better by environment."),
    ] = None,
    secret_file: SecretFile = None,
    auto: Annotated[bool, typer.Option("--auto", help="Take every offer.")] = False,
    resolve_after: Annotated[
        float | None, typer.Option(help="With --auto: resolve so many seconds after acceptance.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each message as a line of JSON.")
    ] = False,
) -> None:
    """Be AGENT: see cards as they come, accept (a), decline (d), resolve (r), park (p),
    transfer (t), set aside for a task (o), send for re-review (e), merge another ticket into it
    (m), split one off (s), take one from the queue (g), show its conversation (c), quit (q).

    Without a token one is made from the notifier's secret, and renewed as long as it runs.

    Example: croupier agent lina --auto --resolve-after 5 --json
    """
    give = _tokens(agent, given=token, secret_file=secret_file)
    by_key = not auto and not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    tell = _print_json if as_json else _print_card
    try:
        if by_key:
            asyncio.run(_on_screen(agent, url=url, token=give))
        else:
            asyncio.run(
                _in_lines(
                    agent, url=url, token=give, tell=tell, auto=auto, resolve_after=resolve_after
                )
            )
    except TurnedAway as reason:
        typer.secho(f"turned away: {reason}", fg="red", err=True)
        raise typer.Exit(1) from reason
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


async def _on_screen(agent: str, *, url: str, token: Tokens) -> None:
    """Until `q`. Starting is being ready."""

    def hear(message: Message) -> None:
        screen.hear(message)

    client = AgentClient(url=url, agent=agent, token=token, on_message=hear)
    screen = Screen(client)
    async with client:
        await client.up_to_date()
        await client.commands.carry_out("set_state", state="ready")
        await screen.show()


async def _in_lines(
    agent: str,
    *,
    url: str,
    token: Tokens,
    tell: Callable[[Message], None],
    auto: bool,
    resolve_after: float | None,
) -> None:
    """Until interrupted, or turned away."""
    pilot = Autopilot(resolve_after=resolve_after, on_rejected=_print_rejection)
    client = AgentClient(url=url, agent=agent, token=token, on_message=tell, on_step=pilot.on_step)
    async with client:
        await client.up_to_date()
        flying = asyncio.create_task(pilot.fly(client)) if auto else None
        try:
            await client.wait()
        finally:
            if flying is not None:
                flying.cancel()


def _tokens(agent: str, *, given: str | None, secret_file: Path | None) -> Tokens:
    """The token given, or a fresh one each time."""
    if given:
        return lambda: given
    secret = signing_secret(secret_file)
    return lambda: mint(agent, secret=secret)


def _print_json(message: Message) -> None:
    print(orjson.dumps(message).decode(), flush=True)


def _print_card(message: Message) -> None:
    match message["type"]:
        case "snapshot":
            print(f"{message['agent']['state']}, {len(message['cards'])} card(s)", flush=True)
        case "card":
            card = message["card"]
            about = f"{card['queue']} {card['channel']} {card['lang']} {card['topic']}"
            print(f"{card['ticket']} {card['state']} {about}", flush=True)
        case "reply_status":
            print(told(message), flush=True)


def _print_rejection(rejected: Rejected) -> None:
    print(f"rejected: {rejected}", file=sys.stderr, flush=True)
