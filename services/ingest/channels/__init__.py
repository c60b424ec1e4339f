"""The channels of the HTTP door: one line each."""

from collections.abc import Sequence
from typing import Final

from services.ingest.accounts import Accounts
from services.ingest.channels.adapter import Channel, ChannelAdapter
from services.ingest.channels.form import FormChannel
from services.ingest.channels.meta import InstagramChannel, MessengerChannel, WhatsAppChannel
from services.ingest.channels.telegram import TelegramChannel

CHANNELS: Final[tuple[Channel, ...]] = (
    FormChannel,
    TelegramChannel,
    WhatsAppChannel,
    MessengerChannel,
    InstagramChannel,
)


def channels_of(accounts: Accounts) -> Sequence[ChannelAdapter]:
    """Every channel, with its accounts."""
    return tuple(each(accounts.sections[each.section]) for each in CHANNELS)
