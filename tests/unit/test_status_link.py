"""The address at which a customer sees their ticket."""

import pytest

from shared.privacy.status_link import NO_LINKS, StatusLinks

OLD, NEW = b"o" * 32, b"n" * 32
LINKS = StatusLinks("https://help.example/", (NEW, OLD))


def token(links: StatusLinks, ticket: str) -> str:
    return (links.of(ticket) or "").rpartition("/")[2]


def test_an_address_leads_to_its_ticket() -> None:
    address = LINKS.of("t-1")

    assert address is not None
    assert address.startswith("https://help.example/v1/status/t-1.")
    assert LINKS.ticket_of(token(LINKS, "t-1")) == "t-1"


def test_an_address_made_with_the_secret_before_is_good_as_well() -> None:
    before = StatusLinks("https://help.example", (OLD,))

    assert LINKS.ticket_of(token(before, "t-1")) == "t-1"
    assert before.ticket_of(token(LINKS, "t-1")) is None


@pytest.mark.parametrize(
    "wrong", ["", ".", "t-1", "t-1.", "t-1.AAAA", "t-2.{mac}", "t-1.{mac}=", "é.\ud800"]
)
def test_an_address_that_is_none_of_ours_leads_nowhere(wrong: str) -> None:
    mac = token(LINKS, "t-1").rpartition(".")[2]

    assert LINKS.ticket_of(wrong.replace("{mac}", mac)) is None


def test_the_mac_has_128_bits_and_says_nothing_of_another_ticket() -> None:
    macs = {token(LINKS, f"t-{n}").rpartition(".")[2] for n in range(100)}

    assert len(macs) == 100
    assert {len(mac) for mac in macs} == {22}


def test_a_text_without_the_address_stays_as_it_is() -> None:
    assert LINKS.fill("We have {it}.", "t-1") == "We have {it}."


def test_without_addresses_the_lines_that_would_have_one_are_left_out() -> None:
    assert NO_LINKS.fill("We have it.\nSee {status}", "t-1") == "We have it."
    assert NO_LINKS.of("t-1") is None
    assert NO_LINKS.ticket_of(token(LINKS, "t-1")) is None
