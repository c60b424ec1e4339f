"""Waits as they are foretold, and whether they came true."""

from random import Random

import pytest
from prometheus_client import generate_latest
from scipy.stats import f as fisher_distribution

from services.ingest.lobby.status.accuracy import Accuracy
from services.ingest.lobby.status.deals import REMEMBERED, SECONDS, Deals, Queue
from services.ingest.lobby.status.waits import FEWEST, Wait, fisher, wait
from services.ingest.lobby.status.words import WORDS, place, range_of
from shared.runtime.metrics import Metrics

NOW = 1_790_000_000.0
PAYMENTS = Queue("main", "payments")
Z = 1.2815515655446004


@pytest.mark.parametrize("of", [2, 4, 10, 60, 400])
@pytest.mark.parametrize("known", [8, 16, 48])
@pytest.mark.parametrize(("z", "share"), [(-Z, 0.1), (0.0, 0.5), (Z, 0.9)])
def test_the_quantiles_are_those_of_fisher_s_distribution(
    of: int, known: int, z: float, share: float
) -> None:
    assert fisher(z, of, known) == pytest.approx(
        float(fisher_distribution.ppf(share, of, known)), rel=0.02, abs=0.01
    )


def test_from_few_deals_nothing_is_foretold() -> None:
    deals = [NOW - 60.0 + 10.0 * n for n in range(FEWEST - 1)]

    assert wait(1, deals, now=NOW) is None
    assert wait(1, [NOW - 100.0, *deals], now=NOW) is not None


def test_whoever_is_further_back_waits_longer() -> None:
    deals = [NOW - 300.0 + 30.0 * n for n in range(11)]
    waits = [wait(position, deals, now=NOW) for position in (1, 2, 5, 20)]

    found = [each for each in waits if each is not None]
    assert len(found) == 4
    assert all(each.least < each.likely < each.most for each in found)
    assert [each.likely for each in found] == sorted(each.likely for each in found)
    assert found[-1].likely == pytest.approx(20 * 30.0, rel=0.1)


def test_a_queue_that_stands_still_is_foretold_longer_and_longer() -> None:
    deals = [NOW - 300.0 + 30.0 * n for n in range(11)]

    waits = [wait(1, deals, now=NOW + later) for later in (0.0, 600.0, 1_200.0)]

    likely = [each.likely for each in waits if each is not None]
    assert likely == sorted(likely)
    assert likely[-1] > 4 * likely[0]


def test_of_what_is_foretold_four_in_five_come_true() -> None:
    luck = Random(7)
    within = 0
    for _ in range(2_000):
        gap = luck.choice((5.0, 30.0, 120.0))
        times = [0.0]
        for _ in range(12):
            times.append(times[-1] + luck.expovariate(1 / gap))
        position = luck.choice((1, 2, 5, 12))
        foretold = wait(position, times, now=times[-1])
        assert foretold is not None
        waited = sum(luck.expovariate(1 / gap) for _ in range(position))
        within += foretold.least <= waited <= foretold.most

    assert 0.77 <= within / 2_000 <= 0.83


def test_only_the_last_deals_of_a_queue_are_remembered_and_no_old_ones() -> None:
    deals = Deals()
    for n in range(REMEMBERED + 10):
        deals.note(PAYMENTS, at=NOW + n)

    assert len(deals.of(PAYMENTS, now=NOW + 40)) == REMEMBERED
    assert deals.of(PAYMENTS, now=NOW + 40 + SECONDS) == []
    assert deals.of(Queue("main", "general"), now=NOW) == []


def test_deals_told_out_of_order_stay_in_order() -> None:
    deals = Deals()
    for at in (NOW, NOW - 5, NOW + 1):
        deals.note(PAYMENTS, at=at)

    assert deals.of(PAYMENTS, now=NOW + 1) == [NOW, NOW, NOW + 1]


def exposed(metrics: Metrics) -> dict[str, float]:
    lines = generate_latest(metrics.registry).decode().splitlines()
    found = (line.rsplit(" ", 1) for line in lines if line.startswith("croupier_waits_foretold"))
    return {name: float(value) for name, value in found}


@pytest.mark.parametrize(
    ("waited", "outcome"), [(5.0, "sooner"), (60.0, "within"), (500.0, "later")]
)
def test_what_became_of_a_wait_is_measured_by_what_was_told_first(
    waited: float, outcome: str
) -> None:
    metrics = Metrics()
    accuracy = Accuracy(metrics)
    accuracy.told("t-1", Wait(10.0, 50.0, 100.0), at=NOW)
    accuracy.told("t-1", Wait(0.0, 1.0, 2.0), at=NOW + 1)
    accuracy.dealt("t-1", at=NOW + waited)
    accuracy.dealt("t-1", at=NOW + waited)

    found = exposed(metrics)
    assert found[f'croupier_waits_foretold_total{{outcome="{outcome}"}}'] == 1
    assert found["croupier_waits_foretold_ratio_sum"] == pytest.approx(waited / 50.0)
    assert found["croupier_waits_foretold_ratio_count"] == 1


def test_a_wait_that_was_not_foretold_or_ended_otherwise_is_not_measured() -> None:
    metrics = Metrics()
    accuracy = Accuracy(metrics)
    accuracy.dealt("t-1", at=NOW)
    accuracy.told("t-2", Wait(1.0, 2.0, 3.0), at=NOW)
    accuracy.over("t-2")
    accuracy.dealt("t-2", at=NOW)

    assert exposed(metrics)["croupier_waits_foretold_ratio_count"] == 0


@pytest.mark.parametrize(
    ("wait", "said"),
    [
        (Wait(1.0, 20.0, 60.0), "Most likely in less than a minute."),
        (Wait(50.0, 100.0, 290.0), "Most likely in 1–5 minutes."),
        (Wait(3_000.0, 5_000.0, 7_200.0), "Most likely in 50–120 minutes."),
        (Wait(3_600.0, 7_000.0, 12_000.0), "Most likely in 1–4 hours."),
    ],
)
def test_a_wait_is_said_as_a_range_nobody_could_call_exact(wait: Wait, said: str) -> None:
    assert range_of(WORDS["en"], wait) == said


def test_every_language_says_everything() -> None:
    for words in WORDS.values():
        assert place(words, 1) != place(words, 2)
        assert "7" in place(words, 7)
        assert "2–5" in range_of(words, Wait(120.0, 200.0, 300.0))
        assert "2026" in words.opened.format("2026")
