"""What the router is told from outside."""

from pathlib import Path
from typing import Final, Literal, Self

from pydantic import Field, SecretStr, model_validator

from services.router.explain.readers import Tokens
from shared.runtime.settings import Port, ServiceSettings

_SHORTEST_TOKEN: Final = 16


class RouterSettings(ServiceSettings):
    """`CROUPIER_ROUTER_*`."""

    router_role: Literal["both", "sorter", "dealer", "recorder"] = Field(
        "both", description="What this process does, both: all of it; each part scales by itself."
    )
    router_policy: Path = Field(Path("deploy/policy/betting.yaml"), description="The policy file.")
    router_host: str = Field("127.0.0.1", description="Where health and metrics are served.")
    router_port: Port = Field(8081, description="0 takes a free one.")
    router_driver: Literal["motor", "pymongo"] = Field(
        "pymongo", description="The MongoDB driver; both pass the same suite."
    )
    router_publish_timeout_seconds: float = Field(
        5.0, gt=0, le=60, description="For the broker to confirm, before a new producer is made."
    )
    router_session_seconds: float = Field(
        10.0, ge=2, le=60, description="Silence after which the broker gives our partitions away."
    )
    router_group_suffix: str = Field("", description="Appended to the consumer groups; for tests.")
    router_decisions_days: float = Field(
        30.0, gt=0, le=3650, description="How long decisions are kept, for explanations."
    )

    router_explain_token: SecretStr | None = Field(
        None, description="Lets operators ask for explanations over HTTP; at least 16 characters."
    )
    router_explain_token_file: Path | None = Field(
        None, description="Instead: a file with that token. Without either nobody may ask."
    )

    router_explain_confidential_token: SecretStr | None = Field(
        None, description="The same for the role that may read of confidential tickets, too."
    )
    router_explain_confidential_token_file: Path | None = Field(
        None, description="Instead: a file with that token. Without either nobody has the role."
    )

    @model_validator(mode="after")
    def _one_source_a_token(self) -> Self:
        for name in ("router_explain_token", "router_explain_confidential_token"):
            if getattr(self, name) is not None and getattr(self, f"{name}_file") is not None:
                variable = f"CROUPIER_{name.upper()}"
                raise ValueError(f"give {variable} or {variable}_FILE, not both")
        return self

    def explain_tokens(self) -> Tokens:
        """Without any explanations are closed. Raises OSError; ValueError for one that is too
        short, and where both are the same."""
        return Tokens(
            operator=self._token("router_explain_token"),
            confidential=self._token("router_explain_confidential_token"),
        )

    @property
    def drain_seconds(self) -> float:
        """For the work at hand when partitions go: no heartbeat is sent meanwhile, so it is half
        of the session."""
        return self.router_session_seconds / 2

    def _token(self, name: str) -> str | None:
        given: SecretStr | None = getattr(self, name)
        file: Path | None = getattr(self, f"{name}_file")
        if file is not None:
            token = file.read_text("utf-8").strip()
        elif given is not None:
            token = given.get_secret_value().strip()
        else:
            return None
        if token and len(token) < _SHORTEST_TOKEN:
            where = file or f"CROUPIER_{name.upper()}"
            raise ValueError(f"{where}: give a token of at least {_SHORTEST_TOKEN} characters")
        return token or None
