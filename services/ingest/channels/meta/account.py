"""What the accounts file says of an account at Meta."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from services.ingest.account import AccountSection, Api
from services.ingest.secrets import Secrets

# YAML reads an id without quotation marks as a number.
MetaId = Annotated[str, Field(coerce_numbers_to_str=True, pattern=r"^[0-9]{1,32}$")]

LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
TemplateLanguage = Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2,3})?$")]
"""Meta's: `lt`, `en_US`, `fil`."""


class MetaAccount(AccountSection):
    """What one app of Meta sends to one address.

    secrets: the app's secrets, with which Meta signs.
    verify_tokens: what we told Meta to say in its handshake.
    ids: whose messages are taken: WhatsApp's phone number ids, Messenger's page ids, Instagram's
        account ids. Empty: all that come.
    token: with which replies are sent; without it they are left to an integration.
    api: where the Graph API is; https://graph.instagram.com for an Instagram account that logged
        in without a page.
    """

    secrets: Secrets
    verify_tokens: Secrets
    ids: frozenset[MetaId] = frozenset()
    token: Secrets | None = None
    api: Api = "https://graph.facebook.com"

    def owns(self, *ids: str) -> bool:
        """Whether a message for one of these ids of ours is taken."""
        return not self.ids or not self.ids.isdisjoint(ids)


class ClosedWindow(AccountSection):
    """What is sent on WhatsApp to a customer who has not written for a day.

    template: the name of one that Meta approved.
    languages: a ticket's language → the template's; the first is for all others.
    parameter: whether its body has one parameter, for the reply; else it asks the customer to
        write, in words of its own.
    """

    template: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")]
    languages: Annotated[dict[LanguageCode, TemplateLanguage], Field(min_length=1)]
    parameter: bool = False

    def language_of(self, lang: str) -> str:
        """The template's, for a ticket of this language."""
        return self.languages.get(lang) or next(iter(self.languages.values()))


class WhatsAppAccount(MetaAccount):
    """send_from: the phone number id that replies come from; needed unless `ids` has just one.
    closed: without it, nothing is sent once the window is closed."""

    send_from: MetaId | None = None
    closed: ClosedWindow | None = None

    @model_validator(mode="after")
    def _sends_from_one(self) -> Self:
        if self.token is not None and self.send_from is None and len(self.ids) != 1:
            raise ValueError("say which phone number id replies come from: send_from")
        if self.send_from is not None and not self.owns(self.send_from):
            raise ValueError("send_from is not one of the ids")
        return self

    @property
    def number(self) -> str:
        """The phone number id that replies come from, of an account with a token."""
        return self.send_from or next(iter(self.ids))


class MessagingAccount(MetaAccount):
    """Of Messenger and Instagram. human_agent: once the window is closed, agents' replies are sent
    as a person's answer, which Meta must have granted to the app."""

    human_agent: bool = False
