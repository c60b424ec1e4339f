"""The channels we send on ourselves: one line each."""

from collections.abc import Mapping
from typing import Final

from services.ingest.accounts import Accounts
from services.ingest.courier.sender import Sender, SenderClass
from services.ingest.courier.senders.meta.messaging import InstagramSender, MessengerSender
from services.ingest.courier.senders.meta.whatsapp import WhatsAppSender
from services.ingest.courier.senders.slack import SlackSender
from services.ingest.courier.senders.telegram import TelegramSender
from services.ingest.courier.senders.viber import ViberSender
from services.ingest.courier.senders.vk import VkSender

SENDERS: Final[tuple[SenderClass, ...]] = (
    TelegramSender,
    ViberSender,
    VkSender,
    SlackSender,
    WhatsAppSender,
    MessengerSender,
    InstagramSender,
)


def senders_of(accounts: Accounts) -> Mapping[str, Sender]:
    """By channel, with their accounts."""
    made = (each(accounts.sections[each.section]) for each in SENDERS)
    return {sender.channel: sender for sender in made}
