"""The accounts file: what is wrong is named, with the place and the remedy."""

from pathlib import Path

import pytest

from services.ingest.account import AccountSection, SecretAccount
from services.ingest.accounts import Accounts, AccountsError, SectionOf, load_accounts
from services.ingest.channels import CHANNELS, SECTIONS, channels_of
from services.ingest.errors import Unavailable

SECRET = "a secret of sufficient length"
MAIL = "mail: {a: {addresses: [x@y.z]}, b: {addresses: [b@y.z]}}"
HOOK = f"{MAIL}\npostmark: {{p: {{secrets: [{{env: GOOD}}]"


def load(path: Path, env: dict[str, str]) -> Accounts:
    return load_accounts(path, env, SECTIONS)


def write(folder: Path, text: str) -> Path:
    path = folder / "accounts.yaml"
    path.write_text(text, "utf-8")
    return path


def test_the_demo_accounts_load_and_cover_every_door() -> None:
    accounts = load(Path("deploy/ingest/accounts.yaml"), {})
    assert accounts.sections["integrations"]["website"].trusted
    assert not accounts.sections["integrations"]["partner"].trusted
    assert all(accounts.sections[each.section] for each in CHANNELS)
    assert accounts.mailboxes["support@croupier.test"] == "support"


def test_a_secret_is_read_from_the_environment_or_from_a_file_beside(tmp_path: Path) -> None:
    (tmp_path / "old.key").write_text(f"{SECRET}\n", "utf-8")
    path = write(tmp_path, "integrations: {site: {keys: [{env: KEY}, {file: old.key}]}}")
    accounts = load(path, {"KEY": SECRET.upper()})
    site = accounts.sections["integrations"]["site"]
    assert site.keys.valid() == (SECRET.upper().encode(), SECRET.encode())


def test_a_secret_is_rotated_by_writing_its_file(tmp_path: Path) -> None:
    file = tmp_path / "bot.key"
    file.write_text(SECRET, "utf-8")
    accounts = load(write(tmp_path, "telegram: {b: {secrets: [{file: bot.key}]}}"), {})
    file.write_text(SECRET.upper(), "utf-8")
    assert accounts.vault.refresh(now=5.0) == []
    assert accounts.sections["telegram"]["b"].secrets.valid() == (SECRET.upper().encode(),)


def test_a_secret_that_cannot_be_read_any_more_counts_for_five_minutes(tmp_path: Path) -> None:
    file = tmp_path / "bot.key"
    file.write_text(SECRET, "utf-8")
    accounts = load(write(tmp_path, "telegram: {b: {secrets: [{file: bot.key}]}}"), {})
    secrets = accounts.sections["telegram"]["b"].secrets
    file.unlink()
    assert accounts.vault.refresh(now=1_000.0) == [file]
    assert accounts.vault.refresh(now=1_300.0) == [file]
    assert secrets.valid() == (SECRET.encode(),)
    accounts.vault.refresh(now=1_301.0)
    with pytest.raises(Unavailable):
        secrets.valid()
    file.write_text(SECRET, "utf-8")
    accounts.vault.refresh(now=1_306.0)
    assert secrets.valid() == (SECRET.encode(),)


def test_secrets_do_not_show_when_accounts_are_printed(tmp_path: Path) -> None:
    path = write(
        tmp_path, "{integrations: {s: {keys: [{env: K}]}}, telegram: {b: {secrets: [{env: K}]}}}"
    )
    assert SECRET not in repr(load(path, {"K": SECRET}))


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
        (f"{HOOK}, mailboxes: [nowhere]}}}}", "postmark.p.mailboxes.*not in the mail section: no"),
        (f"{HOOK}, mailboxes: [a], others: b}}}}", "postmark.p.*one of the mailboxes"),
        (
            f"{HOOK.replace('postmark', 'mailgun')}, mailboxes: [a, b]}}}}",
            "mailgun.p.*one for",
        ),
        (f"{MAIL}\nsendgrid: {{s: {{mailboxes: [a], public_keys: [x]}}}}", "public_keys.0.*DER"),
    ],
)
def test_a_mistake_is_named_with_its_field(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(AccountsError, match=complaint):
        load(write(tmp_path, text), {"SHORT": "short", "GOOD": SECRET})


TWILIO = "{secrets: [{env: GOOD}], %s}"


def test_all_doors_of_twilio_have_one_section(tmp_path: Path) -> None:
    said = TWILIO % 'numbers: {"+370": lt, "+44": null}, says: {}'
    accounts = load(write(tmp_path, f"twilio: {{line: {said}}}"), {"GOOD": SECRET})
    line = accounts.sections["twilio"]["line"]
    assert line.spoken("+370").locale == "lt-LT"
    assert line.spoken("+44").locale == "en-GB"
    sharing = [each for each in CHANNELS if each.section == "twilio"]
    assert len(sharing) > 1
    assert len(channels_of(accounts)) == len(CHANNELS)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("language: de", "nothing to say in de"),
        ('numbers: {"+49": de}', "nothing to say in de"),
        ("account_sid: AC1", "account_sid"),
        ("max_wait: 0", "max_wait"),
        ("music: 'http://a.example/m.mp3'", "music"),
        ('says: {en: {locale: en-GB, voice: "<x>"}}', "says.en.voice"),
    ],
)
def test_a_mistake_in_an_account_at_twilio_is_named(
    tmp_path: Path, said: str, complaint: str
) -> None:
    path = write(tmp_path, f"twilio: {{line: {TWILIO % said}}}")
    with pytest.raises(AccountsError, match=complaint):
        load(path, {"GOOD": SECRET})


class _Other:
    """A second provider of a channel."""

    section: str = "other"
    account: type[AccountSection] = SecretAccount
    names: tuple[str, ...] = ("whatsapp",)


def test_accounts_of_one_channel_have_different_names_whoever_the_provider_is(
    tmp_path: Path,
) -> None:
    good = "{secrets: [{env: GOOD}]}"
    env = {"GOOD": SECRET}
    channels: tuple[SectionOf, ...] = (*CHANNELS, _Other())
    path = write(tmp_path, f"twilio: {{line: {good}}}\nother: {{line: {good}}}")
    with pytest.raises(AccountsError, match=r"other\.line: twilio has an account of this name"):
        load_accounts(path, env, channels)
    path = write(tmp_path, f"twilio: {{line: {good}}}\nother: {{second: {good}}}")
    assert load_accounts(path, env, channels).sections["other"]["second"]


def test_channels_of_one_section_agree_on_its_model(tmp_path: Path) -> None:
    other = _Other()
    other.section = "twilio"
    with pytest.raises(AssertionError, match="section twilio"):
        load_accounts(write(tmp_path, ""), {}, (*CHANNELS, other))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AccountsError, match=r"nowhere\.yaml"):
        load(tmp_path / "nowhere.yaml", {})
