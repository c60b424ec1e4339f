"""`croupier explain`: why a ticket went the way it did."""

import asyncio
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

import httpx
import typer
from rich.console import Console
from rich.text import Text

from cli import running
from cli.policy_versions import board
from cli.told_plainly import Trouble, told_plainly
from services.router.adapters.mongo_chronicle import MongoChronicle
from services.router.domain.ticket import IN_HAND
from services.router.explain.handler import Explainer, UnknownTicket
from services.router.explain.model import Explanation, Moment, WhyNot
from services.router.explain.times import span
from shared.runtime.clock import SystemClock
from shared.store.driver import Store

_ANSWER_SECONDS = 10.0


def explain(
    ticket: Annotated[str, typer.Argument(help="The ticket's id.", show_default=False)],
    agent: Annotated[
        str | None, typer.Option("--agent", help="At each decision: why not this agent?")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the explanation as JSON.")] = False,
    url: Annotated[
        str | None,
        typer.Option(help="Ask this router over HTTP, not the store of the running `croupier up`."),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="CROUPIER_ROUTER_EXPLAIN_TOKEN", help="With --url: the router's explain token."
        ),
    ] = None,
) -> None:
    """Tell a ticket's story: what happened, who could take it, why this agent and not another.

    Times are UTC. Exit code 1 when there is no such ticket. Of a confidential one only a router
    tells (--url), and only those who show the token of that role.

    Example: croupier explain t-01HZX4 --agent anna

    Example: croupier explain t-01HZX4 --url http://127.0.0.1:8081 --json
    """
    with told_plainly():
        asking = (
            _from_store(ticket, agent) if url is None else _over_http(url, token, ticket, agent)
        )
        told = asyncio.run(asking)
    if as_json:
        typer.echo(told.model_dump_json(indent=2))
    else:
        Console(soft_wrap=True).print(page(told))


async def _from_store(ticket: str, agent: str | None) -> Explanation:
    up = running.require()
    policies = await board(up.policy, kafka=up.kafka)
    async with Store(url=up.mongo, database=up.database) as store:
        explainer = Explainer(
            chronicle=MongoChronicle(store),
            rules=policies.current.rules_for,
            confidential=lambda: policies.confidential,
            clock=SystemClock(),
        )
        try:
            return await explainer.explain(ticket, agent=agent)
        except UnknownTicket as error:
            raise Trouble(str(error)) from error


async def _over_http(url: str, token: str | None, ticket: str, agent: str | None) -> Explanation:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    asked = {} if agent is None else {"agent": agent}
    path = f"{url.rstrip('/')}/v1/tickets/{quote(ticket, safe='')}/explain"
    try:
        async with httpx.AsyncClient(timeout=_ANSWER_SECONDS) as client:
            answer = await client.get(path, headers=headers, params=asked)
    except httpx.HTTPError as error:
        raise Trouble(f"{url} does not answer: {type(error).__name__}") from error
    if answer.status_code != HTTPStatus.OK:
        raise Trouble(f"{url} answered {answer.status_code}: {_detail(answer)}")
    return Explanation.model_validate_json(answer.content)


def _detail(answer: httpx.Response) -> str:
    """Of a problem document, where it is one."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase


def page(told: Explanation) -> Text:
    """An explanation for the terminal."""
    head = f"{told.ticket} is {told.state}"
    holder = f" with {told.agent}" if told.state in IN_HAND else ""
    text = Text(f"{head}{holder}; desk {told.desk}, {told.opened_at:%Y-%m-%d}, UTC\n")
    for moment in told.moments:
        text.append(_clock(moment.at, told.opened_at), style="bold")
        text.append(f"  +{span(moment.after):<10} {moment.says}\n")
        for line in _below(moment):
            text.append(f"{'':22}{line}\n")
    for line in _now(told):
        text.append(f"{line}\n", style="yellow")
    text.rstrip()
    return text


def _below(moment: Moment) -> list[str]:
    return [*moment.details, *_asked(moment.why_not)]


def _now(told: Explanation) -> list[str]:
    waits = [f"now it waits: {'; '.join(told.waiting)}"] if told.waiting else []
    return [*waits, *_asked(told.why_not), *(f"not told: {gap}" for gap in told.gaps)]


def _asked(why_not: WhyNot | None) -> list[str]:
    return [] if why_not is None else [f"{why_not.agent}: {why_not.says}"]


def _clock(at: datetime, opened: datetime) -> str:
    return f"{at:%H:%M:%S}" if at.date() == opened.date() else f"{at:%m-%d %H:%M:%S}"
