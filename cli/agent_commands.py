"""Commands a client has sent and what became of them.

A command keeps its id until it is answered: it is repeated after a nack, and after a snapshot that
does not show its effect. The dealer carries it out once.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cli.agent_desk import AgentDesk, Message


class Rejected(Exception):
    """The dealer did not carry a command out: `reason` as in docs/protocol.md."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Final = reason


@dataclass(frozen=True, slots=True)
class Pending:
    """A command without an answer."""

    message: Message
    answer: "asyncio.Future[None]"


class Commands:
    """The commands of one client. `send` puts a message on the socket, or drops it when there is
    none just now: the next snapshot repeats it."""

    def __init__(self, send: Callable[[Message], None]) -> None:
        self._send: Final = send
        self._pending: Final[dict[str, Pending]] = {}

    async def carry_out(self, do: str, **fields: Any) -> None:
        """Return when the dealer has done it. Raises Rejected."""
        id = secrets.token_hex(8)
        given = {name: value for name, value in fields.items() if value is not None}
        message = {"type": "command", "id": id, "do": do, **given}
        pending = Pending(message, asyncio.get_running_loop().create_future())
        self._pending[id] = pending
        self._send(message)
        try:
            await pending.answer
        finally:
            del self._pending[id]

    def hear(self, message: Message, desk: AgentDesk) -> None:
        """Take in any message of the server, after the desk did."""
        match message["type"]:
            case "card" | "agent":
                self._done(message.get("cause"))
            case "rejected":
                self._rejected(message)
            case "nack":
                retry = asyncio.get_running_loop().call_later
                retry(message["retry_after_seconds"], self._repeat, message["id"])
            case "error" if message.get("id") in self._pending:
                self._rejected(message | {"command": message["id"]})
            case "snapshot":
                self._reconsider(desk)

    def _reconsider(self, desk: AgentDesk) -> None:
        for id, pending in list(self._pending.items()):
            if shows_effect(pending.message, desk):
                self._done(id)
            else:
                self._send(pending.message)

    def _repeat(self, id: str) -> None:
        if pending := self._pending.get(id):
            self._send(pending.message)

    def _done(self, id: str | None) -> None:
        pending = self._pending.get(id or "")
        if pending and not pending.answer.done():
            pending.answer.set_result(None)

    def _rejected(self, message: Message) -> None:
        pending = self._pending.get(message["command"])
        if pending and not pending.answer.done():
            pending.answer.set_exception(Rejected(message["reason"], message["detail"]))


def shows_effect(command: Message, desk: AgentDesk) -> bool:
    """Whether a fresh snapshot shows that the command was carried out. A reply never shows."""
    if command["do"] == "set_state":
        return bool(desk.state.get("state") == command["state"])
    card = desk.cards.get(command.get("ticket", ""))
    # who pulls a ticket does not know the number on its card yet
    number = command.get("assignment")
    mine = card if card and number in (None, card["assignment"]) else None
    match command["do"]:
        case "accept" | "pull":
            return mine is not None and mine["state"] != "offered"
        case "decline" | "finish_wrap_up" | "park" | "transfer" | "escalate" | "open_task":
            return mine is None
        case "merge" | "split":
            merged = () if mine is None else mine.get("merged") or ()
            is_part = command["other"] in merged
            return mine is not None and is_part is (command["do"] == "merge")
        case "resolve":
            return mine is None or mine["state"] == "wrap_up"
        case _:
            return False
