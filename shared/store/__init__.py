"""The store: driver seam, documents, indexes, errors."""

from shared.store.driver import Store
from shared.store.errors import DuplicateKey, StoreError, Transient, UnknownOutcome
from shared.store.indexes import provision_indexes

__all__ = [
    "DuplicateKey",
    "Store",
    "StoreError",
    "Transient",
    "UnknownOutcome",
    "provision_indexes",
]
