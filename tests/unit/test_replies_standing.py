"""How a reply stands, whatever the order of what is reported of it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.domain.replies import Standing, asked, standing_of

AT = 1_790_000_000.0
REPORTS = st.builds(
    standing_of,
    st.sampled_from(["sent", "delivered", "read", "failed"]),
    st.floats(AT, AT + 60),
    error=st.sampled_from(["", "blocked"]),
    in_doubt=st.booleans(),
)
SHUFFLED = st.lists(REPORTS, max_size=6).flatmap(
    lambda each: st.tuples(st.just(each), st.permutations(each))
)


def stands(*reports: Standing) -> str:
    """After these, in their order, by the rule of the store: only what is higher replaces."""
    kept = asked(AT)
    for report in reports:
        kept = report if report.rank > kept.rank else kept
    return kept.status


def test_a_reply_goes_from_asked_to_read() -> None:
    way = [asked(AT), *(standing_of(each, AT) for each in ("sent", "delivered", "read"))]
    assert all(before.rank < after.rank for before, after in pairwise(way))


@pytest.mark.parametrize(
    ("reported", "in_the_end"),
    [
        (["sent", "failed"], "failed"),
        (["failed", "sent"], "failed"),
        (["failed", "delivered"], "delivered"),
        (["delivered", "failed"], "delivered"),
        (["read", "delivered"], "read"),
        (["doubt", "sent"], "sent"),
        (["doubt", "delivered"], "delivered"),
        (["doubt", "failed"], "failed"),
        (["sent", "doubt"], "sent"),
    ],
)
def test_what_is_furthest_holds(reported: list[str], in_the_end: str) -> None:
    reports = [
        standing_of("failed", AT, in_doubt=True) if each == "doubt" else standing_of(each, AT)
        for each in reported
    ]
    assert stands(*reports) == in_the_end


def test_only_a_failure_has_an_error() -> None:
    assert standing_of("sent", AT, error="never mind").error == ""
    assert standing_of("failed", AT, error="blocked").error == "blocked"


@given(SHUFFLED)
def test_the_order_of_reports_and_repetitions_change_nothing(
    reports: tuple[list[Standing], list[Standing]],
) -> None:
    one, other = reports
    assert stands(*one) == stands(*other, *one)
