"""The channels of the HTTP door: one line each."""

from collections.abc import Sequence

from services.ingest.accounts import Accounts
from services.ingest.channels.adapter import ChannelAdapter
from services.ingest.channels.form import FormChannel
from services.ingest.channels.telegram import TelegramChannel


def channels_of(accounts: Accounts) -> Sequence[ChannelAdapter]:
    """Every channel, with its accounts."""
    return (
        FormChannel(accounts.integrations),
        TelegramChannel(accounts.bots),
    )
