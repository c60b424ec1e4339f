"""How a day is told: figures, timeline, page."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from services.router.simulator.figures import gini, percentile
from services.router.simulator.outcome import Outcome
from services.router.simulator.page import clock, page
from services.router.simulator.report import Report, report
from services.router.simulator.run import run
from services.router.simulator.trace import Trace
from tests.unit.simulator_days import RULES, arrival, day, shift

HOUR = 3600.0


@pytest.fixture(scope="module")
def trace() -> Trace:
    """Anna serves a, then c; b leaves; d is Lithuanian, and nobody speaks it."""
    return day(
        [
            arrival("a", 0.0, handling=600.0),
            arrival("b", 60.0, patience=120.0, value=3.0),
            arrival("c", 540.0, handling=900.0, target=30.0),
            arrival("d", 600.0, lang="lt", queue="small", needs=(), channel="mail"),
        ],
        [shift("anna"), shift("boris", kind="late", begins=HOUR - 1.0)],
        seconds=HOUR,
    )


@pytest.fixture(scope="module")
def found(trace: Trace) -> Report:
    return report(trace, run(trace, RULES), policy=3)


def test_the_shares_are_of_all_who_came(found: Report) -> None:
    overall = found.overall

    assert (overall.contacts, overall.unserved) == (4, 1)
    assert overall.on_time == 1 / 4  # c was taken after 60 s and promised 30
    assert overall.abandoned == 1 / 4
    assert overall.value == 1 / 6


def test_waits_end_when_taken_when_left_or_with_the_day(found: Report) -> None:
    overall = found.overall

    assert (overall.p50_s, overall.p90_s, overall.p99_s) == (60.0, 3000.0, 3000.0)
    assert overall.mean_wait_s == (0 + 120 + 60 + 3000) / 4  # a, b, c, d


def test_a_day_is_told_by_queue_and_language_and_the_worst_is_named(found: Report) -> None:
    assert set(found.by["queue"]) == {"general", "small"}
    assert found.by["language"]["ru"].contacts == 3
    assert found.worst == "lt standard"


def test_agents_are_told_by_group(found: Report) -> None:
    anna, boris = found.agents["ru"], found.agents["late"]

    assert (anna.tickets, anna.ready_hours) == (2, 1.0)
    assert anna.occupancy == pytest.approx(1500 / HOUR)
    assert anna.effort == pytest.approx(1500 / HOUR)
    assert (boris.tickets, boris.occupancy) == (0, 0.0)


def test_work_past_the_end_of_a_shift_is_not_occupancy() -> None:
    trace = day([arrival("a", 0.0, handling=900.0)], [shift("anna", ends=600.0)], seconds=HOUR)
    anna = report(trace, run(trace, RULES), policy=1).agents["ru"]

    assert anna.occupancy == 1.0
    assert anna.ready_hours == pytest.approx(1 / 6)


def test_after_work_is_occupancy_and_no_effort() -> None:
    trace = day([arrival("a", 0.0, handling=900.0)], [shift("anna")], seconds=HOUR)
    rules = replace(RULES, wrap_up_seconds=900.0)
    anna = report(trace, run(trace, rules), policy=1).agents["ru"]

    assert (anna.occupancy, anna.effort) == (0.5, 0.25)


def test_the_timeline_counts_who_waits(trace: Trace, found: Report) -> None:
    line = found.timeline

    assert line.width_s == 60.0
    assert sum(line.came) == 4
    assert sum(line.left) == 1
    assert line.waiting["general"][:12] == [0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0]
    assert line.on_time[0:3] == [1.0, 0.0, None]


def test_a_returning_customer_counts_once_for_each_contact() -> None:
    keen = arrival("b", 10.0, patience=5.0, returns=((20.0, 500.0),))
    trace = day([arrival("a", 0.0), keen], [shift("anna")])

    assert report(trace, run(trace, RULES), policy=1).overall.contacts == 3


def test_a_day_on_which_nobody_came_has_no_figures() -> None:
    with pytest.raises(ValueError, match="nobody came"):
        report(day([], []), [], policy=1)


def test_the_report_is_json(found: Report) -> None:
    told = json.loads(json.dumps(found.as_json()))

    assert told["overall"]["contacts"] == 4
    assert told["by"]["tier"]["standard"]["on_time"] == 0.25
    assert told["agents"]["ru"]["gini"] == 0.0


def test_gini_is_nought_for_equals_and_nears_one_for_the_only_one() -> None:
    assert gini([2.0, 2.0, 2.0]) == pytest.approx(0.0)
    assert gini([0.0] * 99 + [5.0]) == pytest.approx(0.99)
    assert gini([1.0, 3.0]) == pytest.approx(0.25)
    assert gini([]) == gini([0.0, 0.0]) == 0.0


def test_a_percentile_is_a_value_of_the_list() -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.0
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.99) == 4.0
    assert percentile([7.0], 0.5) == 7.0


class _Tags(HTMLParser):
    """Fails on tags that do not close in order; collects what is fetched from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_else(found: Report) -> None:
    text, tags = page(found), _Tags()
    tags.feed(text)

    assert tags.open == []
    assert tags.links == []
    assert tags.seen.count("svg") == 4
    assert "<td>lt</td>" in text
    assert "http" not in text


def test_names_from_a_scenario_cannot_break_the_page(trace: Trace) -> None:
    odd = Trace("<b>", 1, HOUR, (arrival("a", 0.0, queue="<i>&"),), trace.shifts)
    text, tags = page(report(odd, run(odd, RULES), policy=1)), _Tags()
    tags.feed(text)

    assert "<b>" not in text
    assert "&lt;i&gt;&amp;" in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0s"), (59.4, "59s"), (59.6, "1:00"), (125, "2:05"), (4200, "1:10:00")],
)
def test_waits_are_written_as_people_read_them(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_outcomes_may_be_told_without_being_made_here() -> None:
    """A rule other than ours may have dealt: only the outcomes count."""
    trace = day([arrival("a", 0.0)], [shift("anna")])
    told = [Outcome("a", taken_at=90.0, left_at=None, done_at=190.0, agent="anna")]

    assert report(trace, told, policy=0).overall.on_time == 0.0
