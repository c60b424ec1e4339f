"""The terminal agent: cards live, one key a command."""

import asyncio
import os
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from cli.agent_client import AgentClient
from cli.agent_commands import Rejected
from cli.agent_conversation import lines, told
from cli.agent_desk import Message
from cli.agent_table import in_order, table

REFRESH_SECONDS: Final = 0.25
PARKED_FOR: Final = timedelta(hours=1)
QUESTIONS: Final = {
    "transfer": "transfer to (an agent, # and a queue, or @ and a desk; Enter): ",
    "open_task": "set aside for a task (a queue and what is to be done; Enter): ",
    "merge": "merge into it (another ticket; Enter): ",
    "split": "split off (a ticket that is part of it{parts}; Enter): ",
    "pull": "take from the queue (a ticket's id, or the next; Enter): ",
}
ASKING: Final = {"t": "transfer", "o": "open_task", "m": "merge", "s": "split", "g": "pull"}
ESCAPE, RETURN, BACKSPACE = "\x1b", "\r\n", "\x7f\b"


class Screen:
    """Shows a client's desk and takes keys until `q`."""

    def __init__(self, client: AgentClient) -> None:
        self._client: Final = client
        self._chosen: str | None = None
        self._said = ""
        self._asked = ""
        self._typed = ""
        self._page: Message | None = None
        self._quit: Final = asyncio.Event()
        self._commands: Final[set[asyncio.Task[None]]] = set()

    async def show(self) -> None:
        """Until `q`."""
        with _keys(self._on_key), Live(auto_refresh=False, screen=True) as live:
            while not self._quit.is_set():
                live.update(self._shown(), refresh=True)
                try:
                    async with asyncio.timeout(REFRESH_SECONDS):
                        await self._quit.wait()
                except TimeoutError:
                    continue
        for command in self._commands:
            command.cancel()

    def hear(self, message: Message) -> None:
        """Of what the server says, that which is no card: a page that was asked for, and what
        became of a reply."""
        match message["type"]:
            case "conversation":
                self._page = message
            case "reply_status":
                self._said = told(message)
                if self._page is not None and self._page["ticket"] == message["ticket"]:
                    self._client.ask(message["ticket"])

    def _shown(self) -> RenderableType:
        """The table, and the chosen ticket's conversation where it was asked for."""
        above = self._table()
        if self._page is None or self._page["ticket"] != self._chosen:
            return above
        return Group(above, *map(escape, lines(self._page)))

    def _table(self) -> Table:
        cards = in_order(self._client.desk)
        if self._chosen not in {card["ticket"] for card in cards}:
            self._chosen = cards[0]["ticket"] if cards else None
        return table(
            self._client.desk,
            chosen=self._chosen,
            connected=self._client.connected,
            said=self._question() + self._typed if self._asked else self._said,
        )

    def _question(self) -> str:
        card = self._client.desk.cards.get(self._chosen or "")
        parts = ", ".join((card and card.get("merged")) or ())
        return QUESTIONS[self._asked].format(parts=f": {parts}" if parts else "")

    def _on_key(self, key: str) -> None:
        if self._asked:
            self._type(key)
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
            case "c" if self._chosen is not None:
                self._client.ask(self._chosen)
            case "p":
                until = datetime.now(UTC) + PARKED_FOR
                self._command("park", until=until.isoformat(), reason="parked at the terminal")
            case "e":
                self._command("escalate", note="sent for re-review at the terminal")
            case _:
                self._asked = ASKING.get(key, "")

    def _type(self, key: str) -> None:
        """What is asked for, letter by letter: a name about the chosen ticket, or which to take."""
        if key not in (ESCAPE, *RETURN):
            self._typed = self._typed[:-1] if key in BACKSPACE else self._typed + key
            return
        do, typed = self._asked, self._typed
        self._asked = self._typed = ""
        if key == ESCAPE:
            return
        if do == "pull":
            self._start("pull", ticket=typed or None)
        elif typed:
            self._command(do, **_named(do, typed))

    def _choose(self, step: int) -> None:
        tickets = [card["ticket"] for card in in_order(self._client.desk)]
        if self._chosen in tickets:
            self._chosen = tickets[(tickets.index(self._chosen) + step) % len(tickets)]

    def _command(self, do: str, **fields: str) -> None:
        """About the chosen card."""
        card = self._client.desk.cards.get(self._chosen or "")
        if card is not None:
            seen = card["last_message"] if do == "resolve" else None
            about = {"ticket": card["ticket"], "assignment": card["assignment"], "seen": seen}
            self._start(do, **about, **fields)

    def _start(self, do: str, **fields: Any) -> None:
        task = asyncio.create_task(self._carry_out(do, fields))
        self._commands.add(task)
        task.add_done_callback(self._commands.discard)

    async def _carry_out(self, do: str, fields: dict[str, Any]) -> None:
        about = f"{do} {fields['ticket'] or 'the next'}"
        self._said = f"{about} …"
        try:
            await self._client.commands.carry_out(do, **fields)
            self._said = f"{about}: done"
        except Rejected as rejected:
            self._said = str(rejected)


def _named(do: str, typed: str) -> dict[str, str]:
    """The fields of the command that a name, or a queue and words, are for."""
    if do == "open_task":
        queue, _, note = typed.partition(" ")
        return {"to_queue": queue.lstrip("#"), "note": note}
    if do != "transfer":
        return {"other": typed}
    if typed.startswith("@"):
        desk, _, queue = typed[1:].partition("#")
        return {"to_desk": desk} | ({"to_queue": queue} if queue else {})
    return {"to_queue" if typed.startswith("#") else "to_agent": typed.lstrip("#")}


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
