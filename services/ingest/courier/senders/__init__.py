"""The channels we send on ourselves: one line each."""

from collections.abc import Mapping
from typing import Final

from services.ingest.accounts import Accounts
from services.ingest.courier.sender import Sender, SenderClass
from services.ingest.courier.senders.telegram import TelegramSender

SENDERS: Final[tuple[SenderClass, ...]] = (TelegramSender,)


def senders_of(accounts: Accounts) -> Mapping[str, Sender]:
    """By channel, with their accounts."""
    made = (each(accounts.sections[each.section]) for each in SENDERS)
    return {sender.channel: sender for sender in made}
