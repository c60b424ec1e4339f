"""The identity of a customer on a channel, and the ids derived from it."""

from typing import Final, Literal, NamedTuple

Assurance = Literal["login", "channel", "anonymous"]
"""How sure it is who a customer is. login: a platform vouched for them. channel: a provider knows
them by an account that others cannot write from. anonymous: whoever says so."""

_VOUCHED: Final = "p:"
_FORGEABLE: Final = frozenset({"mail", "sms", "phone", "voicemail"})
_PROVEN: Final = frozenset(
    {"telegram", "whatsapp", "messenger", "instagram", "viber", "vk", "x", "slack"}
)


class Identity(NamedTuple):
    """Who writes, as a channel knows them. `str()` of it is the Kafka key `channel:account:sender`.

    Colons may occur in `sender` only (as in a Matrix or SIP address): the first two separate.
    """

    channel: str
    account: str
    sender: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.account}:{self.sender}"

    @classmethod
    def parse(cls, key: str) -> "Identity":
        """Read a key. Raises ValueError when it is not `channel:account:sender`."""
        parts = key.split(":", 2)
        if len(parts) != 3 or not all(parts):
            raise ValueError(f"an identity is channel:account:sender, not {len(parts)} part(s)")
        return cls(*parts)


def vouched_key(brand: str, customer: str) -> str:
    """The key of a customer vouched for, `p:brand:customer`, from a platform's own id of them."""
    return f"{_VOUCHED}{brand}:{customer}"


def is_vouched(customer: str) -> bool:
    """Whether a customer's key is one of somebody vouched for."""
    return customer.startswith(_VOUCHED)


def is_forgeable(channel: str) -> bool:
    """Whether anybody can write there under another's name: a mail's From and a caller's number are
    what the sender makes them."""
    return channel in _FORGEABLE


def assurance_of(customer: str, channel: str) -> Assurance:
    """Of a ticket: its customer's key, and the channel of the identity they last wrote from."""
    if is_vouched(customer):
        return "login"
    return "channel" if channel in _PROVEN else "anonymous"
