"""An agent who does as they are told: takes every offer, resolves it after a while."""

import asyncio
from collections.abc import Callable
from typing import Final

from cli.agent_client import AgentClient
from cli.agent_commands import Rejected
from cli.agent_desk import Card, Step


class Autopilot:
    """Give its `on_step` to an AgentClient, then call `fly`.

    resolve_after: seconds from acceptance; None leaves tickets open.
    on_rejected: hears of commands that were not carried out: the ticket went elsewhere meanwhile.
    """

    def __init__(
        self, *, resolve_after: float | None, on_rejected: Callable[[Rejected], None]
    ) -> None:
        self._resolve_after: Final = resolve_after
        self._on_rejected: Final = on_rejected
        self._steps: Final[asyncio.Queue[Step]] = asyncio.Queue()

    def on_step(self, step: Step) -> None:
        """Never waits: `fly` does the work."""
        self._steps.put_nowait(step)

    async def fly(self, client: AgentClient) -> None:
        """Until cancelled: be ready, then handle each card whenever its state changes. A customer
        who writes during the after-work brings back one that was accepted before."""
        await client.commands.carry_out("set_state", state="ready")
        last: dict[str, tuple[int, str]] = {}
        async with asyncio.TaskGroup() as tasks:
            while True:
                step = await self._steps.get()
                if last.get(step.ticket) != (step.assignment, step.state):
                    last[step.ticket] = (step.assignment, step.state)
                    tasks.create_task(self._handle(client, step))

    async def _handle(self, client: AgentClient, step: Step) -> None:
        try:
            if step.state == "offered":
                await _command(client, "accept", step)
            elif step.state == "accepted" and self._resolve_after is not None:
                await asyncio.sleep(self._resolve_after)
                await self._resolve(client, step)
            elif step.state == "wrap_up":
                await _command(client, "finish_wrap_up", step)
        except Rejected as rejected:
            self._on_rejected(rejected)

    async def _resolve(self, client: AgentClient, step: Step) -> None:
        """Again when the customer wrote while we were resolving: the card shows the new message."""
        while (card := _held(client, step)) is not None:
            try:
                await _command(client, "resolve", step, seen=card["last_message"])
            except Rejected as rejected:
                if rejected.reason != "unseen_message":
                    raise
            else:
                return


async def _command(client: AgentClient, do: str, step: Step, *, seen: str | None = None) -> None:
    await client.commands.carry_out(do, ticket=step.ticket, assignment=step.assignment, seen=seen)


def _held(client: AgentClient, step: Step) -> Card | None:
    card = client.desk.cards.get(step.ticket)
    return card if card and card["assignment"] == step.assignment else None
