"""Our accounts on the channels, from the YAML file `CROUPIER_INGEST_ACCOUNTS`.

    integrations:            # POST /v1/messages
      website:
        channel: form        # what their messages are on our side
        trusted: true        # may vouch for `customer`
        keys: [{env: WEBSITE_KEY}, {file: keys/website-old}]   # two during rotation
    telegram:                # POST /v1/telegram/{account}
      lucky_bot:
        secrets: [{env: LUCKY_BOT_SECRET}]
    mail:                    # SMTP
      support:
        addresses: [support@example.com]

A secret is never in this file, only where it is: an environment variable, or a file (relative to
this one).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from shared.contracts.base import Account, Slug

MIN_SECRET_BYTES: Final = 16

_OWN_DOORS: Final = ("mail", "telegram")

Address = Annotated[
    str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254, to_lower=True)
]


class AccountsError(Exception):
    """The accounts file cannot be used. Says the file, the field and the remedy."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class _SecretRef(_Strict):
    env: str | None = None
    file: str | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "_SecretRef":
        if (self.env is None) == (self.file is None):
            raise ValueError("say where the secret is: either env or file")
        return self


_SecretRefs = Annotated[list[_SecretRef], Field(min_length=1, max_length=2)]


class _Integration(_Strict):
    channel: Slug = "form"
    trusted: bool = False
    keys: _SecretRefs

    @field_validator("channel")
    @classmethod
    def _not_a_door_of_its_own(cls, channel: str) -> str:
        if channel in _OWN_DOORS:
            raise ValueError(f"{channel} has a door of its own; ids of the two would mix")
        return channel


class _Bot(_Strict):
    secrets: _SecretRefs


class _Mailbox(_Strict):
    addresses: Annotated[list[Address], Field(min_length=1)]


class _File(_Strict):
    integrations: dict[Account, _Integration] = {}
    telegram: dict[Account, _Bot] = {}
    mail: dict[Account, _Mailbox] = {}


@dataclass(frozen=True, slots=True)
class Integration:
    """A program that posts to /v1/messages."""

    channel: str
    trusted: bool
    keys: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Accounts:
    """integrations, bots: by account. mailboxes: address in lower case → account."""

    integrations: Mapping[str, Integration]
    bots: Mapping[str, tuple[bytes, ...]] = field(repr=False)
    mailboxes: Mapping[str, str]


def load_accounts(path: Path, env: Mapping[str, str]) -> Accounts:
    """Read the file and every secret it refers to. Raises AccountsError."""
    try:
        parsed = _File.model_validate(yaml.safe_load(path.read_text("utf-8")) or {})
    except OSError as error:
        raise AccountsError(f"{path}: cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise AccountsError(f"{path}: not YAML: {error}") from error
    except ValidationError as error:
        raise AccountsError(f"{path}: {_complaint(error)}") from error
    secrets = _Secrets(path, env)
    return Accounts(
        integrations={
            name: Integration(
                each.channel, each.trusted, secrets.of(f"integrations.{name}.keys", each.keys)
            )
            for name, each in parsed.integrations.items()
        },
        bots={
            name: secrets.of(f"telegram.{name}.secrets", each.secrets)
            for name, each in parsed.telegram.items()
        },
        mailboxes=_mailboxes(path, parsed),
    )


@dataclass(frozen=True, slots=True)
class _Secrets:
    path: Path
    env: Mapping[str, str]

    def of(self, where: str, refs: list[_SecretRef]) -> tuple[bytes, ...]:
        return tuple(self._read(f"{where}.{at}", ref) for at, ref in enumerate(refs))

    def _read(self, where: str, ref: _SecretRef) -> bytes:
        secret = self._from_env(where, ref.env) if ref.env else self._from_file(where, ref.file)
        if len(secret) < MIN_SECRET_BYTES:
            raise AccountsError(
                f"{self.path}: {where}: a secret has at least {MIN_SECRET_BYTES} bytes"
            )
        return secret

    def _from_env(self, where: str, name: str) -> bytes:
        if name not in self.env:
            raise AccountsError(f"{self.path}: {where}: environment variable {name} is not set")
        return self.env[name].strip().encode()

    def _from_file(self, where: str, name: str | None) -> bytes:
        file = self.path.parent / (name or "")
        try:
            return file.read_bytes().strip()
        except OSError as error:
            raise AccountsError(f"{self.path}: {where}: {file}: {error.strerror}") from error


def _mailboxes(path: Path, parsed: _File) -> dict[str, str]:
    accounts: dict[str, str] = {}
    for name, mailbox in parsed.mail.items():
        for address in mailbox.addresses:
            if address in accounts:
                raise AccountsError(
                    f"{path}: mail.{name}.addresses: {address} belongs to {accounts[address]}"
                )
            accounts[address] = name
    return accounts


def _complaint(error: ValidationError) -> str:
    problems: list[Any] = error.errors(include_url=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in problems)
