"""Mail: what arrives by SMTP or through a provider's webhook, read in one way.

`mime.read_mail` reads a whole mail; `message.understand` takes one that a provider took apart.
"""

from services.ingest.channels.mail.message import (
    CHANNEL,
    Mail,
    Parts,
    marked_loop,
    to_event,
    understand,
)
from services.ingest.channels.mail.mime import read_mail

__all__ = ["CHANNEL", "Mail", "Parts", "marked_loop", "read_mail", "to_event", "understand"]
