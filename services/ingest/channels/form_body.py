"""The body of `POST /v1/messages`, by kind. Unknown fields are refused: a misspelt `customer` must
not go unnoticed."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from shared.contracts.announcement import Rating
from shared.contracts.base import Id, Natural, ProviderId, Text, Utc

Customer: TypeAlias = Annotated[str, Field(min_length=1, max_length=128)]
Lang: TypeAlias = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class _Happening(_Strict):
    """message_id: yours, unique per integration; a repetition is recognised by it.
    sender: your id of whoever writes. sent_at: absent means now."""

    message_id: ProviderId
    sender: ProviderId
    sent_at: Utc | None = None


class FormFile(_Strict):
    """A file that came along; `ref` says where to ask for its bytes."""

    name: Annotated[str, Field(max_length=256)] = ""
    media_type: Annotated[str, Field(max_length=128)] = "application/octet-stream"
    size_bytes: Natural | None = None
    ref: Id | None = None


class FormTurn(_Strict):
    """One utterance of a bot's talk."""

    by: Literal["bot", "customer"]
    text: Text
    at: Utc | None = None


class FormMessage(_Happening):
    """A customer wrote. `customer`: the platform's id, from trusted integrations only."""

    kind: Literal["message"]
    text: Text
    subject: Annotated[str, Field(max_length=998)] | None = None
    customer: Customer | None = None
    sender_name: Annotated[str, Field(max_length=128)] | None = None
    lang_hint: Lang | None = None
    in_reply_to: ProviderId | None = None
    attachments: Annotated[tuple[FormFile, ...], Field(max_length=32)] = ()


class FormEdit(_Happening):
    """The message `of` now reads `text`."""

    kind: Literal["edit"]
    of: ProviderId
    text: Text


class FormDelete(_Happening):
    """The message `of` was taken back."""

    kind: Literal["delete"]
    of: ProviderId


class FormLeft(_Happening):
    """The customer closed the conversation."""

    kind: Literal["left"]
    reason: Literal["closed", "hung_up", "blocked", "timeout"] = "closed"


class FormTranscript(_Happening):
    """What a bot and the customer said before a person was asked for."""

    kind: Literal["transcript"]
    turns: Annotated[tuple[FormTurn, ...], Field(min_length=1, max_length=200)]
    customer: Customer | None = None
    lang_hint: Lang | None = None


class FormRating(_Happening):
    """How the customer was served, 1 to 5, once it is over."""

    kind: Literal["rating"]
    score: Rating
    comment: Text = ""


FormBody: TypeAlias = Annotated[
    FormMessage | FormEdit | FormDelete | FormLeft | FormTranscript | FormRating,
    Field(discriminator="kind"),
]
BY_KIND: Final[Mapping[str, TypeAdapter[FormBody]]] = {
    "message": TypeAdapter(FormMessage),
    "edit": TypeAdapter(FormEdit),
    "delete": TypeAdapter(FormDelete),
    "left": TypeAdapter(FormLeft),
    "transcript": TypeAdapter(FormTranscript),
    "rating": TypeAdapter(FormRating),
}
