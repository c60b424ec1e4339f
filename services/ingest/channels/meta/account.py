"""What the accounts file says of an account at Meta."""

from typing import Annotated

from pydantic import Field

from services.ingest.account import AccountSection
from services.ingest.secrets import Secrets

# YAML reads an id without quotation marks as a number.
MetaId = Annotated[str, Field(coerce_numbers_to_str=True, pattern=r"^[0-9]{1,32}$")]


class MetaAccount(AccountSection):
    """What one app of Meta sends to one address.

    secrets: the app's secrets, with which Meta signs.
    verify_tokens: what we told Meta to say in its handshake.
    ids: whose messages are taken: WhatsApp's phone number ids, Messenger's page ids, Instagram's
        account ids. Empty: all that come.
    """

    secrets: Secrets
    verify_tokens: Secrets
    ids: frozenset[MetaId] = frozenset()

    def owns(self, *ids: str) -> bool:
        """Whether a message for one of these ids of ours is taken."""
        return not self.ids or not self.ids.isdisjoint(ids)
