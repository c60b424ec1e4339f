"""Who is at a customer's socket: whoever has the session's token, or whom the site vouches for."""

from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.errors import Unavailable
from services.ingest.lobby.chat.account import ChatAccount
from services.ingest.lobby.chat.protocol.codes import Close
from services.ingest.lobby.chat.tokens import (
    CUSTOMER_SECONDS,
    ISSUER,
    LEEWAY_SECONDS,
    SESSION_SECONDS,
    Refused,
    Session,
    Tokens,
)
from services.ingest.secrets import Secrets
from tests.fakes.chat import (
    ACCOUNT,
    KEY,
    NEXT_SECRET,
    OLD_KEY,
    SECRET,
    SITE,
    customer_token,
    numbered,
)

NOW = 1_795_000_000.0


def tokens(account: ChatAccount = ACCOUNT, *, name: str = SITE) -> Tokens:
    return Tokens(name, account, randomness=numbered())


def session_token(**changes: Any) -> str:
    """As the lobby makes one; a claim of None is left out."""
    key = changes.pop("key", SECRET)
    algorithm = changes.pop("algorithm", "HS256")
    claims = {
        "iss": ISSUER,
        "aud": f"chat:{SITE}",
        "sub": "v-1",
        "dev": "d1",
        "exp": int(NOW) + 60,
        **changes,
    }
    given = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(given, key, algorithm)


def admitted(token: str | None = None, customer: str | None = None) -> Session:
    return tokens().admit(token, customer, now=NOW)


def test_who_brings_nothing_is_a_new_anonymous_customer_with_128_random_bits() -> None:
    asked: list[int] = []

    def randomness(size: int) -> str:
        asked.append(size)
        return "ab" * size

    session = Tokens(SITE, ACCOUNT, randomness=randomness).admit(None, None, now=NOW)
    assert session == Session("v-" + "ab" * 16, "ab" * 12)
    assert asked == [16, 12]


def test_a_session_goes_on_under_the_lobby_s_own_token() -> None:
    ours = tokens()
    session = ours.admit(None, None, now=NOW)
    token, until = ours.mint(session, now=NOW)
    assert until == NOW + SESSION_SECONDS
    assert ours.admit(token, None, now=until) == session


