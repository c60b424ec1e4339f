"""`croupier send`: a customer writes."""

import asyncio
import json
import secrets
import time
from datetime import UTC, datetime
from typing import Annotated, Literal

import httpx
import typer

from cli import running
from cli.doors import Doors, Keys, NotAccepted
from cli.running import Running
from cli.told_plainly import Trouble, told_plainly

Channel = Literal["form", "telegram", "mail"]

_SENDERS: dict[Channel, str] = {
    "form": "web-visitor",
    "telegram": "990000000001",
    "mail": "customer@example.com",
}


def send(
    text: Annotated[str, typer.Argument(help="What the customer writes.")],
    channel: Annotated[Channel, typer.Option(help="Through which door.")] = "form",
    sender: Annotated[
        str | None,
        typer.Option(help="Who: any id; on Telegram a number, by mail an address."),
    ] = None,
    customer: Annotated[
        str | None, typer.Option(help="The platform's id of the customer; the form vouches for it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the ids as JSON.")] = False,
) -> None:
    """Write TEXT to the support that `croupier up` runs, through its real doors.

    Example: croupier send "Where is my deposit?" --channel telegram --sender 990000000001
    """
    with told_plainly():
        accepted = asyncio.run(
            _send(
                running.require(),
                text,
                channel=channel,
                sender=sender or _SENDERS[channel],
                customer=customer,
            )
        )
    if as_json:
        typer.echo(json.dumps({"accepted": accepted}))
    else:
        typer.echo(f"accepted: {', '.join(accepted)}")


async def _send(
    up: Running, text: str, *, channel: Channel, sender: str, customer: str | None
) -> list[str]:
    if customer is not None and channel != "form":
        raise Trouble("only the form vouches for a customer: leave --customer out")
    async with httpx.AsyncClient(timeout=10) as http:
        doors = Doors(
            http=http,
            url=up.service("ingest").url,
            smtp=(up.smtp_host, up.smtp_port),
            keys=Keys.of(up.accounts),
        )
        try:
            return list(await _knock(doors, text, channel, sender=sender, customer=customer))
        except NotAccepted as answer:
            again = "; it may be accepted later" if answer.again else ""
            raise Trouble(f"not accepted: {answer}{again}") from answer


async def _knock(
    doors: Doors, text: str, channel: Channel, *, sender: str, customer: str | None
) -> tuple[str, ...]:
    unique = secrets.token_hex(6)
    match channel:
        case "form":
            vouched = {} if customer is None else {"customer": customer}
            return await doors.form(message_id=unique, sender=sender, text=text, **vouched)
        case "telegram":
            if not sender.isdecimal():
                raise Trouble(f"a Telegram sender is a number, not {sender!r}")
            return await doors.telegram(user=int(sender), message=time.time_ns() >> 16, text=text)
        case "mail":
            if "@" not in sender:
                raise Trouble(f"a mail's sender is an address, not {sender!r}")
            subject = text.splitlines()[0][:60] if text.strip() else "(no subject)"
            mail = doors.written(
                sender=sender,
                subject=subject,
                text=text,
                message_id=unique,
                at=datetime.now(UTC),
            )
            return await doors.mail(mail)
