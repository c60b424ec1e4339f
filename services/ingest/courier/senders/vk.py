"""VK's way out: `messages.send` with the community's token.

`random_id` is the id of a part of ours: VK delivers one message for it, however often we call, so
a call in doubt is made again. VK answers 200 for errors, too, with the codes of its API schema.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import ClassVar, Final
from urllib.parse import urlencode

from services.ingest.channels.vk.door import CHANNEL, VkAccount
from services.ingest.courier.delivery import Delivery, Doubtful, Later, Outcome, Refused, Sent
from services.ingest.courier.sender import Call, Pace, Reply, Sender
from services.ingest.courier.senders.answers import retry_after, said_of

_VERSION: Final = "5.199"
_TOO_MANY: Final = 6
_OURS: Final = {
    5: "is the community's token right?",
    7: "may the token send messages?",
    15: "may the token send messages?",
    27: "is the community's token right?",
    29: "the method's limit is reached",
}
_REASONS: Final = {
    900: "the customer is on the community's blacklist",
    901: "the customer has not allowed messages of the community",
    902: "the customer's privacy settings forbid it",
    914: "the message is too long",
    936: "there is no such conversation",
}
_IN_DOUBT: Final = frozenset({1, 10})
_FLOOD: Final = 9


class VkSender(Sender):
    """For communities that have a token."""

    section: ClassVar = "vk"
    channel: Final = CHANNEL
    # a community's token may make 20 calls a second
    pace: Final = Pace(account=18.0, chat=2.0, most=4_000, burst=3)
    repeatable: Final = True

    def __init__(self, accounts: Mapping[str, VkAccount]) -> None:
        self._communities: Final = accounts

    def serves(self, account: str) -> bool:
        community = self._communities.get(account)
        return community is not None and community.token is not None

    def call(self, delivery: Delivery, text: str) -> Call:
        community = self._communities[delivery.account]
        assert community.token is not None
        fields = {
            "peer_id": delivery.recipient,
            "message": text,
            "random_id": str(random_id(delivery)),
            "v": _VERSION,
            "access_token": community.token.valid()[0],
        }
        return Call(
            url=f"{community.api.rstrip('/')}/method/messages.send",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(fields).encode(),
        )

    def outcome(self, reply: Reply) -> Outcome:
        said = said_of(reply)
        if reply.status == 200 and isinstance(said.get("response"), int):
            return Sent(str(said["response"]))
        if reply.status in (429, 503):
            return Later(f"vk answered {reply.status}", retry_after(reply), ours=True)
        error = said.get("error")
        code = error.get("error_code") if isinstance(error, dict) else None
        if reply.status != 200 or not isinstance(code, int) or code in _IN_DOUBT:
            return Doubtful(f"vk answered {reply.status if code is None else code}")
        return _error(code)


def _error(code: int) -> Outcome:
    says = f"vk answered {code}"
    if code == _TOO_MANY:
        return Later(says, 1.0, ours=True)
    if code == _FLOOD:
        return Later(says, 60.0)
    if code in _OURS:
        return Later(f"{says}: {_OURS[code]}", ours=True)
    return Refused(f"{says}: {_REASONS.get(code, 'not accepted')}")


def random_id(delivery: Delivery) -> int:
    """The same for each call for the same part. 56 bits: VK keeps to it within 64, with a sign."""
    named = sha256(f"{delivery.reply}:{delivery.part}".encode()).digest()
    return int.from_bytes(named[:7]) or 1