@pytest.mark.parametrize("key", [SECRET, NEXT_SECRET])
def test_two_secrets_count_while_they_are_changed_over(key: bytes) -> None:
    assert admitted(session_token(key=key)).sender == "v-1"


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize(
    "changes",
    [
        {"key": b"a secret of somebody else entirely"},
        {"key": KEY},
        {"aud": "chat:elsewhere"},
        {"iss": "https://www.example.com"},
        {"exp": int(NOW - LEEWAY_SECONDS)},
        {"exp": int(NOW + SESSION_SECONDS + 3600)},
        {"exp": "soon"},
        {"exp": True},
        {"nbf": int(NOW + 3600)},
        {"exp": None},
        {"sub": None},
        {"dev": None},
        {"iss": None},
        {"aud": None},
        {"sub": ""},
        {"sub": "v-1\nx"},
        {"dev": "d" * 65},
        {"cus": ""},
        {"algorithm": "HS512"},
    ],
)
def test_no_other_token_continues_a_session(changes: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        admitted(session_token(**changes))
    assert refused.value.code == Close.NO_SESSION


def test_an_unsigned_token_is_none() -> None:
    with pytest.raises(Refused):
        admitted(session_token(key="", algorithm="none"))


def test_a_token_of_one_account_is_none_of_another() -> None:
    token, _ = tokens().mint(Session("v-1", "d1"), now=NOW)
    with pytest.raises(Refused):
        tokens(name="other").admit(token, None, now=NOW)


def test_who_is_logged_in_from_the_beginning_has_one_conversation_everywhere() -> None:
    ours = tokens()
    phone = ours.admit(None, customer_token(now=NOW), now=NOW)
    laptop = ours.admit(None, customer_token(now=NOW, key=OLD_KEY), now=NOW)
    assert phone.sender == laptop.sender == "c-20418"
    assert phone.device != laptop.device
    assert phone.logged_in_until == int(NOW) + 600


def test_logging_in_during_a_session_keeps_the_sender() -> None:
    ours = tokens()
    before = ours.admit(None, None, now=NOW)
    after = ours.renew(before, None, customer_token(now=NOW), now=NOW)
    assert (after.sender, after.customer) == (before.sender, "20418")
    token, _ = ours.mint(after, now=NOW)
    later = ours.admit(token, None, now=NOW)
    assert (later.sender, later.customer, later.logged_in_until) == (before.sender, "20418", 0.0)


def test_a_session_of_another_customer_is_not_continued() -> None:
    ours = tokens()
    token, _ = ours.mint(ours.admit(None, customer_token("1", now=NOW), now=NOW), now=NOW)
    assert ours.admit(token, customer_token("2", now=NOW), now=NOW).sender == "c-2"
    anonymous = ours.renew(Session("v-9", "d"), None, customer_token("1", now=NOW), now=NOW)
    token, _ = ours.mint(anonymous, now=NOW)
    assert ours.admit(token, customer_token("2", now=NOW), now=NOW).sender == "c-2"


def test_on_one_socket_nobody_becomes_another() -> None:
    ours = tokens()
    session = ours.admit(None, customer_token("1", now=NOW), now=NOW)
    with pytest.raises(Refused) as refused:
        ours.renew(session, None, customer_token("2", now=NOW), now=NOW)
    assert refused.value.code == Close.NO_CUSTOMER
    with pytest.raises(Refused) as refused:
        ours.renew(session, session_token(), None, now=NOW)
    assert refused.value.code == Close.NO_SESSION


@pytest.mark.parametrize(
    "changes",
    [
        {"key": SECRET},
        {"key": b"a key that the site never had, ever"},
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"exp": int(NOW - LEEWAY_SECONDS)},
        {"exp": int(NOW + CUSTOMER_SECONDS + LEEWAY_SECONDS + 1)},
        {"exp": None},
        {"iss": None},
        {"aud": None},
        {"customer": None},
        {"customer": ""},
        {"customer": "x" * 129},
        {"customer": "a\u2028b"},
    ],
)
def test_the_site_vouches_by_its_own_tokens_only(changes: dict[str, Any]) -> None:
    given: dict[str, Any] = {"customer": "1", "now": NOW} | changes
    with pytest.raises(Refused) as refused:
        admitted(customer=customer_token(**given))
    assert refused.value.code == Close.NO_CUSTOMER


def test_a_lobby_s_token_is_no_customer_s_and_the_other_way_round() -> None:
    ours = tokens()
    token, _ = ours.mint(Session("v-1", "d1"), now=NOW)
    with pytest.raises(Refused):
        ours.admit(None, token, now=NOW)
    with pytest.raises(Refused):
        ours.admit(customer_token(now=NOW), None, now=NOW)


def test_where_no_keys_are_given_nobody_logs_in() -> None:
    plain = ChatAccount(secrets=Secrets.of(SECRET), origins=())
    with pytest.raises(Refused, match="nobody can log in here"):
        tokens(plain).admit(None, customer_token(now=NOW), now=NOW)


@pytest.mark.parametrize(
    "fields",
    [
        {"secrets": Secrets.of("only sixteen byte")},
        {"customers": Secrets.of("only sixteen byte"), "issuer": "i", "audience": "a"},
        {"customers": Secrets.of(KEY)},
        {"issuer": "i", "audience": "a"},
        {"origins": ("https://www.example.com/path",)},
    ],
)
def test_an_account_that_could_be_guessed_or_is_half_given_is_refused(
    fields: dict[str, Any],
) -> None:
    with pytest.raises(ValueError, match=r"at least 32|together|match pattern"):
        ChatAccount.model_validate({"secrets": Secrets.of(SECRET), "origins": (), **fields})


def test_a_secret_that_became_too_short_signs_nothing() -> None:
    account = ChatAccount(secrets=Secrets.of(SECRET), origins=())
    account.secrets._held[0].value = b"only sixteen byte"
    with pytest.raises(Unavailable):
        tokens(account).mint(Session("v-1", "d1"), now=NOW)


def test_refusals_quote_nothing_of_the_token() -> None:
    with pytest.raises(Refused) as refused:
        admitted(customer=customer_token("s3cret-id", now=NOW, aud="another"))
    assert "s3cret-id" not in str(refused.value)


@given(token=st.text(max_size=200))
def test_whatever_is_shown_it_is_refused_and_nothing_breaks(token: str) -> None:
    with pytest.raises(Refused):
        admitted(token)
    with pytest.raises(Refused):
        admitted(None, token)
