"""Twilio's list of messages: `GET …/Messages.json`, newest first, in pages.

A message of the list is made into the parameters that the webhook would have sent, and goes the
webhook's way from there; so a message that came by both is one. `date_sent` of an incoming message
is when Twilio received it. The filter `DateSent>` is documented by the day; it is sent with the
time, and looked after here, too.
"""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.ingest.channels.twilio.account import TwilioAccount
from services.ingest.channels.twilio.message import happenings
from services.ingest.courier.sender import Call
from services.ingest.errors import Unavailable
from services.ingest.poller.history import (
    NOT_TAKEN,
    History,
    Outside,
    Taken,
    Trouble,
    asked,
    said_of,
    trouble_of,
)
from shared.runtime.clock import Clock, utc

PAGE_SIZE: Final = 200
OVERLAP_SECONDS: Final = 600.0
"""Before the last look: what is listed late is still found."""

SETTLED_SECONDS: Final = 60.0
"""A younger message is left to the webhook, which says more and is repeated for 15 seconds."""

_TWILIO: Final = "twilio"
_MOST_PAGES: Final = 1_000
_MOST_FILES: Final = 10


class Listed(BaseModel):
    """A message as it is listed. `from` is null where nobody is said to have sent it."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    sid: Annotated[str, Field(pattern=r"^[A-Z]{2}[0-9a-f]{32}$")]
    direction: str = ""
    sender: str | None = Field(None, alias="from")
    to: str | None = None
    body: str | None = None
    date_sent: str | None = None
    date_created: str | None = None
    num_media: str = "0"

    @property
    def at(self) -> datetime | None:
        """None: no time that can be read."""
        try:
            at = parsedate_to_datetime(self.date_sent or self.date_created or "")
            return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None


class _Found(NamedTuple):
    at: datetime
    message: Listed


class TwilioHistory(History):
    """One account's. every: seconds between two looks. back: seconds before the first."""

    channel: Final = _TWILIO

    def __init__(
        self,
        name: str,
        account: TwilioAccount,
        *,
        outside: Outside,
        taken: Taken,
        clock: Clock,
        every: float,
        back: float,
    ) -> None:
        self._name: Final = name
        self._account: Final = account
        self._outside: Final = outside
        self._taken: Final = taken
        self._clock: Final = clock
        self._every: Final = every
        self._since = clock.now() - back
        self._done: dict[str, float] = {}

    @property
    def account(self) -> str:
        return self._name

    async def look(self) -> float:
        until = self._clock.now() - SETTLED_SECONDS
        found = await self._listed(utc(self._since), utc(until))
        for at, message in sorted(found, key=lambda each: (each.at, each.message.sid)):
            if message.sid not in self._done:
                await self._take(message, at)
                self._done[message.sid] = at.timestamp()
        self._since = max(self._since, until - OVERLAP_SECONDS)
        self._done = {sid: at for sid, at in self._done.items() if at >= self._since}
        return self._every

    async def _take(self, message: Listed, at: datetime) -> None:
        try:
            params = self._as_posted(message) | await self._files(message)
            await self._taken.take(happenings(params, self._account, name=self._name, at=at))
        except NOT_TAKEN as error:
            self._taken.refuse(message.sid, error)

    def _as_posted(self, message: Listed) -> dict[str, str]:
        body = message.body or ""
        params = {
            "MessageSid": message.sid,
            "From": message.sender or "",
            "To": message.to or "",
            "Body": body,
        }
        if body.strip().upper() in self._account.opt_out_words:
            params["OptOutType"] = "STOP"
        return params

    async def _files(self, message: Listed) -> dict[str, str]:
        """Of its media, what the webhook would say."""
        if not message.num_media.isdecimal() or int(message.num_media) == 0:
            return {}
        said = await self._get(f"{self._home}/Messages/{message.sid}/Media.json")
        params: dict[str, str] = {}
        media = said.get("media_list")
        for number, each in enumerate(media[:_MOST_FILES] if isinstance(media, list) else ()):
            if isinstance(each, dict) and isinstance(each.get("uri"), str):
                where = each["uri"].removesuffix(".json")
                params[f"MediaUrl{number}"] = f"{self._account.api.rstrip('/')}{where}"
                params[f"MediaContentType{number}"] = str(each.get("content_type") or "")
        return params

    async def _listed(self, since: datetime, until: datetime) -> list[_Found]:
        """Incoming messages of that time. Raises Trouble."""
        query = urlencode({"DateSent>": f"{since:%Y-%m-%dT%H:%M:%SZ}", "PageSize": PAGE_SIZE})
        path: str | None = f"{self._home}/Messages.json?{query}"
        found: list[_Found] = []
        for _ in range(_MOST_PAGES):
            if path is None:
                return found
            said = await self._get(path)
            messages = said.get("messages")
            if not isinstance(messages, list):
                raise Trouble("not_understood", "twilio answered 200 without a list of messages")
            is_past = self._read(messages, found, since, until)
            path = None if is_past else self._next(said)
        raise Trouble("not_understood", f"twilio's list has more than {_MOST_PAGES} pages")

    def _read(
        self, messages: list[Any], found: list[_Found], since: datetime, until: datetime
    ) -> bool:
        """Add a page's; whether it goes back before the time that is looked at."""
        oldest = None
        for each in messages:
            try:
                message = Listed.model_validate(each)
            except ValidationError as error:
                sid = each.get("sid") if isinstance(each, Mapping) else None
                self._refuse_once(str(sid), error)
                continue
            at = message.at
            if at is None:
                continue  # not sent yet: an outgoing message that waits
            oldest = at if oldest is None else min(oldest, at)
            if message.direction == "inbound" and since <= at <= until:
                found.append(_Found(at, message))
        return oldest is not None and oldest < since

    def _refuse_once(self, sid: str, error: ValidationError) -> None:
        if sid not in self._done:
            self._done[sid] = self._clock.now()
            self._taken.refuse(sid[:64], error)

    def _next(self, said: Mapping[str, Any]) -> str | None:
        """The next page: a path of this account's, since our token goes along."""
        path = said.get("next_page_uri")
        if not path:
            return None
        if not isinstance(path, str) or not path.startswith(f"{self._home}/Messages.json?"):
            raise Trouble("not_understood", "twilio's next page is somewhere else")
        return path

    async def _get(self, path: str) -> dict[str, Any]:
        account = self._account
        assert account.token is not None
        try:
            token = account.token.valid()[0]
        except Unavailable as error:
            raise Trouble("unauthenticated", str(error)) from error
        who = f"{account.api_key or account.account_sid}:".encode() + token
        call = Call(
            method="GET",
            url=f"{account.api.rstrip('/')}{path}",
            headers={
                "Accept": "application/json",
                "Authorization": f"Basic {base64.b64encode(who).decode()}",
            },
        )
        reply = await asked(self._outside, call)
        if reply.status != 200:
            raise trouble_of(reply, _TWILIO)
        return said_of(reply, _TWILIO)

    @property
    def _home(self) -> str:
        return f"/2010-04-01/Accounts/{quote(self._account.account_sid or '')}"
