"""Settings come from the environment, and `.env.example` names every one of them."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from services.ingest.settings import IngestSettings
from shared.runtime.settings import ServiceSettings

SERVICES = ("ingest", "router", "notifier")


def settings_of(service: str) -> type[ServiceSettings]:
    module = import_module(f"services.{service}.settings")
    [found] = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, ServiceSettings)
        and value is not ServiceSettings
    ]
    return found


def test_the_example_names_every_setting_and_no_other() -> None:
    example = Path(".env.example").read_text("utf-8")
    named = re.findall(r"^(?:# )?(CROUPIER_[A-Z_]+)=", example, re.MULTILINE)
    known = {
        f"CROUPIER_{field.upper()}"
        for service in SERVICES
        for field in settings_of(service).model_fields
    }
    assert set(named) == known
    assert len(named) == len(set(named))


@pytest.mark.parametrize("service", SERVICES)
def test_the_example_shows_the_defaults(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROUPIER_NOTIFIER_SECRET", "the one setting that has no default")
    defaults = settings_of(service)()
    example = Path(".env.example").read_text("utf-8")
    for name, value in re.findall(r"^(CROUPIER_[A-Z_]+)=(.*)$", example, re.MULTILINE):
        monkeypatch.setenv(name, value)
    assert settings_of(service)() == defaults


def test_the_environment_fills_a_service_and_what_all_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CROUPIER_KAFKA", "broker:9092")
    monkeypatch.setenv("CROUPIER_INGEST_PORT", "0")
    settings = IngestSettings()
    assert (settings.kafka, settings.ingest_port) == ("broker:9092", 0)


def test_the_stores_password_does_not_show() -> None:
    settings = IngestSettings(mongo=SecretStr("mongodb://me:my-password@store"))
    assert "my-password" not in repr(settings)


def test_a_complaint_about_one_setting_does_not_show_the_secrets_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CROUPIER_MONGO", "mongodb://me:my-password@store")
    monkeypatch.setenv("CROUPIER_INGEST_PUBLISH_SECONDS", "2.5")
    with pytest.raises(ValidationError) as refused:
        IngestSettings()
    assert "my-password" not in str(refused.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CROUPIER_FAILPOINT", "sorter.nowhere=kill"),
        ("CROUPIER_INGEST_PORT", "70000"),
        ("CROUPIER_INGEST_PUBLISH_SECONDS", "2.5"),  # not below the answer's deadline
        ("CROUPIER_INGEST_SMTP_TLS_CERT", "chain.pem"),  # without its key
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_at_the_start(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValidationError):
        IngestSettings()
