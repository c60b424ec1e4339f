"""Knocks at ingest's doors as the world outside does: a website, Telegram, a mail server."""

import asyncio
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

from services.ingest.channels.mail import read_mail, to_event
from services.ingest.channels.telegram import SECRET_HEADER

INTEGRATION: Final = "website"
BOT: Final = "lucky_bot"
MAILBOX: Final = "support"

_SMTP_SECONDS: Final = 10.0


class NotAccepted(Exception):
    """The door did not take it. again: whether the same may be accepted later."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.again: Final = again


@dataclass(frozen=True, slots=True)
class Keys:
    """What the demo's outside world knows of us."""

    integration: str = field(repr=False)
    bot: str = field(repr=False)
    mailbox: str

    @classmethod
    def of(cls, accounts: Path) -> "Keys":
        """From the accounts file of ingest, where secrets are in files beside it."""
        given = yaml.safe_load(accounts.read_text("utf-8"))
        return cls(
            integration=_secret(accounts, given["integrations"][INTEGRATION]["keys"]),
            bot=_secret(accounts, given["telegram"][BOT]["secrets"]),
            mailbox=given["mail"][MAILBOX]["addresses"][0],
        )


def _secret(accounts: Path, refs: list[Mapping[str, str]]) -> str:
    return (accounts.parent / refs[0]["file"]).read_text("utf-8").strip()


class Doors:
    """Each knock answers the ids of what was accepted; raises NotAccepted."""

    def __init__(
        self, *, http: httpx.AsyncClient, url: str, smtp: tuple[str, int], keys: Keys
    ) -> None:
        self._http: Final = http
        self._url: Final = url
        self._smtp: Final = smtp
        self._keys: Final = keys

    async def form(self, **body: Any) -> tuple[str, ...]:
        """One happening on the website, as `POST /v1/messages` has it."""
        key = {"authorization": f"Bearer {self._keys.integration}"}
        return await self._post("/v1/messages", body, key)

    async def telegram(self, *, user: int, message: int, text: str) -> tuple[str, ...]:
        """One private message to the bot."""
        person = {"id": user, "is_bot": False, "first_name": "Guest"}
        update = {
            "update_id": 700_000_000 + message,
            "message": {
                "message_id": message,
                "from": person,
                "chat": {"id": user, "type": "private", "first_name": "Guest"},
                "date": int(datetime.now(UTC).timestamp()),
                "text": text,
            },
        }
        secret = {SECRET_HEADER: self._keys.bot}
        return await self._post(f"/v1/telegram/{BOT}", update, secret)

    async def mail(self, mail: EmailMessage) -> tuple[str, ...]:
        """One mail to the support mailbox. Its id follows from the mail, not from the answer."""
        raw = mail.as_bytes()
        await asyncio.to_thread(self._send_mail, str(mail["From"]), raw)
        read = read_mail(raw, mail_from=str(mail["From"]), received_at=datetime.now(UTC))
        return (to_event(read, MAILBOX).entry_id,)

    def written(
        self, *, sender: str, subject: str, text: str, message_id: str, at: datetime
    ) -> EmailMessage:
        """A mail to the support mailbox."""
        mail = EmailMessage()
        mail["From"], mail["To"] = sender, self._keys.mailbox
        mail["Subject"], mail["Date"] = subject, at
        mail["Message-ID"] = f"<{message_id}@{sender.partition('@')[2]}>"
        mail.set_content(text)
        return mail

    async def _post(
        self, path: str, body: Mapping[str, Any], headers: Mapping[str, str]
    ) -> tuple[str, ...]:
        try:
            answer = await self._http.post(f"{self._url}{path}", json=body, headers=headers)
        except httpx.HTTPError as error:
            raise NotAccepted(f"no answer: {type(error).__name__}", again=True) from error
        if answer.is_success:
            return tuple(answer.json()["accepted"])
        raise NotAccepted(_problem(answer), again=answer.status_code >= 500)

    def _send_mail(self, sender: str, raw: bytes) -> None:
        try:
            with smtplib.SMTP(*self._smtp, timeout=_SMTP_SECONDS) as server:
                server.sendmail(sender, [self._keys.mailbox], raw)
        except smtplib.SMTPDataError as error:
            raise NotAccepted(str(error), again=error.smtp_code < 500) from error
        except smtplib.SMTPRecipientsRefused as error:
            raise NotAccepted(str(error), again=False) from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotAccepted(f"no answer: {type(error).__name__}", again=True) from error


def _problem(answer: httpx.Response) -> str:
    """What the door's problem document says."""
    try:
        problem = answer.json()
        complaints = [f"{each['field']}: {each['message']}" for each in problem.get("errors", ())]
        return "; ".join([f"{answer.status_code}, {problem['detail']}", *complaints])
    except (ValueError, KeyError):
        return f"{answer.status_code}, {answer.reason_phrase}"
