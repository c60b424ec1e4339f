"""Who may ask for explanations over HTTP, by the token they show."""

from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest


class Role(StrEnum):
    OPERATOR = "operator"
    CONFIDENTIAL = "confidential"
    """Who may read of confidential tickets, too."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What each role shows; None or empty: nobody has the role. Raises ValueError for one token
    for both, which would give everybody the role of few."""

    operator: str | None = None
    confidential: str | None = None

    def __post_init__(self) -> None:
        if self.operator and self.operator == self.confidential:
            raise ValueError(
                "CROUPIER_ROUTER_EXPLAIN_TOKEN and CROUPIER_ROUTER_EXPLAIN_CONFIDENTIAL_TOKEN are"
                " the same: give each role its own"
            )

    def __bool__(self) -> bool:
        return bool(self.operator or self.confidential)

    def role_of(self, authorization: str) -> Role | None:
        """By the header of that name; None: they show no token of ours."""
        scheme, _, shown = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        if _same(shown, self.confidential):
            return Role.CONFIDENTIAL
        return Role.OPERATOR if _same(shown, self.operator) else None


def _same(shown: str, token: str | None) -> bool:
    """Compared as bytes, in a time that tells nothing of the token; a header is Latin-1."""
    if not token:
        return False
    return compare_digest(shown.strip().encode("latin-1"), token.encode())
