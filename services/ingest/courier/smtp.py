"""SMTP to the mail servers that take our replies (RFC 5321): one connection for each mail.

A server has the mail once it has read the dot after it, and answers after that. So what goes wrong
before the message is sent is known not to be delivered; afterwards it is in doubt until the answer.
"""

import asyncio
import re
import socket
import ssl
from contextlib import suppress
from typing import Final

from aiosmtplib import SMTP, SMTPException, SMTPResponseException, SMTPServerDisconnected

from services.ingest.courier.ports import NoAnswer
from services.ingest.courier.sender import Letter, Reply

COMMAND: Final = "command"
"""The header of a Reply that says what was answered: connect, starttls, auth, mail, rcpt, data (may
the message come?), or message (was it taken?)."""

MESSAGE_ID: Final = "message-id"
"""The header of a Reply that says which message it is about: the letter's id."""

_GO_AHEAD: Final = 354
_QUIT_SECONDS: Final = 1.0
_DOTS: Final = re.compile(rb"(?m)^\.")


def own_name() -> str:
    """Of this machine, as a server wants to be greeted: its full name, else its address. May ask a
    name server: blocks."""
    name = socket.getfqdn()
    if "." in name and name.isascii():
        return name
    try:
        return f"[{socket.gethostbyname(socket.gethostname())}]"
    except OSError:
        return "[127.0.0.1]"


class MailServers:
    """seconds: until the server is ready for the message, and again until it took it. name: ours,
    in greetings. tls: whom to trust; the system's authorities where it is not said."""

    def __init__(self, *, seconds: float, name: str, tls: ssl.SSLContext | None = None) -> None:
        self._seconds: Final = seconds
        self._name: Final = name
        self._tls: Final = tls or ssl.create_default_context()

    async def call(self, letter: Letter) -> Reply:
        """The answer to the message, or to the first command that was refused. Raises NoAnswer."""
        dialogue = _Dialogue(letter, seconds=self._seconds, name=self._name, tls=self._tls)
        try:
            return await dialogue.hold()
        except SMTPResponseException as error:
            return dialogue.reply(error.code, error.message)
        except (SMTPException, OSError, TimeoutError, ValueError) as error:
            # no cause: these quote what was sent
            raise NoAnswer(
                f"no answer to {dialogue.step}: {type(error).__name__}",
                reached=dialogue.step == "message",
            ) from None
        finally:
            dialogue.close()


class _Dialogue:
    """step: what the server is asked at present."""

    def __init__(self, letter: Letter, *, seconds: float, name: str, tls: ssl.SSLContext) -> None:
        self.step = "connect"
        self._letter: Final = letter
        self._seconds: Final = seconds
        self._client: Final = SMTP(
            hostname=letter.host,
            port=letter.port,
            local_hostname=name,
            timeout=seconds,
            use_tls=letter.tls == "tls",
            start_tls=False,
            tls_context=tls,
        )

    async def hold(self) -> Reply:
        async with asyncio.timeout(self._seconds):
            refused = await self._open()
        if refused is not None:
            return refused
        self.step = "message"
        async with asyncio.timeout(self._seconds):
            answer = await self._send()
        await self._quit()
        return answer

    async def _open(self) -> Reply | None:
        client, letter = self._client, self._letter
        await client.connect()
        if letter.tls == "starttls":
            self.step = "starttls"
            await client.starttls()
        if letter.username is not None and letter.password is not None:
            self.step = "auth"
            await client.login(letter.username, letter.password)
        self.step = "mail"
        await client.mail(letter.source)
        self.step = "rcpt"
        await client.rcpt(letter.recipient)
        self.step = "data"
        code, says = await client.execute_command(b"DATA")
        return None if code == _GO_AHEAD else self.reply(code, says)

    async def _send(self) -> Reply:
        protocol = self._client.protocol
        if protocol is None:
            raise SMTPServerDisconnected("it hung up")
        content = _DOTS.sub(b"..", self._letter.content)
        protocol.write(content + (b"" if content.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        code, says = await protocol.read_response(timeout=self._seconds)
        return self.reply(code, says)

    def reply(self, code: int, says: str) -> Reply:
        headers = {COMMAND: self.step, MESSAGE_ID: self._letter.id}
        return Reply(code, headers, says.encode("utf-8", "replace"))

    async def _quit(self) -> None:
        """Politely: what became of the mail is known."""
        with suppress(SMTPException, OSError, TimeoutError):
            await self._client.quit(timeout=_QUIT_SECONDS)

    def close(self) -> None:
        self._client.close()
