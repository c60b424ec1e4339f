"""The parts of a Slack event that we read. Everything else is ignored."""

from typing import Annotated, Any

from pydantic import Field

from services.ingest.channels.provided import Part, Size

# of a team, app, channel, user or file
SlackId = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,64}$")]
# seconds and a serial number, 1355517523.000005: the time of a message, and its id in its channel
Ts = Annotated[str, Field(pattern=r"^[0-9]{1,11}\.[0-9]{1,6}$")]


class Authorization(Part):
    """For whom the app is told."""

    user_id: str = ""
    is_bot: bool = False


class Callback(Part):
    """What Slack posts. type: `event_callback`, `url_verification`, `app_rate_limited`."""

    type: Annotated[str, Field(max_length=64)]
    challenge: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,512}$")] | None = None
    team_id: SlackId | None = None
    api_app_id: SlackId | None = None
    authorizations: tuple[Authorization, ...] = ()
    event: dict[str, Any] = Field(default_factory=dict)


class File(Part):
    """One from another company's workspace may have an id and nothing else. size: bytes."""

    id: SlackId | None = None
    name: str = ""
    title: str = ""
    mimetype: str = ""
    size: Size | None = None


class Edited(Part):
    ts: Ts


class Said(Part):
    """A message as it is now. user: who wrote it; bot_id: which app did. thread_ts: the message
    that its thread is below; its own `ts` where it began the thread."""

    subtype: str = ""
    user: SlackId | None = None
    bot_id: str = ""
    ts: Ts | None = None
    text: str = ""
    thread_ts: Ts | None = None
    files: tuple[File, ...] = ()
    edited: Edited | None = None


class MessageEvent(Said):
    """event_ts: of this happening. message, previous_message: what was changed or deleted."""

    channel: SlackId
    event_ts: Ts
    deleted_ts: Ts | None = None
    message: Said | None = None
    previous_message: Said | None = None
