"""A mail server that runs here and takes what goes out: SMTP by aiosmtpd, with STARTTLS, TLS and a
login where it is told to, and its bad days."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.standins.provider import Mood, Provider

_AT_RCPT: Final[dict[Mood, str]] = {
    "throttles": "451 4.7.1 greylisted, try again later",
    "is blocked": "550 5.1.1 <c77@example.test>: no such user here",
}


@dataclass(kw_only=True)
class MailStandIn(Provider):
    """login: name and password that it asks for. mails: with their envelopes, in order: sender,
    recipients, message; raw: the messages as they came. at: the mood of each session. Whom it
    delivers to is the number in the address."""

    login: tuple[str, str] | None = None
    host: str = "127.0.0.1"
    port: int = 0
    mails: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    at: dict[Session, Mood] = field(default_factory=dict)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.at[session] = self.mood()
        if self.at[session] == "is away":
            return "421 4.3.2 shutting down"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at[session] in _AT_RCPT:
            return _AT_RCPT[self.at[session]]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        mood = self.at[session]
        if mood == "fails":
            return "554 5.6.0 not like this"
        if mood == "hangs":
            await asyncio.sleep(self.late)
            assert server.transport is not None
            server.transport.close()
            return "451 4.3.0 too late to be read"
        raw = envelope.original_content or b""
        message = message_from_bytes(raw, policy=default)
        assert isinstance(message, EmailMessage)
        assert envelope.mail_from is not None
        self.raw.append(raw)
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, message))
        chat = int("".join(filter(str.isdigit, envelope.rcpt_tos[0])) or "0")
        self.delivered.append((chat, message.get_content().strip()))
        if mood == "answers late":
            await asyncio.sleep(self.late)
        return f"250 2.0.0 queued as {len(self.mails)}"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert self.login is not None
        name, password = self.login
        right = LoginPassword(name.encode(), password.encode())
        return AuthResult(success=data == right, handled=False)


@asynccontextmanager
async def running_mail_server(
    *,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    login: tuple[str, str] | None = None,
) -> AsyncIterator[MailStandIn]:
    stand_in = MailStandIn(login=login)
    session = partial(
        SMTP,
        stand_in,
        tls_context=starttls,
        require_starttls=starttls is not None,
        authenticator=stand_in.authenticate if login is not None else None,
        # aiosmtpd takes TLS from the first byte for none, and would warn
        auth_required=login is not None and starttls is not None,
        auth_require_tls=starttls is not None,
        enable_SMTPUTF8=False,
    )
    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, stand_in.host, 0, ssl=tls)
    stand_in.port = server.sockets[0].getsockname()[1]
    try:
        yield stand_in
    finally:
        server.close()


def certified(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For a server at 127.0.0.1, and for a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a mail server for tests")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    (folder / "certificate.pem").write_bytes(certificate)
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return server, ssl.create_default_context(cafile=str(folder / "certificate.pem"))
