"""`POST /v1/slack/{account}`: a Slack app's Events API, for partners' desks.

Slack signs the raw body and the time of sending with the app's signing secret; one sent more than
five minutes ago, or as far in the future, is refused, so an old one cannot be played again. A
repetition is signed anew.

The customer is a person in a place: `sender` is `<channel>:<user>`. A reply is addressed to the
channel, the only place where both were heard, and mentions the user. The channel alone would make
one customer of a partner's whole staff: one ticket, one agent, and a colleague's question would
disturb another's. The user alone could not be answered where they asked.

Ids: a message is `<team>.<channel>.<ts>`. Edits, deletions and threads name a message so and not by
the `event_id` that brought it; a repetition has the same ts as well. An edit adds `.e<ts of it>`:
Slack reports a change also when it unfolds a link; that has the id of the last edit, or no edit.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from services.ingest.account import Api, SecretAccount
from services.ingest.channels.adapter import JSON, TEXT, Answer, ChannelAdapter, Door, RawRequest
from services.ingest.channels.provided import MAX_FILES, reference
from services.ingest.channels.signed import signed_account
from services.ingest.channels.slack.event import Callback, File, MessageEvent, Said, SlackId
from services.ingest.channels.slack.text import plain
from services.ingest.errors import BadInput, Complaint, Unauthenticated
from services.ingest.json_body import load_object
from services.ingest.secrets import Secrets
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_deleted_v1 import MessageDeleted
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.message_received_v1 import Attachment, MessageReceived
from shared.runtime.clock import utc

SIGNATURE_HEADER: Final = "x-slack-signature"
TIME_HEADER: Final = "x-slack-request-timestamp"
SKEW_SECONDS: Final = 300
CHANNEL: Final = "slack"

# A long list is thousands of small objects in `blocks`, and twice of them in a change.
_MAX_KEYS: Final = 50_000
# Others say that somebody joined, a topic changed, and the like.
_SPOKEN: Final = frozenset({"", "file_share", "thread_broadcast", "me_message"})
_SLACKBOT: Final = "USLACKBOT"


class SlackAccount(SecretAccount):
    """secrets: the app's signing secret. apps, teams: ids of the app and of the workspaces whose
    events are ours; where none is listed, all are. token: the bot's, for replies; without it they
    are left to an integration. api: where Slack's is."""

    apps: Annotated[tuple[SlackId, ...], Field(max_length=16)] = ()
    teams: Annotated[tuple[SlackId, ...], Field(max_length=1_000)] = ()
    token: Secrets | None = None
    api: Api = "https://slack.com/api"

    def owns(self, callback: Callback) -> bool:
        """Whether it is of a listed app and workspace."""
        return (not self.apps or callback.api_app_id in self.apps) and (
            not self.teams or callback.team_id in self.teams
        )


class SlackChannel(ChannelAdapter):
    """The door for Slack apps."""

    section: ClassVar = "slack"
    account: ClassVar = SlackAccount
    names: ClassVar = (CHANNEL,)
    channel: Final = CHANNEL
    door: Final = Door(
        path="/v1/slack/{account}",
        summary="Events API of a Slack app",
        answers=(JSON, TEXT),
        proofs=((SIGNATURE_HEADER, TIME_HEADER),),
    )

    def __init__(self, accounts: Mapping[str, SlackAccount]) -> None:
        self._apps: Final = accounts

    def verify(self, request: RawRequest) -> str:
        sent_at = _fresh(request.headers.get(TIME_HEADER, ""), request.received_at)
        signed = b"v0:%d:" % sent_at + request.body
        return signed_account(
            request,
            self._apps,
            header=SIGNATURE_HEADER,
            sign=lambda secret: b"v0=" + hmac.new(secret, signed, "sha256").hexdigest().encode(),
        )

    def parse(self, request: RawRequest, account: str) -> Sequence[InboundEvent]:
        callback = _callback(request)
        if callback.type == "url_verification" and callback.challenge is None:
            raise BadInput(Complaint("challenge", "there is none to echo"))
        if callback.type != "event_callback" or callback.event.get("type") != "message":
            return ()
        if not self._apps[account].owns(callback):
            return ()
        if callback.team_id is None:
            raise BadInput(Complaint("team_id", "a message is of a workspace"))
        event = MessageEvent.model_validate(callback.event)
        ours = {each.user_id for each in callback.authorizations if each.is_bot}
        return _Reading(account, callback.team_id, ours, event).events()

    def answer(self, request: RawRequest, account: str) -> Answer | None:  # noqa: ARG002
        callback = _callback(request)
        if callback.type != "url_verification" or callback.challenge is None:
            return None
        return Answer(callback.challenge)


