"""The address at which a customer sees their ticket. Whoever has it sees it: it cannot be guessed.

`URL/v1/status/TICKET.MAC`, with an HMAC-SHA256 of the ticket's id cut to 128 bits: nothing is
stored for it, and a request with a wrong one costs no look at the store.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

PATH: Final = "/v1/status"
PLACEHOLDER: Final = "{status}"
"""In a text of the policy: where the address goes."""
_MAC_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class StatusLinks:
    """url: the lobby's public address, without a path; empty: there are no such addresses. secrets:
    the first makes them, all are accepted."""

    url: str = ""
    secrets: Sequence[bytes] = field(default=(), repr=False)

    def of(self, ticket: str) -> str | None:
        """The ticket's address; None: there are none."""
        if not (self.url and self.secrets):
            return None
        return f"{self.url.rstrip('/')}{PATH}/{ticket}.{_mac(ticket, self.secrets[0])}"

    def ticket_of(self, token: str) -> str | None:
        """The ticket that the last part of an address is for; None: it is none of ours."""
        ticket, _, mac = token.rpartition(".")
        given = mac.encode("utf-8", "replace")
        known = [_mac(ticket, secret).encode() for secret in self.secrets]
        # each is compared, so that the time says nothing about which of them it was made with
        fits = [hmac.compare_digest(given, each) for each in known]
        return ticket if any(fits) else None

    def fill(self, text: str, ticket: str) -> str:
        """The text with the ticket's address; without one, less the lines that would have it."""
        if PLACEHOLDER not in text:
            return text
        address = self.of(ticket)
        if address is None:
            return "\n".join(line for line in text.split("\n") if PLACEHOLDER not in line).strip()
        return text.replace(PLACEHOLDER, address)


NO_LINKS: Final = StatusLinks()


def _mac(ticket: str, secret: bytes) -> str:
    mac = hmac.digest(secret, f"status:{ticket}".encode("utf-8", "replace"), "sha256")
    return urlsafe_b64encode(mac[:_MAC_BYTES]).rstrip(b"=").decode()
