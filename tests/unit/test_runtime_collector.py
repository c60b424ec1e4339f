"""What is made in bulk is neither scanned while it is made nor kept for ever afterwards."""

import gc
import weakref

from shared.runtime.collector import uncollected


class Desk:
    """Refers to itself, as the core's desk does."""

    def __init__(self) -> None:
        self.itself = self


def test_the_collector_rests_during_the_block_and_works_after_it() -> None:
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_desk_that_is_lost_after_it_was_loaded_is_freed() -> None:
    with uncollected():
        desk = Desk()
    loaded = weakref.ref(desk)
    del desk
    gc.collect()
    assert loaded() is None
