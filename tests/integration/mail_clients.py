"""Those who hand mail in: Python's smtplib, and swaks, a program that speaks as mail servers do."""

import shutil
import smtplib
import ssl
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
SENDER = "bounces@relay.example"
MAILBOX = "support@croupier.test"
SECONDS = 30.0

Client = Callable[[int, Path, Path | None], bool]
"""Port, the mail's file, and a certificate to trust where STARTTLS is wanted → whether the answer
was 250. False also where there was none: the mail is to be handed in again."""


def by_smtplib(port: int, mail: Path, trusted: Path | None = None) -> bool:
    try:
        with smtplib.SMTP(HOST, port, local_hostname="client.example", timeout=SECONDS) as client:
            if trusted is not None:
                client.starttls(context=ssl.create_default_context(cafile=str(trusted)))
            client.sendmail(SENDER, [MAILBOX], mail.read_bytes(), ["BODY=8BITMIME"])
    except (OSError, smtplib.SMTPException):
        return False
    return True


def by_swaks(port: int, mail: Path, trusted: Path | None = None) -> bool:
    tls = () if trusted is None else ("--tls", "--tls-verify", "--tls-ca-path", str(trusted))
    done = subprocess.run(
        [
            *("swaks", "--server", HOST, "--port", str(port), "--timeout", f"{SECONDS:.0f}s"),
            *("--helo", "client.example", "--from", SENDER, "--to", MAILBOX),
            *("--data", f"@{mail}", "--pipeline", "--hide-all", *tls),
        ],
        check=False,
        capture_output=True,
        timeout=2 * SECONDS,
    )
    return done.returncode == 0


WITHOUT_SWAKS = pytest.mark.skipif(
    shutil.which("swaks") is None,
    reason="swaks is not installed (Debian: apt-get install swaks); smtplib says the same things",
)
CLIENTS = [
    pytest.param(by_smtplib, id="smtplib"),
    pytest.param(by_swaks, id="swaks", marks=WITHOUT_SWAKS),
]


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for HOST that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "croupier.test")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(signed.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return cert_file, key_file
