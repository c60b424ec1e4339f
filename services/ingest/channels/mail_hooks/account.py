"""What every mail webhook knows: its mailboxes, and how a mail becomes events."""

from collections.abc import Iterable, Sequence
from typing import Final, Self

from pydantic import model_validator

from services.ingest.account import AccountSection
from services.ingest.channels.mail import Mail, marked_loop, to_event
from services.ingest.mailboxes import Mailboxes
from shared.contracts.base import Account
from shared.contracts.message_received_v1 import MessageReceived

# Larger than any provider's own limit, and that of our SMTP door.
BODY_BYTES: Final = 35 * 1024 * 1024


class MailHookAccount(AccountSection):
    """mailboxes: of the `mail` section, for which mail may arrive by this webhook.
    others: the account of mail that was sent to none of their addresses; absent: it is ignored.
    """

    mailboxes: Mailboxes
    others: Account | None = None

    @model_validator(mode="after")
    def _others_is_one_of_them(self) -> Self:
        if self.others is not None and self.others not in self.mailboxes.names:
            raise ValueError("others: one of the mailboxes named here")
        return self


def events_of(
    mail: Mail,
    hook: MailHookAccount,
    recipients: Iterable[str],
    *,
    message_id: str | None = None,
) -> Sequence[MessageReceived]:
    """One event for each mailbox among the recipients of the envelope.

    message_id: of the event, where it is not the mail's own.
    """
    accounts = hook.mailboxes.owners(recipients)
    if not accounts and hook.others is not None:
        accounts = (hook.others,)
    mail = marked_loop(mail, is_ours=hook.mailboxes.owner(mail.sender) is not None)
    return tuple(to_event(mail, account, message_id=message_id) for account in accounts)
