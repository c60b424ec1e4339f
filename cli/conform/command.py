"""`croupier conform`."""

import asyncio
import json
import secrets
import time
from dataclasses import asdict
from typing import Annotated, Any, Final, NamedTuple

import typer
from aiokafka import AIOKafkaProducer
from rich.console import Console
from rich.table import Table

from cli.conform import verdict as verdicts_of
from cli.conform.answering import REPLIES, answering
from cli.conform.customer import INBOUND, MAX_REQUEST_BYTES
from cli.conform.ear import Ear
from cli.conform.play import DEAD, EVENTS, Play
from cli.conform.topics import check_topics
from cli.conform.verdict import Verdict, Verdicts, show
from cli.conform.watch import Watch
from cli.running import KafkaOption, kafka_of
from cli.told_plainly import Trouble, told_plainly
from cli.topic_follower import TopicFollower
from cli.topic_reader import count_partitions, read_topics
from shared.messaging.topics import topic

_DELIVERY_DEAD: Final = "support.delivery.v1.courier.dlq"
_PAUSE_SECONDS: Final = 0.2

PrefixOption = Annotated[
    str, typer.Option("--prefix", envvar="CROUPIER_TOPIC_PREFIX", help="Before topics' names.")
]


def conform(
    *,
    watch: Annotated[
        str | None,
        typer.Option(help="CHANNEL:ACCOUNT: look at what this integration publishes instead."),
    ] = None,
    account: Annotated[str, typer.Option(help="The account to play.")] = "conform",
    kafka: KafkaOption = None,
    prefix: PrefixOption = "",
    agent_token: Annotated[
        str | None,
        typer.Option(
            envvar="CROUPIER_AGENT_TOKEN",
            help="Of an agent who has the channel conform: answers, too, are checked.",
        ),
    ] = None,
    sockets: Annotated[
        str | None, typer.Option(help="Where agents connect: ws://HOST:8082/v1/agent.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=1, help="To wait for each reaction; to watch for so long.")
    ] = 30.0,
    past: Annotated[
        bool, typer.Option("--past", help="With --watch: what the topic has, not what comes.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdicts as JSON.")] = False,
) -> None:
    """Play an integration against a running system, and say where it breaks docs/contracts.md.

    It publishes under the channel `conform`, in texts that say that they are a test, and every
    customer of it leaves in the end. With --watch it publishes nothing. Exit code 1 when something
    is wrong.

    Example: croupier conform --account staging --kafka kafka:9092

    Example: croupier conform --watch kiosk:vilnius-1 --seconds 300
    """
    with told_plainly():
        broker = kafka_of(kafka)
        if watch is not None:
            ok = asyncio.run(_watch(broker, prefix, watch, seconds, past=past, as_json=as_json))
        else:
            stage = _Stage(broker, prefix, account, seconds, sockets, agent_token)
            ok = asyncio.run(_play(stage, as_json=as_json))
    if not ok:
        raise typer.Exit(1)


class _Stage(NamedTuple):
    """Where it is played. within: seconds for a reaction."""

    kafka: str
    prefix: str
    account: str
    within: float
    sockets: str | None
    token: str | None


async def _play(stage: _Stage, *, as_json: bool) -> bool:
    with Console(stderr=True).status("asking the broker") as status:

        def tell(verdict: Verdict) -> None:
            status.update(f"{verdict.outcome}: {verdict.check}")

        verdicts = Verdicts(tell)
        if await check_topics(stage.kafka, stage.prefix, verdicts):
            await _scenes(stage, verdicts)
    _print(verdicts, as_json=as_json)
    return verdicts.ok


async def _scenes(stage: _Stage, verdicts: Verdicts) -> None:
    kafka, prefix = stage.kafka, stage.prefix
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka,
        client_id="croupier-conform",
        acks="all",
        enable_idempotence=True,
        max_request_size=MAX_REQUEST_BYTES,
    )
    names = (INBOUND, EVENTS, DEAD, REPLIES, _DELIVERY_DEAD)
    async with Ear(kafka, names, prefix=prefix) as ear, producer:
        run = f"test-{secrets.token_hex(5)}"
        play = Play(producer, ear, verdicts, prefix, stage.account, run, stage.within)
        try:
            await play.all()
            # afterwards: the agent is to be offered no other customer of ours
            await answering(play, sockets=stage.sockets, token=stage.token)
        finally:
            await play.end()


def _print(verdicts: Verdicts, *, as_json: bool) -> None:
    if as_json:
        typer.echo(verdicts_of.as_json(verdicts.all, ok=verdicts.ok))
    else:
        show(verdicts.all)


async def _watch(
    kafka: str, prefix: str, whom: str, seconds: float, *, past: bool, as_json: bool
) -> bool:
    channel, colon, account = whom.partition(":")
    if not (channel and colon and account) or ":" in account:
        raise Trouble(f"--watch wants CHANNEL:ACCOUNT, such as kiosk:vilnius-1, not {whom!r}")
    name = topic(INBOUND, prefix)
    partitions = await count_partitions(kafka, name)
    if not partitions:
        raise Trouble(f"there is no topic {name}: run croupier stack provision")
    watched = Watch(channel, account, partitions)
    with Console(stderr=True).status(f"watching {whom}") as status:
        if past:
            async for record in read_topics(kafka, [name]):
                watched.take(record)
        else:
            async with TopicFollower(kafka, [name]) as follower:
                until = time.monotonic() + seconds
                while time.monotonic() < until:
                    async for record in follower.read():
                        watched.take(record)
                    left = until - time.monotonic()
                    status.update(f"watching {whom}: {watched.seen} records, {left:.0f} s left")
                    await asyncio.sleep(_PAUSE_SECONDS)
    if as_json:
        typer.echo(json.dumps(_report(watched), ensure_ascii=False, indent=2))
    else:
        _show(watched)
    return watched.ok


def _report(watched: Watch) -> dict[str, Any]:
    return {
        "ok": watched.ok,
        "records": watched.seen,
        "sent_on": watched.sent_on,
        "types": dict(watched.types),
        "violations": [asdict(each) for each in watched.violations.values()],
    }


def _show(watched: Watch) -> None:
    if watched.seen == 0:
        typer.echo(f"{watched.channel}:{watched.account} published nothing that could be looked at")
        return
    kinds = ", ".join(f"{count} {kind}" for kind, count in watched.types.most_common())
    typer.echo(f"{watched.seen} records: {kinds or 'none that could be read'}")
    if not watched.violations:
        typer.echo("nothing is wrong with them")
        return
    table = Table("rule", "records", "first at", "")
    for each in watched.violations.values():
        table.add_row(each.rule, str(each.how_often), each.first, each.says)
    Console().print(table)
