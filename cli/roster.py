"""`croupier roster`: who works on which desk."""

import asyncio
import json
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from cli.processes import POLICY, ROSTER
from cli.running import KafkaOption, kafka_of
from cli.told_plainly import Trouble, told_plainly
from services.router.policy import load_policy
from services.router.policy.roster import load_roster
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.contracts.base import wrap
from shared.messaging.producer import KafkaPublisher, ProducerConfig
from shared.messaging.records import outgoing
from shared.store.driver import Store

_POLL_SECONDS: Final = 0.1
_PATIENCE_SECONDS: Final = 60.0


async def publish_roster(
    profiles: Sequence[AgentProfileChanged], *, kafka: str, topic_prefix: str = ""
) -> None:
    """Tell the desks. Raises PublishFailed when the broker did not confirm all of it."""
    at, run = datetime.now(UTC), secrets.token_hex(6)
    events = [wrap(each, id=f"roster-{run}/{each.agent}", at=at) for each in profiles]
    config = ProducerConfig(kafka=kafka, client_id="croupier-roster", topic_prefix=topic_prefix)
    async with KafkaPublisher(config) as publisher:
        await publisher.publish([outgoing(event) for event in events])


async def taken_in(profiles: Sequence[AgentProfileChanged], *, store: Store) -> None:
    """Until the desks have stored every one of them. Raises Trouble when they do not."""
    ids = [each.agent for each in profiles]
    known = {"_id": {"$in": ids}}
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (stored := await store["agents"].count_documents(known)) < len(ids):
        if time.monotonic() > deadline:
            raise Trouble(f"the desks know {stored} of {len(ids)} agents: see the router's log")
        await asyncio.sleep(_POLL_SECONDS)


app = typer.Typer(no_args_is_help=True, help=__doc__)

FileArgument = Annotated[Path, typer.Argument(help="The roster file.", exists=True)]
PolicyOption = Annotated[Path, typer.Option(help="The policy the roster is checked against.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command()
def show(
    file: FileArgument = ROSTER, policy: PolicyOption = POLICY, as_json: JsonOption = False
) -> None:
    """Check a roster file and show who is in it.

    Example: croupier roster show deploy/policy/agents.yaml
    """
    with told_plainly():
        profiles = load_roster(file, policy=load_policy(policy))
    if as_json:
        typer.echo(json.dumps([each.model_dump(mode="json") for each in profiles]))
        return
    table = Table("agent", "name", "desk", "channels", "capacity", "skills", "shifts")
    for each in profiles:
        skills = ", ".join(f"{skill} {level}" for skill, level in each.skills.items())
        channels = ", ".join(each.channels)
        name = each.name if each.active else f"{each.name} (dismissed)"
        table.add_row(
            each.agent, name, each.desk, channels, f"{each.capacity:g}", skills, _shifts(each)
        )
    Console().print(table)


def _shifts(profile: AgentProfileChanged) -> str:
    """How many, and when the last one ends."""
    if profile.keep_shifts:
        return "as before"
    if profile.shifts is None:
        return "not planned"
    if not profile.shifts:
        return "none"
    last = max(shift.ends_at for shift in profile.shifts)
    return f"{len(profile.shifts)}, until {last:%Y-%m-%d %H:%M} UTC"


@app.command()
def apply(
    file: FileArgument = ROSTER,
    policy: PolicyOption = POLICY,
    kafka: KafkaOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell the desks who works on them. Agents who are not in the file stay as they are, and so do
    the shifts of those for whom it has none: `shifts: null` takes them away.

    Example: croupier roster apply deploy/policy/agents.yaml --kafka broker:9092
    """
    with told_plainly():
        profiles = load_roster(file, policy=load_policy(policy))
        asyncio.run(publish_roster(profiles, kafka=kafka_of(kafka)))
    if as_json:
        typer.echo(json.dumps({"agents": [each.agent for each in profiles]}))
    else:
        typer.echo(f"told the desks of {len(profiles)} agents")
