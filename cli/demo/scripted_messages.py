"""One message of the demo's script, for each of the three doors it may come through."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

DAY_SECONDS = 50.0

Language = Literal["ru", "lt", "tr", "en"]
Topic = Literal[
    "deposit",
    "withdrawal",
    "bonus",
    "account",
    "verification",
    "technical",
    "rules",
    "dispute",
    "responsible_gaming",
    "feedback",
]


class ScriptedMessage(BaseModel):
    """What every door's messages share; `number` is the place in the script, from 1."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    number: int
    at: float = Field(ge=0, le=DAY_SECONDS, description="seconds into the day")
    sender: str = Field(min_length=1)
    customer: str | None = Field(default=None, pattern=r"^p-\d+$")
    text: str = Field(min_length=1, max_length=4096)
    lang: Language
    topic: Topic
    twice: bool = False

    @property
    def id(self) -> str:
        """Provider id of the message: the same on both deliveries of a repeated one."""
        return f"day-{self.number:04}"

    @property
    def person(self) -> str:
        """Who writes: the vouched customer, else the one identity the door sees."""
        return self.customer or self.sender


class FormMessage(ScriptedMessage):
    """One POST of the ticket form; `leaves`: the customer closes it after this message."""

    door: Literal["form"]
    leaves: bool = False


class TelegramMessage(ScriptedMessage):
    """One Telegram update; `sender` is a decimal user id, as Telegram's `from.id`."""

    door: Literal["telegram"]
    sender: str = Field(pattern=r"^[1-9]\d{0,14}$")


class MailMessage(ScriptedMessage):
    """One e-mail; nobody vouches for who is behind an address, so it has no customer."""

    door: Literal["mail"]
    sender: str = Field(pattern=r"^[a-z0-9._-]+@example\.(com|net|org)$")
    customer: None = None
    subject: str = Field(min_length=1)


Message = FormMessage | TelegramMessage | MailMessage
