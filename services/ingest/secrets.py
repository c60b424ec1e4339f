"""Compares what a caller claims with what we know, taking the same time either way."""

from collections.abc import Iterable
from hmac import compare_digest


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
