"""Our accounts on the channels, from the YAML file `CROUPIER_INGEST_ACCOUNTS`.

    integrations:            # POST /v1/messages
      website:
        channel: form        # what their messages are on our side
        trusted: true        # may vouch for `customer`
        keys: [{env: WEBSITE_KEY}, {file: keys/website-old}]   # two during rotation
    telegram:                # POST /v1/telegram/{account}
      lucky_bot:
        secrets: [{env: LUCKY_BOT_SECRET}]
    mail:                    # SMTP, and the webhooks that name this mailbox
      support:
        addresses: [support@example.com]
        outgoing: {host: smtp.example.com, username: support, password: [{env: SMTP_PASSWORD}]}

Each channel brings the model of its own section (`channels/`). A secret is never in this file, only
where it is: an environment variable, or a file (relative to this one).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Final, Protocol

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    ValidationError,
    ValidationInfo,
    create_model,
)

from services.ingest.account import AccountSection
from services.ingest.mailbox import Mailbox
from services.ingest.secrets import Vault
from shared.contracts.base import Account

_MAIL: Final = "mail"


class AccountsError(Exception):
    """The accounts file cannot be used. Says the file, the field and the remedy."""


class SectionOf(Protocol):
    """What a channel says of its part of the file. section: its name there. account: the model of
    one account. names: channels of its events."""

    @property
    def section(self) -> str: ...

    @property
    def account(self) -> type[AccountSection]: ...

    @property
    def names(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Accounts:
    """sections: a section → account → what the file says of it. mailboxes: address in
    lower case → account. vault: of all their secrets."""

    sections: Mapping[str, Mapping[str, Any]] = field(repr=False)
    mailboxes: Mapping[str, str]
    vault: Vault = field(repr=False)


def load_accounts(path: Path, env: Mapping[str, str], channels: Sequence[SectionOf]) -> Accounts:
    """Read the file and every secret it refers to. Raises AccountsError."""
    vault = Vault(path.parent, env)
    model = _file_of(channels)
    taken = {_MAIL, *(name for each in channels for name in each.names)}
    try:
        loaded = yaml.safe_load(path.read_text("utf-8")) or {}
        context = {"vault": vault, "taken": taken, "mailboxes": {}}
        parsed = model.model_validate(loaded, context=context)
    except OSError as error:
        raise AccountsError(f"{path}: cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise AccountsError(f"{path}: not YAML: {error}") from error
    except ValidationError as error:
        raise AccountsError(f"{path}: {_complaint(error)}") from error
    sections: dict[str, Mapping[str, Any]] = {
        each.section: getattr(parsed, each.section) for each in channels
    }
    _check_names(path, sections, channels)
    sections[_MAIL] = getattr(parsed, _MAIL)
    return Accounts(sections, _mailboxes(path, getattr(parsed, _MAIL)), vault)


def _file_of(channels: Sequence[SectionOf]) -> type[BaseModel]:
    models: dict[str, type[AccountSection]] = {}
    for each in channels:
        model = models.setdefault(each.section, each.account)
        assert model is each.account, f"the channels of section {each.section} differ in its model"
    # mail first: the sections after it may name its mailboxes
    fields: dict[str, Any] = {
        _MAIL: (
            Annotated[dict[Account, Mailbox], AfterValidator(_know_mailboxes)],
            Field(default_factory=dict),
        )
    }
    fields |= {
        section: (dict[Account, model], Field(default_factory=dict))  # type: ignore[valid-type]
        for section, model in models.items()
    }
    return create_model("AccountsFile", __base__=AccountSection, **fields)


def _check_names(
    path: Path, sections: Mapping[str, Mapping[str, Any]], channels: Sequence[SectionOf]
) -> None:
    """Where two sections bring events of one channel, an account's name must say which it is."""
    owners: dict[tuple[str, str], str] = {}
    for each in channels:
        for channel, account in product(each.names, sections[each.section]):
            owner = owners.setdefault((channel, account), each.section)
            if owner != each.section:
                raise AccountsError(
                    f"{path}: {each.section}.{account}: {owner} has an account of this name, and"
                    f" both are of channel {channel}: give one another name"
                )


def _know_mailboxes(mail: dict[str, Mailbox], info: ValidationInfo) -> dict[str, Mailbox]:
    """Tell the other sections, by the context, whose each address is."""
    known: dict[str, str] = (info.context or {})["mailboxes"]
    known.update((each, name) for name, mailbox in mail.items() for each in mailbox.addresses)
    return mail


def _mailboxes(path: Path, mail: Mapping[str, Mailbox]) -> dict[str, str]:
    accounts: dict[str, str] = {}
    for name, mailbox in mail.items():
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
