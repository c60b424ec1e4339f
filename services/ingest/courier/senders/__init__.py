"""The channels we send on ourselves: one line each."""

from typing import Final

from services.ingest.accounts import Accounts
from services.ingest.courier.sender import Request, SenderClass, Senders, Way
from services.ingest.courier.senders.mail import MailSender
from services.ingest.courier.senders.meta.messaging import InstagramSender, MessengerSender
from services.ingest.courier.senders.meta.whatsapp import WhatsAppSender
from services.ingest.courier.senders.slack import SlackSender
from services.ingest.courier.senders.telegram import TelegramSender
from services.ingest.courier.senders.twilio import TWILIO
from services.ingest.courier.senders.viber import ViberSender
from services.ingest.courier.senders.vk import VkSender
from services.ingest.courier.senders.x import XSender

SENDERS: Final[tuple[SenderClass, ...]] = (
    TelegramSender,
    ViberSender,
    VkSender,
    SlackSender,
    XSender,
    MailSender,
    WhatsAppSender,
    MessengerSender,
    InstagramSender,
)


def senders_of(accounts: Accounts, *, public_url: str) -> Senders:
    """Of every account that has a way out. public_url: where providers reach our HTTP door."""
    sections = accounts.sections
    made: list[tuple[str, Way[Request]]] = [
        *((each.section, each(sections[each.section])) for each in SENDERS),
        *((each.section, each(sections[each.section], public_url)) for each in TWILIO),
    ]
    return {
        (sender.channel, account): sender
        for section, sender in made
        for account in sections[section]
        if sender.serves(account)
    }
