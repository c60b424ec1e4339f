"""The requests of the doors' bench, each with the proof that its provider sends, as on the wire."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cli.demo.script import load_script

_DEMO: Final = Path("deploy/ingest/demo")
_SENDERS: Final = 5_000


def requests(first: int, count: int) -> list[bytes]:
    """A third each of Telegram, our form and WhatsApp; every one another message."""
    texts = [message.text for message in load_script().messages]
    return [
        _KINDS[number % len(_KINDS)](number, texts[number // len(_KINDS) % len(texts)])
        for number in range(first, first + count)
    ]


def _telegram(number: int, text: str) -> bytes:
    sender = 10_000 + number % _SENDERS
    person = {"id": sender, "is_bot": False, "first_name": "Jonas", "language_code": "lt"}
    message = {
        "message_id": number,
        "from": person,
        "chat": {"id": sender, "first_name": "Jonas", "type": "private"},
        "date": int(time.time()),
        "text": text,
    }
    body = json.dumps({"update_id": number, "message": message}).encode()
    secret = _secret("lucky_bot.secret").decode()
    return _post("/v1/telegram/lucky_bot", body, "X-Telegram-Bot-Api-Secret-Token", secret)


def _form(number: int, text: str) -> bytes:
    told = {"message_id": f"b-{number}", "sender": f"u-{number % _SENDERS}", "text": text}
    body = json.dumps(told).encode()
    return _post("/v1/messages", body, "X-Api-Key", _secret("website.key").decode())


def _whatsapp(number: int, text: str) -> bytes:
    sender = str(37_060_000_000 + number % _SENDERS)
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"},
        "contacts": [{"profile": {"name": "Ayşe Yılmaz"}, "wa_id": sender}],
        "messages": [
            {
                "from": sender,
                "id": f"wamid.HBgLMzcwNjAwMTIzNDUVAgASGBQzQTRB{number:012}",
                "timestamp": str(int(time.time())),
                "type": "text",
                "text": {"body": text},
            }
        ],
    }
    entry = {"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}
    told = {"object": "whatsapp_business_account", "entry": [entry]}
    body = json.dumps(told).encode()
    signed = hmac.new(_secret("meta_app.secret"), body, hashlib.sha256).hexdigest()
    return _post("/v1/whatsapp/lucky_phone", body, "X-Hub-Signature-256", f"sha256={signed}")


_KINDS: Final[tuple[Callable[[int, str], bytes], ...]] = (_telegram, _form, _whatsapp)


def _post(path: str, body: bytes, header: str, value: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: ingest\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n{header}: {value}\r\nUser-Agent: bench\r\n\r\n"
    )
    return head.encode() + body


def _secret(name: str) -> bytes:
    if name not in _secrets:
        _secrets[name] = (_DEMO / name).read_bytes().strip()
    return _secrets[name]


_secrets: dict[str, bytes] = {}
