"""What every service is told from outside: `CROUPIER_*` variables."""

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.privacy.status_link import NO_LINKS, StatusLinks
from shared.runtime import failpoints

MIN_SECRET_BYTES: Final = 32
"""What HS256 needs (RFC 7518, 3.2)."""

Port = Annotated[int, Field(ge=0, le=65_535)]


class ServiceSettings(BaseSettings):
    """Settings common to the services.

    A service's own class names its fields `<service>_<field>`: `CROUPIER_INGEST_PORT` fills
    `ingest_port`. One flat name space, one prefix, and one `.env` can serve all.
    """

    model_config = SettingsConfigDict(
        env_prefix="CROUPIER_",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,  # the input of one wrong setting is all of them, secrets too
    )

    kafka: str = Field("127.0.0.1:9092", description="Bootstrap servers, comma-separated.")
    mongo: SecretStr = Field(
        SecretStr("mongodb://127.0.0.1:27017"),
        description="The store's URL; it may hold a password.",
    )
    database: str = Field("croupier", description="The store's database.")
    status_url: str = Field(
        "",
        pattern=r"^(https?://[^\s/?#]+)?$",
        description="The lobby's public address, for links in notices; empty: no links are given.",
    )
    status_secret: SecretStr | None = Field(
        None, description="Signs those links; at least 32 bytes."
    )
    status_secret_file: Path | None = Field(
        None, description="Instead: a file with one or two secrets, a line each."
    )
    topic_prefix: str = Field("", description="Put before every topic's name; for tests.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least level that is logged."
    )
    failpoint: str = Field(
        "", description="Where to crash, for fault tests: `sorter.after_insert=kill:3`."
    )

    def status_links(self) -> StatusLinks:
        """Raises OSError, ValueError."""
        if self.status_secret_file is not None:
            return StatusLinks(self.status_url, read_secrets(self.status_secret_file))
        secret = self.status_secret.get_secret_value().encode() if self.status_secret else b""
        if not secret:
            return NO_LINKS
        if len(secret) < MIN_SECRET_BYTES:
            raise ValueError(f"CROUPIER_STATUS_SECRET: give it at least {MIN_SECRET_BYTES} bytes")
        return StatusLinks(self.status_url, (secret,))

    @field_validator("failpoint")
    @classmethod
    def _known_failpoints(cls, spec: str) -> str:
        failpoints.parse(spec)
        return spec


def read_secrets(path: Path) -> tuple[bytes, ...]:
    """One or two secrets, a line each. Raises OSError; ValueError naming the file."""
    secrets = tuple(line for line in path.read_bytes().split() if line)
    if not 1 <= len(secrets) <= 2 or min(map(len, secrets)) < MIN_SECRET_BYTES:
        raise ValueError(
            f"{path}: one or two secrets of at least {MIN_SECRET_BYTES} bytes, a line each"
        )
    return secrets
