"""The channels of the HTTP door: one line each."""

from collections.abc import Sequence
from typing import Final

from services.ingest.accounts import Accounts
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


def channels_of(accounts: Accounts) -> Sequence[ChannelAdapter]:
    """Every channel, with its accounts."""
    return tuple(each(accounts.sections[each.section]) for each in CHANNELS)
