"""A requirement as one string."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.adapters.requirements import pack, unpack
from services.router.domain.requirement import Need, Requirement, Stage

NAMES = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,20}", fullmatch=True)
NEEDS = st.builds(Need, NAMES, st.integers(1, 5), hard=st.booleans())
WAYS = st.lists(st.lists(NEEDS, max_size=3).map(tuple), min_size=1, max_size=3).map(tuple)
REQUIREMENTS = st.builds(
    Requirement,
    NAMES,
    NAMES,
    st.lists(NEEDS, max_size=6).map(lambda needs: tuple(sorted(needs))),
    st.floats(0, 100, exclude_min=True),
    st.lists(st.builds(Stage, st.floats(0, 1e6), WAYS), max_size=3).map(tuple),
)


def test_a_requirement_can_be_read_by_a_person() -> None:
    needs = (Need("lang.ru", 3), Need("payments", 2), Need("vip", 1, hard=False))

    packed = pack(Requirement("payments", "telegram", needs, 0.5))

    assert packed == "payments@telegram*0.5 lang.ru:3 payments:2 vip:1?"


def test_the_stages_of_a_requirement_can_be_read_by_a_person() -> None:
    lt, ru, en = (Need(f"lang.{name}", 3) for name in ("lt", "ru", "en"))
    stages = (Stage(0.0, ((lt,),)), Stage(60.0, ((ru,), (en, Need("vip")))), Stage(90.5, ((),)))

    packed = pack(Requirement("payments", "telegram", (Need("vip", 1),), 1.0, stages))

    assert packed == (
        "payments@telegram*1.0 vip:1 >0.0 lang.lt:3 >60.0 lang.ru:3 | lang.en:3 vip:1 >90.5"
    )


@given(REQUIREMENTS)
def test_every_requirement_survives(requirement: Requirement) -> None:
    assert unpack(pack(requirement)) == requirement


def test_equal_strings_give_the_same_object() -> None:
    text = "payments@form*1.0 lang.lt:4"

    assert unpack(text) is unpack("".join(text))


@pytest.mark.parametrize(
    "text",
    ["", "payments", "payments@form", "p@f*x", "p@f*1.0 lang:x", "p@f*1.0 >x", "p@f*1.0 >1 x"],
)
def test_what_is_no_requirement_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpack(text)
