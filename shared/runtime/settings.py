"""What every service is told from outside: `CROUPIER_*` variables."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.runtime import failpoints

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
    topic_prefix: str = Field("", description="Put before every topic's name; for tests.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least level that is logged."
    )
    failpoint: str = Field(
        "", description="Where to crash, for fault tests: `sorter.after_insert=kill:3`."
    )

    @field_validator("failpoint")
    @classmethod
    def _known_failpoints(cls, spec: str) -> str:
        failpoints.parse(spec)
        return spec
