"""How a reply to a customer stands: what was reported of it last, or rather furthest.

Reports come twice, late and in another order than they were made, and from two sources of one
reply. So a reply only ever rises: whatever the order, the same reports leave it standing the same.
A failure in doubt is below `sent`, for the message may be on its way; one without doubt is above
it, since a provider takes a message first and fails with it later; and what was delivered after all
did not fail.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

_IN_DOUBT: Final = 1
_RANKS: Final[Mapping[str, int]] = {
    "asked": 0,
    "sent": 2,
    "failed": 3,
    "delivered": 4,
    "read": 5,
}


class Standing(NamedTuple):
    """status: asked, sent, delivered, read or failed. at: epoch seconds. error: of `failed`, for
    people. mark: where it was read, `partition:offset`, which tells the same report, read again,
    from another that says the same."""

    rank: int
    status: str
    at: float
    error: str = ""
    mark: str = ""


class KeptReply(NamedTuple):
    """A reply as it is stored. ticket: empty while only a report of it was read. agent: who wrote
    it; None: nobody, or not known yet."""

    reply: str
    ticket: str
    agent: str | None
    standing: Standing


def standing_of(
    status: str, at: float, *, error: str = "", in_doubt: bool = False, mark: str = ""
) -> Standing:
    """Of one report. Raises KeyError for a status that there is not."""
    rank = _IN_DOUBT if status == "failed" and in_doubt else _RANKS[status]
    return Standing(rank, status, at, error if status == "failed" else "", mark)


def asked(at: float) -> Standing:
    """Before anything was reported."""
    return Standing(_RANKS["asked"], "asked", at)
