"""How sure it is who a customer is."""

import pytest

from shared.contracts.identity import Assurance, assurance_of, is_forgeable, vouched_key


@pytest.mark.parametrize(
    ("customer", "channel", "assurance"),
    [
        (vouched_key("luckyreel", "c-1"), "mail", "login"),
        (vouched_key("luckyreel", "c-1"), "telegram", "login"),
        ("a:6f00", "telegram", "channel"),
        ("a:6f00", "slack", "channel"),
        ("a:6f00", "mail", "anonymous"),
        ("a:6f00", "phone", "anonymous"),
        ("a:6f00", "chat", "anonymous"),
        ("a:6f00", "kiosk", "anonymous"),
    ],
)
def test_a_platform_s_word_counts_for_more_than_a_provider_s_and_that_for_more_than_a_claim(
    customer: str, channel: str, assurance: Assurance
) -> None:
    assert assurance_of(customer, channel) == assurance


def test_a_provider_s_accounts_cannot_be_forged_and_senders_of_mail_and_calls_can() -> None:
    assert [
        each
        for each in ("mail", "sms", "phone", "voicemail", "telegram", "chat", "form")
        if is_forgeable(each)
    ] == ["mail", "sms", "phone", "voicemail"]
