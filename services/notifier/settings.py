"""What the notifier is told from outside."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import NoDecode

from shared.runtime.settings import Port, ServiceSettings, read_secrets

ISSUER = "croupier"
AUDIENCE = "croupier-agents"


class NotifierSettings(ServiceSettings):
    """`CROUPIER_NOTIFIER_*`.

    Tokens are signed with one secret and accepted under up to two, so that it can be changed
    without anybody noticing: add the new one, sign with it, take the old one away.
    """

    notifier_host: str = Field("127.0.0.1", description="Where agents' sockets are accepted.")
    notifier_port: Port = Field(8082, description="0 takes a free one.")
    notifier_secret: SecretStr | None = Field(
        None, description="Signs agents' tokens (HS256); at least 32 bytes."
    )
    notifier_secret_previous: SecretStr | None = Field(
        None, description="The secret before, while tokens signed with it are still around."
    )
    notifier_secret_file: Path | None = Field(
        None, description="Instead of the two: a file with one or two secrets, a line each."
    )
    notifier_issuer: str = Field(ISSUER, description="`iss` of the tokens.")
    notifier_audience: str = Field(AUDIENCE, description="`aud` of the tokens.")
    notifier_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins of browsers let in, comma-separated, such as https://desk.example."
    )
    notifier_messages_per_minute: int = Field(
        100, ge=1, description="Of one client; more are refused."
    )
    notifier_max_sockets: int = Field(10_000, ge=1, description="Of this instance.")
    notifier_heartbeat_seconds: float = Field(
        15.0, gt=0, le=300, description="Between two digests to a client."
    )
    notifier_presence_seconds: float = Field(
        5.0, gt=0, le=300, description="Between two reports of who is connected."
    )
    notifier_publish_timeout_seconds: float = Field(
        5.0, gt=0, le=60, description="For the broker to confirm a command, before a nack."
    )
    notifier_grace_seconds: float = Field(
        5.0, ge=1, le=60, description="For sockets to close when the service stops."
    )

    @model_validator(mode="before")
    @classmethod
    def _split_origins(cls, values: dict[str, object]) -> dict[str, object]:
        origins = values.get("notifier_origins")
        if isinstance(origins, str):
            listed = tuple(part.strip() for part in origins.split(",") if part.strip())
            return values | {"notifier_origins": listed}
        return values

    @model_validator(mode="after")
    def _one_source_of_secrets(self) -> Self:
        if (self.notifier_secret is None) == (self.notifier_secret_file is None):
            raise ValueError(
                "give CROUPIER_NOTIFIER_SECRET or CROUPIER_NOTIFIER_SECRET_FILE, and not both"
            )
        return self

    def secrets(self) -> tuple[bytes, ...]:
        """The secrets in force, the one to sign with first. Raises OSError, ValueError."""
        if self.notifier_secret_file is not None:
            return read_secrets(self.notifier_secret_file)
        given = (self.notifier_secret, self.notifier_secret_previous)
        return tuple(secret.get_secret_value().encode() for secret in given if secret)
