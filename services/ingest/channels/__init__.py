"""The channels of the HTTP door: one line each. The lobby's section of the accounts file is here,
too: every role reads the whole file."""

from collections.abc import Sequence
from typing import Final

from services.ingest.accounts import Accounts, SectionOf
from services.ingest.channels.adapter import Channel, ChannelAdapter
from services.ingest.channels.form import FormChannel
from services.ingest.channels.mail_hooks.mailgun import MailgunChannel
from services.ingest.channels.mail_hooks.postmark import PostmarkChannel
from services.ingest.channels.mail_hooks.sendgrid import SendGridChannel
from services.ingest.channels.meta import InstagramChannel, MessengerChannel, WhatsAppChannel
from services.ingest.channels.slack.door import SlackChannel
from services.ingest.channels.telegram import TelegramChannel
from services.ingest.channels.twilio import TWILIO
from services.ingest.channels.viber import ViberChannel
from services.ingest.channels.vk.door import VkChannel
from services.ingest.channels.x import XChannel
from services.ingest.lobby.chat.account import ChatSection

CHANNELS: Final[tuple[Channel, ...]] = (
    FormChannel,
    TelegramChannel,
    ViberChannel,
    VkChannel,
    XChannel,
    SlackChannel,
    *TWILIO,
    SendGridChannel,
    MailgunChannel,
    PostmarkChannel,
    WhatsAppChannel,
    MessengerChannel,
    InstagramChannel,
)

SECTIONS: Final[tuple[SectionOf, ...]] = (*CHANNELS, ChatSection)
"""What the accounts file may have beside mail."""


def channels_of(accounts: Accounts) -> Sequence[ChannelAdapter]:
    """Every channel, with its accounts."""
    return tuple(each(accounts.sections[each.section]) for each in CHANNELS)
