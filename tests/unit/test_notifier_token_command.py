"""`croupier token`, and the notifier's settings that go with it."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from cli.main import app
from services.notifier.auth import Refused, TokenVerifier
from services.notifier.settings import AUDIENCE, ISSUER, NotifierSettings

FIRST, SECOND = "the first secret, of at least 32 bytes", "the-second-secret-of-at-least-32-bytes"


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    file = tmp_path / "secrets"
    file.write_text(f"{SECOND}\n{FIRST.replace(' ', '-')}\n")
    return file


def test_the_first_secret_of_the_file_signs_and_the_notifier_takes_both(secrets: Path) -> None:
    printed = CliRunner().invoke(app, ["token", "lina", "--secret-file", str(secrets)])
    settings = NotifierSettings(notifier_secret_file=secrets)
    assert len(settings.secrets()) == 2
    verifier = TokenVerifier(settings.secrets()[:1], issuer=ISSUER, audience=AUDIENCE)
    assert verifier.verify(printed.stdout.strip()).agent == "lina"


def test_the_environment_s_secret_signs_where_there_is_no_file() -> None:
    variables = {"CROUPIER_NOTIFIER_SECRET": FIRST}
    printed = CliRunner().invoke(app, ["token", "lina", "--ttl", "90s"], env=variables)
    verifier = TokenVerifier((FIRST.encode(),), issuer=ISSUER, audience=AUDIENCE)
    assert verifier.verify(printed.stdout.strip()).agent == "lina"
    with pytest.raises(Refused):
        TokenVerifier((SECOND.encode(),), issuer=ISSUER, audience=AUDIENCE).verify(
            printed.stdout.strip()
        )


@pytest.mark.parametrize("ttl", ["", "m", "0m", "15", "-1m", "1.5h", "3d"])
def test_a_time_that_is_none_is_refused(ttl: str, secrets: Path) -> None:
    refused = CliRunner().invoke(
        app, ["token", "lina", "--ttl", ttl, "--secret-file", str(secrets)]
    )
    assert refused.exit_code == 2


def test_without_a_secret_the_message_names_both_ways_to_give_one() -> None:
    variables = {"CROUPIER_NOTIFIER_SECRET": "", "TERM": "dumb", "COLUMNS": "200"}
    refused = CliRunner().invoke(app, ["token", "lina"], env=variables)
    assert refused.exit_code == 2
    assert "--secret-file" in refused.output
    assert "CROUPIER_NOTIFIER_SECRET" in refused.output


def test_the_notifier_refuses_to_start_without_a_secret_or_with_two_sources(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CROUPIER_NOTIFIER_SECRET", raising=False)
    with pytest.raises(ValidationError, match="CROUPIER_NOTIFIER_SECRET"):
        NotifierSettings()
    monkeypatch.setenv("CROUPIER_NOTIFIER_SECRET", FIRST)
    with pytest.raises(ValidationError, match="not both"):
        NotifierSettings(notifier_secret_file=secrets)


def test_a_short_secret_in_the_file_is_refused_by_the_file_s_name(tmp_path: Path) -> None:
    file = tmp_path / "secrets"
    file.write_text("short\n")
    with pytest.raises(ValueError, match=str(file)):
        NotifierSettings(notifier_secret_file=file).secrets()


def test_origins_are_a_comma_separated_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROUPIER_NOTIFIER_SECRET", FIRST)
    monkeypatch.setenv("CROUPIER_NOTIFIER_ORIGINS", "https://a.example, https://b.example")
    assert NotifierSettings().notifier_origins == ("https://a.example", "https://b.example")
