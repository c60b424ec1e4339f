"""A requirement as one string."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.adapters.requirements import pack, unpack
from services.router.domain.requirement import Need, Requirement

NAMES = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,20}", fullmatch=True)
NEEDS = st.builds(Need, NAMES, st.integers(1, 5), hard=st.booleans())
REQUIREMENTS = st.builds(
    Requirement,
    NAMES,
    NAMES,
    st.lists(NEEDS, max_size=6).map(lambda needs: tuple(sorted(needs))),
    st.floats(0, 100, exclude_min=True),
)


def test_a_requirement_can_be_read_by_a_person() -> None:
    needs = (Need("lang.ru", 3), Need("payments", 2), Need("vip", 1, hard=False))

    packed = pack(Requirement("payments", "telegram", needs, 0.5))

    assert packed == "payments@telegram*0.5 lang.ru:3 payments:2 vip:1?"


@given(REQUIREMENTS)
def test_every_requirement_survives(requirement: Requirement) -> None:
    assert unpack(pack(requirement)) == requirement


def test_equal_strings_give_the_same_object() -> None:
    text = "payments@form*1.0 lang.lt:4"

    assert unpack(text) is unpack("".join(text))


@pytest.mark.parametrize("text", ["", "payments", "payments@form", "p@f*x", "p@f*1.0 lang:x"])
def test_what_is_no_requirement_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpack(text)
