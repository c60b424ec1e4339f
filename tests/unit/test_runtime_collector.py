"""What is made in bulk is neither scanned while it is made nor kept for ever afterwards."""

import gc
import weakref

import pytest

from shared.runtime.collector import MANY, thaw, uncollected


class Desk:
    """Refers to itself, as the core's desk does."""

    def __init__(self) -> None:
        self.itself = self


def test_the_collector_rests_during_the_block_and_works_after_it() -> None:
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_was_made_in_bulk_is_not_looked_at_again() -> None:
    with uncollected():
        many = [Desk() for _ in range(MANY)]
    try:
        assert gc.get_freeze_count() > len(many)
    finally:
        thaw()
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize("others", [0, MANY])
def test_a_desk_that_is_lost_after_it_was_loaded_is_freed(others: int) -> None:
    with uncollected():
        desk = Desk()
        many = [Desk() for _ in range(others)]
    loaded = weakref.ref(desk)
    del desk, many
    thaw()
    gc.collect()
    assert loaded() is None


def test_a_desk_that_is_lost_is_freed_when_another_is_loaded() -> None:
    with uncollected():
        desk = Desk()
        many = [Desk() for _ in range(MANY)]
    loaded = weakref.ref(desk)
    del desk, many
    thaw()
    with uncollected():
        assert loaded() is None
