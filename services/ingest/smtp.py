"""The SMTP door: 250 when durable, 451 in doubt, 550 for a mailbox that is not ours."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import ValidationError

from services.ingest.channels.mail import CHANNEL, Mail, marked_loop, read_mail, to_event
from services.ingest.errors import BadInput, Refused, Unavailable
from services.ingest.intake import Intake
from services.ingest.mailboxes import owner_of
from shared.runtime.clock import Clock, utc
from shared.runtime.logging import get_logger
from shared.runtime.metrics import MESSAGES, Metrics

_READ_IN_THREAD_BYTES: Final = 256 * 1024
_MAX_RECIPIENTS: Final = 100


class MailDoor:
    """aiosmtpd's handler. `mailboxes`: our addresses in lower case → account."""

    def __init__(
        self, *, mailboxes: Mapping[str, str], intake: Intake, clock: Clock, metrics: Metrics
    ) -> None:
        self._mailboxes: Final = mailboxes
        self._intake: Final = intake
        self._clock: Final = clock
        self._metrics: Final = metrics

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        # nobody can log in here; and aiosmtpd answers in order whatever comes together
        offered = [each for each in responses if not each.startswith("250-AUTH")]
        return [offered[0], "250-PIPELINING", *offered[1:]]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        # aiosmtpd takes an empty sender, which bounces have, for a missing one
        envelope.mail_from = address or "<>"
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if len(envelope.rcpt_tos) >= _MAX_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        if self._account(address) is None:
            return "550 5.1.1 no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        try:
            await self._take(envelope)
        except Unavailable:
            return self._answer("unavailable", "451 4.3.0 not durable yet, send it again")
        except ValidationError as error:
            return self._answer("refused", f"550 5.6.0 {BadInput.of(error)}")
        except Refused as error:
            return self._answer("refused", f"550 5.6.0 {error}")
        except Exception:  # noqa: BLE001
            # Not a 5xx: it may be our bug, and a sender that reads 451 keeps the mail.
            get_logger().exception("ingest.unexplained", channel=CHANNEL)
            return self._answer("unavailable", "451 4.3.0 not durable yet, send it again")
        return self._answer("accepted", "250 2.0.0 accepted")

    async def handle_exception(self, error: Exception) -> str:
        """A command that aiosmtpd itself tripped over."""
        get_logger().warning("ingest.smtp_command_failed", error=type(error).__name__)
        return "451 4.3.0 cannot process this now"

    async def _take(self, envelope: Envelope) -> None:
        mail = await self._read(envelope)
        # one event for each of our accounts, however many of its addresses were named
        accounts = dict.fromkeys(filter(None, map(self._account, envelope.rcpt_tos)))
        mail = marked_loop(mail, is_ours=self._account(mail.sender) is not None)
        events = [to_event(mail, account) for account in accounts]
        await self._intake.accept(events)

    async def _read(self, envelope: Envelope) -> Mail:
        raw = envelope.original_content or b""
        mail_from = envelope.mail_from or ""
        received_at: datetime = utc(self._clock.now())
        if len(raw) <= _READ_IN_THREAD_BYTES:
            return read_mail(raw, mail_from=mail_from, received_at=received_at)
        # decoding megabytes would hold up every other door
        return await asyncio.to_thread(read_mail, raw, mail_from=mail_from, received_at=received_at)

    def _account(self, address: str) -> str | None:
        return owner_of(self._mailboxes, address)

    def _answer(self, outcome: str, reply: str) -> str:
        self._metrics[MESSAGES].labels(channel=CHANNEL, outcome=outcome).inc()
        return reply
