"""The terminal agent: cards live, one key a command."""

import asyncio
import os
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from rich.live import Live
from rich.table import Table

from cli.agent_client import AgentClient
from cli.agent_commands import Rejected
from cli.agent_desk import Card
from cli.agent_table import in_order, table

REFRESH_SECONDS: Final = 0.25
PARKED_FOR: Final = timedelta(hours=1)
TO_WHOM: Final = "transfer to (an agent, or # and a queue; Enter): "
ESCAPE, RETURN, BACKSPACE = "\x1b", "\r\n", "\x7f\b"


class Screen:
    """Shows a client's desk and takes keys until `q`."""

    def __init__(self, client: AgentClient) -> None:
        self._client: Final = client
        self._chosen: str | None = None
        self._said = ""
        self._typed: str | None = None
        self._quit: Final = asyncio.Event()
        self._commands: Final[set[asyncio.Task[None]]] = set()

    async def show(self) -> None:
        """Until `q`."""
        with _keys(self._on_key), Live(auto_refresh=False, screen=True) as live:
            while not self._quit.is_set():
                live.update(self._table(), refresh=True)
                try:
                    async with asyncio.timeout(REFRESH_SECONDS):
                        await self._quit.wait()
                except TimeoutError:
                    continue
        for command in self._commands:
            command.cancel()

    def _table(self) -> Table:
        cards = in_order(self._client.desk)
        if self._chosen not in {card["ticket"] for card in cards}:
            self._chosen = cards[0]["ticket"] if cards else None
        return table(
            self._client.desk,
            chosen=self._chosen,
            connected=self._client.connected,
            said=self._said if self._typed is None else TO_WHOM + self._typed,
        )

    def _on_key(self, key: str) -> None:
        if self._typed is not None:
            self._type(key, self._typed)
            return
        match key:
            case "q":
                self._quit.set()
            case "j" | "k":
                self._choose(1 if key == "j" else -1)
            case "a":
                self._command("accept")
            case "d":
                self._command("decline")
            case "r":
                self._command("resolve")
            case "p":
                until = datetime.now(UTC) + PARKED_FOR
                self._command("park", until=until.isoformat(), reason="parked at the terminal")
            case "t":
                self._typed = ""
            case "e":
                self._command("escalate", note="sent for re-review at the terminal")

    def _type(self, key: str, typed: str) -> None:
        """A name, letter by letter, to whom the chosen ticket goes."""
        if key == ESCAPE or (key in RETURN and not typed):
            self._typed = None
        elif key in RETURN:
            self._typed = None
            to_queue = typed.startswith("#")
            self._command("transfer", **{"to_queue" if to_queue else "to_agent": typed.lstrip("#")})
        else:
            self._typed = typed[:-1] if key in BACKSPACE else typed + key

    def _choose(self, step: int) -> None:
        tickets = [card["ticket"] for card in in_order(self._client.desk)]
        if self._chosen in tickets:
            self._chosen = tickets[(tickets.index(self._chosen) + step) % len(tickets)]

    def _command(self, do: str, **fields: str) -> None:
        card = self._client.desk.cards.get(self._chosen or "")
        if card is not None:
            task = asyncio.create_task(self._carry_out(do, card, fields))
            self._commands.add(task)
            task.add_done_callback(self._commands.discard)

    async def _carry_out(self, do: str, card: Card, fields: dict[str, str]) -> None:
        self._said = f"{do} {card['ticket']} …"
        seen = card["last_message"] if do == "resolve" else None
        try:
            await self._client.commands.carry_out(
                do, ticket=card["ticket"], assignment=card["assignment"], seen=seen, **fields
            )
            self._said = f"{do} {card['ticket']}: done"
        except Rejected as rejected:
            self._said = str(rejected)


@contextmanager
def _keys(on_key: Callable[[str], None]) -> Iterator[None]:
    """Each key as it is pressed, without waiting for a line."""
    loop, stdin = asyncio.get_running_loop(), sys.stdin.fileno()
    before = termios.tcgetattr(stdin)
    tty.setcbreak(stdin)
    loop.add_reader(stdin, lambda: on_key(os.read(stdin, 1).decode(errors="replace")))
    try:
        yield
    finally:
        loop.remove_reader(stdin)
        termios.tcsetattr(stdin, termios.TCSADRAIN, before)
