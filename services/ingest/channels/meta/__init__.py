"""Meta's three doors: WhatsApp Cloud, Messenger and Instagram."""

from services.ingest.channels.meta.account import MetaAccount
from services.ingest.channels.meta.messaging import InstagramChannel, MessengerChannel
from services.ingest.channels.meta.whatsapp import WhatsAppChannel

__all__ = ["InstagramChannel", "MessengerChannel", "MetaAccount", "WhatsAppChannel"]
