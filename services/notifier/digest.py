"""One short word for everything in an agent's hands, the same on both sides of the socket.

SHA-256, in lower-case hex, of UTF-8 text: first the line `state TAB <agent's state>`, then one line
`<ticket> TAB <assignment> TAB <state> TAB <last_message>` for each card, the lines of the cards
sorted by their bytes; each line ends with LF. Ids hold no control characters, so no two contents
give one text.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple


class Held(NamedTuple):
    """What the digest looks at in a card."""

    ticket: str
    assignment: int
    state: str
    last_message: str


def digest(agent_state: str, cards: Iterable[Held]) -> str:
    """64 hex digits."""
    lines = sorted("\t".join(map(str, card)).encode() for card in cards)
    return sha256(b"\n".join([f"state\t{agent_state}".encode(), *lines, b""])).hexdigest()
