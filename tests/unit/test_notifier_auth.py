"""Who is let in."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from cli.token import mint
from services.notifier.auth import LEEWAY_SECONDS, Refused, TokenVerifier
from services.notifier.settings import AUDIENCE, ISSUER

SECRET = b"a secret of at least 32 bytes, ours"
OLD = b"the secret before, also of 32 bytes"
OTHER = b"somebody else's secret, as long too"


def verifier(*secrets: bytes) -> TokenVerifier:
    return TokenVerifier(secrets or (SECRET,), issuer=ISSUER, audience=AUDIENCE)


def claims(**changes: Any) -> dict[str, Any]:
    whole = {"iss": ISSUER, "aud": AUDIENCE, "sub": "lina", "exp": time.time() + 60}
    return {name: value for name, value in (whole | changes).items() if value is not None}


def test_a_token_of_ours_names_the_agent_and_its_end() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    identity = verifier().verify(mint("lina", secret=SECRET, ttl=timedelta(minutes=5), now=now))
    assert identity.agent == "lina"
    assert identity.expires_at == now.timestamp() + 300 + LEEWAY_SECONDS


def test_while_the_secret_is_changed_both_are_good() -> None:
    both = verifier(SECRET, OLD)
    assert both.verify(mint("lina", secret=OLD)).agent == "lina"
    assert both.verify(mint("lina", secret=SECRET)).agent == "lina"


def test_another_secret_s_token_is_refused() -> None:
    with pytest.raises(Refused, match="signature"):
        verifier(SECRET, OLD).verify(mint("lina", secret=OTHER))


def test_an_expired_token_is_refused() -> None:
    expired = datetime.now(UTC) - timedelta(minutes=20)
    with pytest.raises(Refused, match="expired"):
        verifier().verify(mint("lina", secret=SECRET, now=expired))


@pytest.mark.parametrize("missing", ["iss", "aud", "exp", "sub"])
def test_a_token_without_a_required_claim_is_refused(missing: str) -> None:
    with pytest.raises(Refused):
        verifier().verify(jwt.encode(claims(**{missing: None}), SECRET, algorithm="HS256"))


@pytest.mark.parametrize("changed", [{"iss": "x"}, {"aud": "x"}, {"sub": ""}, {"sub": "x" * 129}])
def test_a_token_for_somewhere_or_somebody_else_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(Refused):
        verifier().verify(jwt.encode(claims(**changed), SECRET, algorithm="HS256"))


def test_a_token_that_says_it_needs_no_signature_is_refused() -> None:
    with pytest.raises(Refused):
        verifier().verify(jwt.encode(claims(), "", algorithm="none"))


def test_a_token_of_another_algorithm_is_refused_even_under_our_secret() -> None:
    long_enough = SECRET * 2
    token = jwt.encode(claims(), long_enough, algorithm="HS512")
    with pytest.raises(Refused):
        verifier(long_enough).verify(token)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "ё.ё.ё", "\ud800"])
def test_what_is_no_token_is_refused_and_nothing_else_happens(token: str) -> None:
    with pytest.raises(Refused):
        verifier().verify(token)


@pytest.mark.parametrize("secrets", [(), (b"short",), (SECRET, b"short")])
def test_a_secret_that_can_be_guessed_is_no_secret(secrets: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        TokenVerifier(secrets, issuer=ISSUER, audience=AUDIENCE)
