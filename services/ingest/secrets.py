"""Secrets of our accounts: read from variables and files, compared in constant time.

A file is read again every few seconds, so a secret is rotated by writing files, without a restart.
One that cannot be read (a mounted store that is down) keeps its last value for a while; where no
secret of an account is known any more, its door answers 503, and its provider keeps the message.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from hmac import compare_digest
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from services.ingest.errors import Unavailable
from shared.runtime.clock import Clock
from shared.runtime.metrics import SECRETS_UNREADABLE, Metrics

MIN_SECRET_BYTES: Final = 16
REFRESH_SECONDS: Final = 5.0


def matches(claimed: str | None, known: Iterable[bytes]) -> bool:
    """Whether the claim is one of the known secrets (several during rotation).

    Bytes are compared: `compare_digest` raises on a str that is not ASCII. Latin-1 gives back the
    bytes of a header as they were on the wire.
    """
    if claimed is None:
        return False
    bytes_claimed = claimed.encode("latin-1", "replace")
    found = False
    for secret in known:
        found |= compare_digest(bytes_claimed, secret)
    return found


class _Held:
    """One secret, as it was last read. value: None once it is not known any more."""

    __slots__ = ("file", "read_at", "value")

    def __init__(self, value: bytes, *, file: Path | None = None) -> None:
        self.value: bytes | None = value
        self.file: Final = file
        self.read_at: float | None = None


class SecretRef(BaseModel):
    """Where a secret is: a variable's name, or a file (relative to the accounts file)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    env: str | None = None
    file: str | None = None

    @model_validator(mode="after")
    def _can_be_read(self, info: ValidationInfo) -> "SecretRef":
        if (self.env is None) == (self.file is None):
            raise ValueError("say where the secret is: either env or file")
        vault_of(info).held(self)
        return self


_REFS: Final = Annotated[list[SecretRef], Field(min_length=1, max_length=2)]


class Secrets:
    """The secrets of one account that are valid now: one, or two during rotation.

    As a field of a model it is a list of SecretRef; the model is validated with a Vault as the
    context's `vault`.
    """

    __slots__ = ("_held",)

    def __init__(self, held: Sequence[_Held]) -> None:
        self._held: Final = tuple(held)

    @classmethod
    def of(cls, *values: str | bytes) -> "Secrets":
        """Of values that are known already."""
        encoded = (each.encode() if isinstance(each, str) else each for each in values)
        return cls([_Held(each) for each in encoded])

    def valid(self) -> tuple[bytes, ...]:
        """Raises Unavailable where none is known at present."""
        known = tuple(each.value for each in self._held if each.value is not None)
        if not known:
            raise Unavailable("the secrets of this account cannot be read")
        return known

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        def validated(
            value: Any, refs: ValidatorFunctionWrapHandler, info: ValidationInfo
        ) -> Secrets:
            if isinstance(value, Secrets):
                return value
            return cls([vault_of(info).held(ref) for ref in refs(value)])

        inner = handler.generate_schema(_REFS)
        return core_schema.with_info_wrap_validator_function(validated, inner)


class Vault:
    """Reads secrets, and reads those in files again.

    keep_seconds: for so long a file's last value counts after it could no longer be read.
    """

    def __init__(
        self, folder: Path, env: Mapping[str, str], *, keep_seconds: float = 300.0
    ) -> None:
        self._folder: Final = folder
        self._env: Final = env
        self._keep_seconds: Final = keep_seconds
        self._by_ref: Final[dict[SecretRef, _Held]] = {}

    def held(self, ref: SecretRef) -> _Held:
        """Raises ValueError with what is wrong."""
        if ref not in self._by_ref:
            self._by_ref[ref] = self._from_env(ref.env) if ref.env else self._from_file(ref.file)
        return self._by_ref[ref]

    def refresh(self, *, now: float) -> list[Path]:
        """Read the files again; those that could not be read. now: seconds, monotonic. Blocks."""
        failed = []
        for held in self._by_ref.values():
            if held.file is None:
                continue
            try:
                held.value, held.read_at = _checked(held.file.read_bytes()), now
            except (OSError, ValueError):
                failed.append(held.file)
                held.read_at = now if held.read_at is None else held.read_at
                if now - held.read_at > self._keep_seconds:
                    held.value = None
        return failed

    def _from_env(self, name: str) -> _Held:
        if name not in self._env:
            raise ValueError(f"environment variable {name} is not set")
        return _Held(_checked(self._env[name].encode()))

    def _from_file(self, name: str | None) -> _Held:
        file = self._folder / (name or "")
        try:
            return _Held(_checked(file.read_bytes()), file=file)
        except OSError as error:
            raise ValueError(f"{file}: {error.strerror}") from error


async def keep_fresh(vault: Vault, *, clock: Clock, metrics: Metrics) -> NoReturn:
    """Read the files again every few seconds, for ever."""
    while True:
        await clock.sleep(REFRESH_SECONDS)
        failed = await asyncio.to_thread(vault.refresh, now=clock.monotonic())
        metrics[SECRETS_UNREADABLE].set(len(failed))


def vault_of(info: ValidationInfo) -> Vault:
    """The vault that a model is validated with."""
    vault = (info.context or {}).get("vault")
    assert isinstance(vault, Vault), "models with secrets are validated with a vault"
    return vault


def _checked(value: bytes) -> bytes:
    secret = value.strip()
    if len(secret) < MIN_SECRET_BYTES:
        raise ValueError(f"a secret has at least {MIN_SECRET_BYTES} bytes")
    return secret
