"""What can go wrong at the store, as far as a caller must tell one from the other."""

from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

DUPLICATE_KEY = 11000


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

    Whatever is no duplicate key counts as Transient: the caller bounds its retries, and a failure
    that repeats is then isolated or ends the process.
    """
    if isinstance(error, DuplicateKeyError):
        return DuplicateKey(_short(error))
    if isinstance(error, BulkWriteError):
        errors = (error.details or {}).get("writeErrors", [])
        if any(problem.get("code") == DUPLICATE_KEY for problem in errors):
            return DuplicateKey("bulk write")
    return Transient(_short(error))


def _short(error: PyMongoError) -> str:
    """Name and code only: a driver's text may quote documents."""
    return f"{type(error).__name__} code={getattr(error, 'code', None)}"
