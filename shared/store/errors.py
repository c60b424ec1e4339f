"""What can go wrong at the store, as far as a caller must tell one from the other."""

from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    OperationFailure,
    PyMongoError,
)

DUPLICATE_KEY = 11000

# from the driver specifications ("retryable writes"), and WriteConflict, NoSuchTransaction,
# SnapshotUnavailable, LockTimeout, MaxTimeMSExpired: servers do not label all of them
_TRANSIENT_CODES = frozenset(
    {6, 7, 24, 50, 89, 91, 112, 189, 246, 251, 262, 9001, 10107, 11600, 11602, 13435, 13436}
)


class StoreError(Exception):
    """The store did not do what was asked."""


class Transient(StoreError):
    """Nothing was written. The same operation may be tried again as it is."""


class UnknownOutcome(StoreError):
    """The commit was sent and no answer came: read back before doing anything else."""


class DuplicateKey(StoreError):
    """A unique index refused the write; the transaction is gone."""


def explain(error: PyMongoError) -> StoreError:
    """The driver's error as one of ours.

    Network errors and what the server calls transient are Transient; what the server refuses for
    itself, or the driver cannot even write down, is a plain StoreError: the same again would be
    refused again.
    """
    if isinstance(error, DuplicateKeyError):
        return DuplicateKey(_short(error))
    if isinstance(error, BulkWriteError):
        errors = (error.details or {}).get("writeErrors", [])
        if any(problem.get("code") == DUPLICATE_KEY for problem in errors):
            return DuplicateKey("bulk write")
    return Transient(_short(error)) if _passes(error) else StoreError(_short(error))


def refused(code: int) -> StoreError:
    """The error of one write among several, which a server reports beside the others' success."""
    says = f"write error {code}"
    if code == DUPLICATE_KEY:
        return DuplicateKey(says)
    return Transient(says) if code in _TRANSIENT_CODES else StoreError(says)


def _passes(error: PyMongoError) -> bool:
    if isinstance(error, ConnectionFailure):
        return True
    if isinstance(error, OperationFailure) and error.code in _TRANSIENT_CODES:
        return True
    return any(
        error.has_error_label(label)
        for label in ("TransientTransactionError", "RetryableWriteError")
    )


def _short(error: PyMongoError) -> str:
    """Name and code only: a driver's text may quote documents."""
    return f"{type(error).__name__} code={getattr(error, 'code', None)}"
