"""What the accounts file may say of one account: the base of each channel's own model."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.ingest.secrets import Secrets

Api = Annotated[str, Field(pattern=r"^https?://\S+$")]
"""Where a provider's API is."""


class AccountSection(BaseModel):
    """Strict: a misspelt field is named, not ignored. Inputs are never quoted in errors."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, arbitrary_types_allowed=True
    )


class SecretAccount(AccountSection):
    """An account that needs nothing but its secrets. secrets: those valid now, two in rotation."""

    secrets: Secrets
