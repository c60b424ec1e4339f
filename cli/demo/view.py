"""The demo on a terminal: tables that stay where they are; elsewhere, lines."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table

from cli.demo.day import DayReport
from cli.demo.facts import AgentFacts, Facts, Latency, QueueFacts

_LINE_SECONDS: Final = 5.0
_COLOURS: Final = {"ready": "green", "away": "red"}


class Screen:
    """Tables on a terminal, a line every few seconds elsewhere. A context manager."""

    def __init__(self, console: Console, *, total: int) -> None:
        """total: messages of the script."""
        self._console: Final = console
        self._total: Final = total
        self._told = -_LINE_SECONDS
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None

    def show(self, facts: Facts) -> None:
        if self._live is not None:
            self._live.update(tables(facts, total=self._total), refresh=True)
        elif facts.seconds >= self._told + _LINE_SECONDS:
            self._told = facts.seconds
            self._console.print(line(facts, total=self._total), soft_wrap=True, highlight=False)

    def __enter__(self) -> "Screen":
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()


def line(facts: Facts, *, total: int) -> str:
    """How things are, in a line."""
    working = sum(agent.state == "ready" for agent in facts.agents)
    return (
        f"{facts.seconds:4.0f} s  {facts.messages}/{total} messages, {facts.repeats} repeats  "
        f"{facts.waiting} waiting (oldest {facts.oldest:.0f} s), {facts.in_hand} in hand  "
        f"{working}/{len(facts.agents)} agents ready  message→card {in_ms(facts.latency)}"
    )


def tables(facts: Facts, *, total: int) -> RenderableType:
    """Queues beside nothing, agents below, the counts in the titles."""
    queues = Table(
        title=f"{facts.seconds:.0f} s: {facts.messages} of {total} messages accepted, "
        f"{facts.repeats} repeats; message→card {in_ms(facts.latency)}",
        expand=True,
    )
    for heading in ("queue", "waiting", "oldest, s", "in hand"):
        queues.add_column(heading, justify="left" if heading == "queue" else "right")
    for queue in facts.queues:
        queues.add_row(*_queue_row(queue))
    agents = Table(expand=True)
    for heading in ("agent", "state", "load", "cards", "resolved"):
        agents.add_column(heading, justify="left" if heading in {"agent", "state"} else "right")
    for agent in facts.agents:
        agents.add_row(*_agent_row(agent))
    return Group(queues, agents)


def _queue_row(queue: QueueFacts) -> Sequence[str]:
    return queue.queue, str(queue.waiting), f"{queue.oldest:.0f}", str(queue.in_hand)


def _agent_row(agent: AgentFacts) -> Sequence[str]:
    colour = _COLOURS.get(agent.state, "yellow")
    state = f"[{colour}]{agent.state}[/]"
    load = f"{agent.load:g} of {agent.capacity:g}"
    return agent.agent, state, load, "▪" * agent.cards, str(agent.resolved)


def in_ms(latency: Latency) -> str:
    """`p50 12 ms, p99 80 ms`."""
    if latency.p50 is None or latency.p99 is None:
        return "p50 -, p99 -"
    return f"p50 {latency.p50 * 1000:.0f} ms, p99 {latency.p99 * 1000:.0f} ms"


def report_lines(report: DayReport) -> Iterator[str]:
    """The summary and the ledger, for people."""
    facts, ledger, did = report.facts, report.ledger, report.did
    yield (
        f"{ledger.messages} messages accepted, {facts.repeats} of them delivered twice, "
        f"in {report.seconds:.0f} s"
    )
    yield (
        f"{ledger.tickets} tickets, {ledger.abandoned} abandoned; "
        f"{ledger.joined} customers wrote through two doors and have one ticket"
    )
    yield (
        f"{len(facts.agents)} agents: {did['accept']} accepted, {did['decline']} declined, "
        f"{did['slept']} left to expire, {did['resolve']} resolved; "
        f"{did['dropped']} lines dropped, {did['left']} times gone for a while"
    )
    yield f"message→card {in_ms(report.at_once)} where an agent was free"
    yield f"             {in_ms(facts.latency)} with the wait for one included"
    yield (
        f"ledger: {len(ledger.lost)} lost, {len(ledger.double)} double, "
        f"{len(ledger.over_capacity)} over capacity, {ledger.dead_letters} dead letters, "
        f"{len(ledger.leaked)} card numbers leaked"
    )
    yield from ledger.problems()
