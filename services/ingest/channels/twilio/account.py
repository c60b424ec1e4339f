"""What the accounts file says of one account at Twilio, for all of its doors.

twilio:
  line:
    secrets: [{env: TWILIO_TOKEN}]      # auth token; two while it is changed
    account_sid: AC0123456789abcdef0123456789abcdef
    numbers: {"+37052000000": lt, "+442000000000": en}
    language: en
    max_wait: 300
    says: {en: {locale: en-GB, voice: Polly.Amy, welcome: …, hold: …, voicemail: …, goodbye: …}}
    token: [{env: TWILIO_TOKEN}]        # to send and to poll: with it,
    send_from: {sms: "+37052000000", whatsapp: MG0123456789abcdef0123456789abcdef}
"""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field, StringConstraints, field_validator, model_validator

from services.ingest.account import Api, SecretAccount
from services.ingest.channels.twilio.texts import DEFAULTS, Lang, Spoken
from services.ingest.secrets import Secrets

_OTHERWISE: Final = "en"


class TwilioAccount(SecretAccount):
    """secrets: auth tokens, or keys that a webhook setting signs with.

    account_sid: must be that of every request, where it is given.
    numbers: those that are ours → the language of who writes to or calls them, null where it is
        not known. What is for another number is left alone. Empty: all are ours.
    language: of numbers that have none.
    max_wait: seconds in the line, after which a caller is asked for a message.
    music: an https URL of a sound file for those who wait; silence without it.
    transcribe: whether messages are written down; Twilio can in English only.
    says: language → what callers are told; whole languages replace the defaults.
    token: to send and to poll with: an auth token, or api_key's secret. An account without only
        receives.
    api_key: SID of an API key; without it account_sid and an auth token are used.
    send_from: channel → our address there, or the SID of a messaging service. Which of our numbers
        a customer wrote to is not known of a reply: a service remembers it (sticky sender).
    poll: whether a poller reads the account's list of messages.
    opt_out_words: texts by which Twilio's Advanced Opt-Out, where it is on, knows who wants no
        more; for the poller, whose list does not say it.
    """

    account_sid: Annotated[str, StringConstraints(pattern=r"^AC[0-9a-f]{32}$")] | None = None
    numbers: dict[Annotated[str, Field(min_length=1, max_length=128)], Lang | None] = Field(
        default_factory=dict
    )
    language: Lang | None = None
    max_wait: Annotated[int, Field(ge=10, le=7_200)] = 300
    music: Annotated[str, StringConstraints(pattern=r"^https://[\x21-\x7e]{1,500}$")] | None = None
    transcribe: bool = True
    says: Mapping[Lang, Spoken] = Field(default_factory=lambda: DEFAULTS)

    token: Secrets | None = None
    api_key: Annotated[str, StringConstraints(pattern=r"^SK[0-9a-f]{32}$")] | None = None
    send_from: Mapping[
        Annotated[str, StringConstraints(pattern=r"^(sms|whatsapp|messenger)$")],
        Annotated[str, StringConstraints(pattern=r"^[\x21-\x39\x3b-\x7e]{1,128}$")],
    ] = Field(default_factory=dict)
    poll: bool = False
    opt_out_words: frozenset[Annotated[str, StringConstraints(to_upper=True)]] = frozenset()
    api: Api = "https://api.twilio.com"

    @field_validator("says")
    @classmethod
    def _with_defaults(cls, says: Mapping[str, Spoken]) -> Mapping[str, Spoken]:
        return {**DEFAULTS, **says}

    @model_validator(mode="after")
    def _can_be_said(self) -> "TwilioAccount":
        for lang in {*self.numbers.values(), self.language} - {None}:
            if lang not in self.says:
                raise ValueError(f"there is nothing to say in {lang}: add it to says")
        return self

    @model_validator(mode="after")
    def _can_send_or_does_not(self) -> "TwilioAccount":
        if self.token is not None and self.account_sid is None:
            raise ValueError("token: account_sid is needed, too")
        if self.token is None and (self.send_from or self.poll):
            raise ValueError("send_from and poll need a token")
        if self.token is not None and not self.send_from and not self.poll:
            raise ValueError("token is for send_from or poll, and neither is here")
        return self

    def owns(self, number: str) -> bool:
        """Whether what is sent to this number is for us."""
        return not self.numbers or number in self.numbers

    def hint(self, number: str) -> str | None:
        """The language of who writes to or calls this number, as far as it is known."""
        return self.numbers.get(number) or self.language

    def spoken(self, number: str) -> Spoken:
        """What is said to who calls this number."""
        return self.says[self.hint(number) or _OTHERWISE]
