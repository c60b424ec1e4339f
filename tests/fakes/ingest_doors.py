"""Ingest's doors on a fake publisher and a clock that tests move."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from fastapi import FastAPI
from prometheus_client import Counter

from services.ingest.account import AccountSection, SecretAccount
from services.ingest.accounts import Accounts
from services.ingest.api import Doors, build_api
from services.ingest.channels import channels_of
from services.ingest.channels.form import Integration
from services.ingest.intake import Intake
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

SECTIONS: Mapping[str, Mapping[str, AccountSection]] = {
    "integrations": {
        "website": Integration(
            channel="form", trusted=True, keys=Secrets.of(SITE_KEY, OLD_SITE_KEY)
        ),
        "partner": Integration(channel="partner", trusted=False, keys=Secrets.of(PARTNER_KEY)),
    },
    "telegram": {"lucky_bot": SecretAccount(secrets=Secrets.of(BOT_SECRET))},
    **meta.SECTIONS,
}
ACCOUNTS = Accounts(
    sections=SECTIONS,
    vault=Vault(Path(), {}),
    mailboxes={
        "support@croupier.test": "support",
        "help@croupier.test": "support",
        "complaints@croupier.test": "complaints",
    },
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
        self.app: FastAPI = build_api(channels_of(ACCOUNTS), doors)

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
