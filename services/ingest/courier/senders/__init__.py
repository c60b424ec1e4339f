"""The channels we send on ourselves: one line each."""

from typing import Final

from services.ingest.accounts import Accounts
from services.ingest.courier.sender import Sender, SenderClass, Senders
from services.ingest.courier.senders.slack import SlackSender
from services.ingest.courier.senders.telegram import TelegramSender
from services.ingest.courier.senders.viber import ViberSender
from services.ingest.courier.senders.vk import VkSender

SENDERS: Final[tuple[SenderClass, ...]] = (
    TelegramSender,
    ViberSender,
    VkSender,
    SlackSender,
)


def senders_of(accounts: Accounts) -> Senders:
    """Of every account that has a way out."""
    ways: dict[tuple[str, str], Sender] = {}
    for each in SENDERS:
        section = accounts.sections[each.section]
        sender = each(section)
        ways |= {(sender.channel, name): sender for name in section if sender.serves(name)}
    return ways