def _fresh(claimed: str, received_at: datetime) -> int:
    """Seconds since the epoch. Written in one way only, since the signature is over the digits."""
    if not (claimed.isascii() and claimed.isdigit() and len(claimed) <= 11):
        raise Unauthenticated("the time of sending is missing")
    sent_at = int(claimed)
    if str(sent_at) != claimed or abs(received_at.timestamp() - sent_at) > SKEW_SECONDS:
        raise Unauthenticated("it was sent too long ago")
    return sent_at


def _callback(request: RawRequest) -> Callback:
    return Callback.model_validate(load_object(request.body, max_keys=_MAX_KEYS))


class _Reading:
    """One message event, read for one account. ours: the users that our app is."""

    def __init__(self, account: str, team: str, ours: set[str], event: MessageEvent) -> None:
        self._account: Final = account
        self._team: Final = team
        self._ours: Final = ours
        self._event: Final = event

    def events(self) -> Sequence[InboundEvent]:
        event = self._event
        before, now = event.previous_message, event.message
        if event.subtype == "message_deleted":
            return self._deleted(before, event.deleted_ts)
        if event.subtype == "message_changed" and now is not None:
            # the first message of a thread is not removed, but replaced
            is_gone = now.subtype == "tombstone"
            return self._deleted(before, now.ts) if is_gone else self._edited(now)
        if event.subtype in _SPOKEN:
            return self._received(event)
        return ()

    def _received(self, said: MessageEvent) -> Sequence[InboundEvent]:
        text, files = plain(said.text), said.files[:MAX_FILES]
        if said.user is None or said.ts is None or not self._is_customers(said):
            return ()
        if not (text or files):
            return ()
        above = said.thread_ts if said.thread_ts != said.ts else None
        return (
            MessageReceived(
                **self._common(said.user),
                message_id=self._id(said.ts),
                sent_at=_time(said.ts),
                text=text,
                in_reply_to=self._id(above) if above is not None else None,
                attachments=tuple(_attachment(each) for each in files),
            ),
        )

    def _edited(self, now: Said) -> Sequence[InboundEvent]:
        if now.user is None or now.ts is None or now.edited is None or not self._is_customers(now):
            return ()
        of = self._id(now.ts)
        return (
            MessageEdited(
                **self._common(now.user),
                message_id=f"{of}.e{now.edited.ts}",
                sent_at=_time(now.edited.ts),
                of=of,
                text=plain(now.text),
            ),
        )

    def _deleted(self, before: Said | None, ts: str | None) -> Sequence[InboundEvent]:
        """Slack names who wrote it only in what it was before."""
        if before is None or before.user is None or ts is None or not self._is_customers(before):
            return ()
        of = self._id(ts)
        return (
            MessageDeleted(
                **self._common(before.user),
                message_id=f"{of}.deleted",
                sent_at=_time(self._event.event_ts),
                of=of,
            ),
        )

    def _is_customers(self, said: Said) -> bool:
        return not said.bot_id and said.user != _SLACKBOT and said.user not in self._ours

    def _common(self, user: str) -> dict[str, Any]:
        sender = f"{self._event.channel}:{user}"
        return {"channel": CHANNEL, "account": self._account, "sender": sender}

    def _id(self, ts: str) -> str:
        return f"{self._team}.{self._event.channel}.{ts}"


def _time(ts: str) -> datetime:
    return utc(float(ts))


def _attachment(file: File) -> Attachment:
    return Attachment(
        name=(file.name or file.title)[:256],
        media_type=(file.mimetype or "application/octet-stream")[:128],
        size_bytes=file.size,
        ref=reference(CHANNEL, file.id or ""),
    )
