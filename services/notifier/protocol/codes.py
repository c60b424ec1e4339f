"""How a socket ends, and what the client does then."""

from enum import IntEnum


class Close(IntEnum):
    """WebSocket close codes. From 4400 on they resemble HTTP's.

    RESTARTING, TRY_AGAIN: connect again after a random pause.
    UNAUTHORIZED: get a new token first. The others: a person must look.
    """

    RESTARTING = 1012
    TRY_AGAIN = 1013
    UNAUTHORIZED = 4401
    UNKNOWN_AGENT = 4403
    NO_HELLO = 4408
    REPLACED = 4409
    TOO_MANY_MESSAGES = 4429
