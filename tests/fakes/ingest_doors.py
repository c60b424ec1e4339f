"""Ingest's doors on a fake publisher and a clock that tests move."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI
from prometheus_client import Counter

from services.ingest.account import AccountSection
from services.ingest.accounts import Accounts
from services.ingest.api import Doors, build_api
from services.ingest.channels import channels_of
from services.ingest.channels.form import Integration
from services.ingest.channels.mail_hooks.mailgun import MailgunAccount
from services.ingest.channels.mail_hooks.postmark import PostmarkAccount
from services.ingest.channels.mail_hooks.sendgrid import SendGridAccount
from services.ingest.channels.slack.door import SlackAccount
from services.ingest.channels.telegram import Bot
from services.ingest.channels.twilio.account import TwilioAccount
from services.ingest.channels.viber import ViberAccount
from services.ingest.channels.vk.door import VkAccount
from services.ingest.channels.x import XAccount
from services.ingest.intake import Intake
from services.ingest.mailbox import Mailbox
from services.ingest.mailboxes import Mailboxes
from services.ingest.secrets import Secrets, Vault
from services.ingest.smtp import MailDoor
from shared.runtime.metrics import Metric, Metrics
from tests.fakes import meta
from tests.fakes.publisher import FakePublisher

NOW = 1_795_000_000.0
SITE_KEY = "the-key-of-our-website"
OLD_SITE_KEY = "the-key-it-had-before"
PARTNER_KEY = "the-key-of-a-partner"
BOT_SECRET = "the_secret_of_our_bot"
VIBER_TOKENS = ("445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9", "the_token_viber_gives_next")
VK_SECRETS = ("the_secret_of_our_community", "the_secret_it_will_have")
X_SECRETS = ("the_consumer_secret_of_our_app", "the_consumer_secret_it_had")
SLACK_SECRETS = ("8f742231b10e8888abcd99yyyzzz85a5", "the_signing_secret_to_come")
TWILIO_TOKEN = "0123456789abcdef0123456789abcdef"
OLD_TWILIO_TOKEN = "fedcba9876543210fedcba9876543210"
MUSIC = "https://music.croupier.test/hold.mp3"
TWILIO_SID = "AC" + "5" * 32
LT_NUMBER, EN_NUMBER, RU_NUMBER = "+37052000000", "+442070000000", "+74950000000"
SENDGRID_KEY, OLD_SENDGRID_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
MAILGUN_KEY = "the-signing-key-of-mailgun"
OLD_MAILGUN_KEY = "the-one-it-had-before"
POSTMARK_LOGIN = "postmark:the-password-it-has"
OLD_POSTMARK_LOGIN = "postmark:the-password-it-had"

ADDRESSES = {
    "support@croupier.test": "support",
    "help@croupier.test": "support",
    "complaints@croupier.test": "complaints",
}

SECTIONS: Mapping[str, Mapping[str, AccountSection]] = {
    "integrations": {
        "website": Integration(
            channel="form", trusted=True, keys=Secrets.of(SITE_KEY, OLD_SITE_KEY)
        ),
        "partner": Integration(channel="partner", trusted=False, keys=Secrets.of(PARTNER_KEY)),
    },
    "telegram": {"lucky_bot": Bot(secrets=Secrets.of(BOT_SECRET))},
    "viber": {"lucky_viber": ViberAccount(secrets=Secrets.of(*VIBER_TOKENS))},
    "vk": {
        "lucky_vk": VkAccount(
            secrets=Secrets.of(*VK_SECRETS), group_id=203071234, confirmation="62dfc19d"
        )
    },
    "x": {"lucky_x": XAccount(secrets=Secrets.of(*X_SECRETS), user_id="4337869222")},
    "slack": {
        "partners": SlackAccount(
            secrets=Secrets.of(*SLACK_SECRETS), apps=("A0CROUPIER",), teams=("T0PARTNER",)
        ),
        "anyone": SlackAccount(secrets=Secrets.of(*SLACK_SECRETS)),
    },
    "twilio": {
        "line": TwilioAccount(
            secrets=Secrets.of(TWILIO_TOKEN, OLD_TWILIO_TOKEN),
            account_sid=TWILIO_SID,
            numbers={LT_NUMBER: "lt", EN_NUMBER: "en", RU_NUMBER: None},
            max_wait=120,
        ),
        "open": TwilioAccount(secrets=Secrets.of(TWILIO_TOKEN), music=MUSIC),
    },
    "sendgrid": {
        "inbound": SendGridAccount(
            mailboxes=Mailboxes(ADDRESSES),
            public_keys=[each.public_key() for each in (SENDGRID_KEY, OLD_SENDGRID_KEY)],
        )
    },
    "mailgun": {
        "inbound": MailgunAccount(
            mailboxes=Mailboxes(dict.fromkeys(("support@croupier.test",), "support")),
            secrets=Secrets.of(MAILGUN_KEY, OLD_MAILGUN_KEY),
        )
    },
    "postmark": {
        "inbound": PostmarkAccount(
            mailboxes=Mailboxes(ADDRESSES),
            others="support",
            secrets=Secrets.of(POSTMARK_LOGIN, OLD_POSTMARK_LOGIN),
        )
    },
    "mail": {
        "support": Mailbox(addresses=["support@croupier.test", "help@croupier.test"]),
        "complaints": Mailbox(addresses=["complaints@croupier.test"]),
    },
    **meta.SECTIONS,
}
ACCOUNTS = Accounts(
    sections=SECTIONS,
    vault=Vault(Path(), {}),
    mailboxes=ADDRESSES,
)


@dataclass
class StillClock:
    """Stands still until told otherwise."""

    time: float = NOW

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


@dataclass
class IngestDoors:
    """The doors, and what stands behind them."""

    answer_seconds: float = 2.5
    max_in_flight: int = 100
    publisher: FakePublisher = field(default_factory=FakePublisher)
    clock: StillClock = field(default_factory=StillClock)
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        self.intake = Intake(
            publisher=self.publisher,
            clock=self.clock,
            metrics=self.metrics,
            answer_seconds=self.answer_seconds,
            max_in_flight=self.max_in_flight,
            sender_per_minute=30,
        )
        doors = Doors(intake=self.intake, clock=self.clock, metrics=self.metrics, body_seconds=10.0)
        self.answer = doors.answer
        self.app: FastAPI = build_api(channels_of(ACCOUNTS), self.answer)

    def mail_door(self) -> MailDoor:
        return MailDoor(
            mailboxes=ACCOUNTS.mailboxes,
            intake=self.intake,
            clock=self.clock,
            metrics=self.metrics,
        )

    def client(self) -> httpx.AsyncClient:
        """Calls the app without a network; an exception of the app passes through."""
        transport = httpx.ASGITransport(app=self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://ingest")

    async def post(
        self,
        body: object = None,
        *,
        key: str = SITE_KEY,
        path: str = "/v1/messages",
        **more: object,
    ) -> httpx.Response:
        """POST a JSON body, or `content=` as it is, with this key."""
        headers = {"X-Api-Key": key, "Content-Type": "application/json"}
        given = more.pop("headers", {})
        assert isinstance(given, dict)
        payload = {"json": body} if body is not None else more
        async with self.client() as client:
            return await client.post(path, headers={**headers, **given}, **payload)  # type: ignore[arg-type]

    async def telegram(self, update: object, *, secret: str = BOT_SECRET) -> httpx.Response:
        return await self.post(
            update,
            path="/v1/telegram/lucky_bot",
            headers={"X-Telegram-Bot-Api-Secret-Token": secret},
        )

    def count(self, metric: Metric[Counter], **labels: str) -> float:
        value = self.metrics.registry.get_sample_value(metric.name, labels)
        return value or 0.0


def message(**changes: object) -> dict[str, object]:
    """A good body for POST /v1/messages."""
    return {"kind": "message", "message_id": "m-1", "sender": "u-7", "text": "hello", **changes}
