"""How a customer's socket ends, and what the client does then: see docs/chat.md."""

from enum import IntEnum


class Close(IntEnum):
    """WebSocket close codes. From 4400 on they resemble HTTP's."""

    RESTARTING = 1012
    TRY_AGAIN = 1013
    NO_SESSION = 4401
    NO_CUSTOMER = 4403
    SILENT = 4408
    REPLACED = 4409
    TOO_MANY_MESSAGES = 4429
