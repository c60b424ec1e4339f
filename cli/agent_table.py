"""An agent's desk as a table that stays where it is."""

from datetime import UTC, datetime

from rich.markup import escape
from rich.table import Table

from cli.agent_desk import AgentDesk, Card

HELP = (
    "[bold]j k[/] choose  [bold]a[/]ccept  [bold]d[/]ecline  [bold]r[/]esolve"
    "  [bold]p[/]ark for an hour  [bold]t[/]ransfer  [bold]o[/]pen a task  [bold]e[/] re-review"
    "  [bold]m[/]erge  [bold]s[/]plit  [bold]g[/]et one from the queue"
    "  [bold]c[/]onversation  [bold]q[/]uit"
)
_COLOURS = {"offered": "yellow", "accepted": "green", "waiting_customer": "cyan", "wrap_up": "blue"}


def in_order(desk: AgentDesk) -> list[Card]:
    """Offers first, then what is due first."""
    return sorted(
        desk.cards.values(),
        key=lambda card: (card["state"] != "offered", card["due_at"], card["ticket"]),
    )


def table(desk: AgentDesk, *, chosen: str | None, connected: bool, said: str) -> Table:
    """The desk as of now; `chosen` is a ticket, `said` the latest news in a line."""
    status = desk.state.get("state", "?") if connected else "[red]not connected[/]"
    shown = Table(title=f"{desk.agent}: {status}", caption=f"{escape(said)}\n{HELP}", expand=True)
    for heading in ("", "ticket", "state", "queue", "channel", "lang", "topic", "who", "due"):
        shown.add_column(heading)
    shown.add_column("messages")
    for card in in_order(desk):
        colour = _COLOURS[card["state"]]
        shown.add_row(
            "▶" if card["ticket"] == chosen else "",
            escape(card["ticket"]),
            f"[{colour}]{card['state']}[/]",
            escape(card["queue"]),
            escape(card["channel"]),
            escape(card["lang"]),
            escape(card["topic"]),
            escape(card.get("assurance", "")),
            _remaining(card["due_at"]),
            str(card["messages"]),
        )
    return shown


def _remaining(due_at: str) -> str:
    """Minutes and seconds left; red when there are none."""
    left = int((datetime.fromisoformat(due_at) - datetime.now(UTC)).total_seconds())
    clock = f"{abs(left) // 60}:{abs(left) % 60:02}"
    return clock if left >= 0 else f"[red]-{clock}[/]"
