"""A card number that arrives in pieces: the piece that completes it is masked."""

import pytest

from shared.privacy.mask import Masked
from shared.privacy.sender_tail import SenderTail


@pytest.fixture
def tail() -> SenderTail:
    return SenderTail(max_senders=2, max_age=60)


def test_the_piece_that_completes_a_card_is_masked(tail: SenderTail) -> None:
    assert tail.mask("ann", "my card: 4111 1111", now=0) == Masked("my card: 4111 1111", 0)
    assert tail.mask("ann", "1111 1111 thanks", now=5) == Masked("[card …] thanks", 1)


def test_a_card_in_four_messages_is_completed_by_the_fourth(tail: SenderTail) -> None:
    found = [tail.mask("ann", piece, now=0).found for piece in ("4111", "1111", "1111", "1111")]

    assert found == [0, 0, 0, 1]


def test_a_word_in_between_does_not_hide_the_card(tail: SenderTail) -> None:
    texts = ["4111 1111 1111", "wait a sec", "1111"]

    assert [tail.mask("ann", text, now=0).text for text in texts][-1] == "[card …]"


def test_pieces_of_two_senders_are_never_joined(tail: SenderTail) -> None:
    tail.mask("ann", "4111 1111", now=0)

    assert tail.mask("bob", "1111 1111", now=0).found == 0


def test_a_piece_is_forgotten_with_age(tail: SenderTail) -> None:
    tail.mask("ann", "4111 1111", now=0)

    assert tail.mask("ann", "1111 1111", now=61).found == 0


def test_only_the_latest_senders_are_remembered(tail: SenderTail) -> None:
    for sender in ("ann", "bob", "cid"):
        tail.mask(sender, "4111 1111", now=0)

    assert len(tail) == 2
    assert tail.mask("ann", "1111 1111", now=0).found == 0
    assert tail.mask("cid", "1111 1111", now=0).found == 1


def test_an_erased_sender_is_forgotten(tail: SenderTail) -> None:
    tail.mask("ann", "4111 1111", now=0)
    tail.forget("ann")

    assert tail.mask("ann", "1111 1111", now=0).found == 0


def test_a_whole_card_leaves_no_digits_to_continue(tail: SenderTail) -> None:
    assert tail.mask("ann", "4111 1111 1111 1111", now=0).found == 1
    assert not any(char.isdigit() for char in vars(tail)["_tails"]["ann"].digits)


def test_a_security_code_in_a_message_of_its_own_is_masked_after_a_card(tail: SenderTail) -> None:
    tail.mask("ann", "4111 1111 1111 1111", now=0)

    assert tail.mask("ann", "12/29", now=1).text == "12/29"
    assert tail.mask("ann", "123", now=2) == Masked("[code …]", 0)
    assert tail.mask("ann", "456", now=3).text == "456"
    assert len(tail) == 1


def test_three_digits_are_no_security_code_where_no_card_was(tail: SenderTail) -> None:
    assert [tail.mask("ann", text, now=0).text for text in ("hi", "123")] == ["hi", "123"]


def test_the_digits_held_do_not_show_when_printed(tail: SenderTail) -> None:
    tail.mask("ann", "4111 1111", now=0)

    assert "4111" not in repr(tail) + repr(vars(tail))


def test_a_long_number_is_remembered_by_its_last_whole_groups_only(tail: SenderTail) -> None:
    tail.mask("ann", "7" * 10 + " 9999 4111 1111", now=0)

    assert tail.mask("ann", "1111 1111", now=0).text == "[card …]"
