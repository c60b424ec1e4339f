"""The accounts file: what is wrong is named, with the place and the remedy."""

from pathlib import Path

import pytest

from services.ingest.accounts import AccountsError, load_accounts

SECRET = "a secret of sufficient length"


def write(folder: Path, text: str) -> Path:
    path = folder / "accounts.yaml"
    path.write_text(text, "utf-8")
    return path


def test_the_demo_accounts_load_and_cover_every_door() -> None:
    accounts = load_accounts(Path("deploy/ingest/accounts.yaml"), {})
    assert accounts.integrations["website"].trusted
    assert not accounts.integrations["partner"].trusted
    assert accounts.bots
    assert accounts.mailboxes["support@croupier.test"] == "support"


def test_a_secret_is_read_from_the_environment_or_from_a_file_beside(tmp_path: Path) -> None:
    (tmp_path / "old.key").write_text(f"{SECRET}\n", "utf-8")
    path = write(tmp_path, "integrations: {site: {keys: [{env: KEY}, {file: old.key}]}}")
    accounts = load_accounts(path, {"KEY": SECRET.upper()})
    assert accounts.integrations["site"].keys == (SECRET.upper().encode(), SECRET.encode())


def test_secrets_do_not_show_when_accounts_are_printed(tmp_path: Path) -> None:
    path = write(
        tmp_path, "{integrations: {s: {keys: [{env: K}]}}, telegram: {b: {secrets: [{env: K}]}}}"
    )
    assert SECRET not in repr(load_accounts(path, {"K": SECRET}))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("integrations: {s: {keys: [{env: MISSING}]}}", "integrations.s.keys.0.*MISSING"),
        ("integrations: {s: {keys: [{file: nowhere}]}}", "integrations.s.keys.0.*nowhere"),
        ("integrations: {s: {keys: [{env: SHORT}]}}", "at least 16 bytes"),
        ("integrations: {s: {keys: []}}", "integrations.s.keys"),
        ("integrations: {s: {keys: [{env: A, file: b}]}}", "either env or file"),
        ("integrations: {s: {keys: [{value: inline}]}}", "integrations.s.keys.0.value"),
        ("integrations: {s: {channel: mail, keys: [{env: GOOD}]}}", "door of its own"),
        ("integrations: {'a:b': {keys: [{env: GOOD}]}}", "a:b"),
        ("telegrams: {}", "telegrams"),
        ("mail: {a: {addresses: [nobody]}}", "mail.a.addresses.0"),
        ("mail: {a: {addresses: [x@y.z]}, b: {addresses: [X@Y.Z]}}", "belongs to a"),
        ("mail: [", "not YAML"),
    ],
)
def test_a_mistake_is_named_with_its_field(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(AccountsError, match=complaint):
        load_accounts(write(tmp_path, text), {"SHORT": "short", "GOOD": SECRET})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AccountsError, match=r"nowhere\.yaml"):
        load_accounts(tmp_path / "nowhere.yaml", {})
