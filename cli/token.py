"""`croupier token`: lets an agent in."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import jwt
import typer

from services.notifier.settings import AUDIENCE, ISSUER
from shared.runtime.settings import MIN_SECRET_BYTES, read_secrets

SECRET_VARIABLE = "CROUPIER_NOTIFIER_SECRET"  # noqa: S105 - a name, not a secret
_UNITS = {"s": 1, "m": 60, "h": 3600}


def mint(
    agent: str,
    *,
    secret: bytes,
    ttl: timedelta = timedelta(minutes=15),
    now: datetime | None = None,
) -> str:
    """A token that lets `agent` in for `ttl`."""
    issued = now or datetime.now(UTC)
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": agent, "iat": issued, "exp": issued + ttl}
    return jwt.encode(claims, secret, algorithm="HS256")


def signing_secret(file: Path | None) -> bytes:
    """The notifier's secret, of the file or of the environment. Raises typer.BadParameter."""
    try:
        if file is not None:
            return read_secrets(file)[0]
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error), param_hint="--secret-file") from error
    secret = os.environ.get(SECRET_VARIABLE, "").encode()
    if len(secret) < MIN_SECRET_BYTES:
        raise typer.BadParameter(
            f"give the notifier's secret by --secret-file, or {SECRET_VARIABLE} in the environment "
            f"(at least {MIN_SECRET_BYTES} bytes)"
        )
    return secret


def parse_ttl(text: str) -> timedelta:
    """`90s`, `15m`, `8h`. Raises typer.BadParameter."""
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not number.isdecimal() or int(number) == 0:
        raise typer.BadParameter(f"a time such as 90s, 15m or 8h, not {text!r}")
    return timedelta(seconds=int(number) * _UNITS[unit])


SecretFile = Annotated[
    Path | None,
    typer.Option("--secret-file", help="The notifier's file of secrets; the first line signs."),
]


def token(
    agent: Annotated[str, typer.Argument(help="The agent's id.")],
    ttl: Annotated[str, typer.Option(help="How long it is good for: 90s, 15m, 8h.")] = "15m",
    secret_file: SecretFile = None,
) -> None:
    """Print a token that lets AGENT connect to the notifier.

    Example: croupier token lina --ttl 8h --secret-file .croupier/notifier.secret
    """
    print(mint(agent, secret=signing_secret(secret_file), ttl=parse_ttl(ttl)))
