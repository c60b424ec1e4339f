"""The contracts as documents a stranger can read: AsyncAPI 3 and JSON Schema."""

from shared.contracts.export.documents import (
    Documents,
    Incomplete,
    documents,
    drifted,
    write,
)
from shared.contracts.export.samples import Samples, read_samples
from shared.contracts.export.topics import Topics, TopicSettings

__all__ = [
    "Documents",
    "Incomplete",
    "Samples",
    "TopicSettings",
    "Topics",
    "documents",
    "drifted",
    "read_samples",
    "write",
]
