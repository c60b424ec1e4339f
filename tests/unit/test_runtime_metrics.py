"""The metric catalogue: complete, in base units, without ids, and what the docs say."""

from pathlib import Path

from prometheus_client import Counter, generate_latest

from shared.runtime.metrics import CATALOGUE, MESSAGES, Metrics, as_markdown

FEW_VALUES = {
    *("channel", "outcome", "desk", "queue", "state", "topic", "partition", "group", "reason"),
    *("producer", "which", "clock", "whose", "score", "by"),
    "account",  # of ours on a channel: those of the accounts file
}


def test_labels_have_few_values_and_are_never_ids() -> None:
    assert {label for metric in CATALOGUE for label in metric.labels} <= FEW_VALUES


def test_names_are_unique_and_counters_end_in_total() -> None:
    names = [metric.name for metric in CATALOGUE]
    assert len(set(names)) == len(names)
    for metric in CATALOGUE:
        assert metric.name.startswith("croupier_")
        assert metric.name.endswith("_total") == (metric.kind is Counter)


def test_every_metric_of_the_catalogue_is_exposed() -> None:
    exposed = generate_latest(Metrics().registry).decode()
    for metric in CATALOGUE:
        assert f"# HELP {metric.name} " in exposed


def test_two_processes_in_one_test_do_not_share_counts() -> None:
    one, other = Metrics(), Metrics()
    one[MESSAGES].labels(channel="mail", outcome="accepted").inc()
    assert b'channel="mail"' not in generate_latest(other.registry)


def test_the_documentation_is_the_catalogue() -> None:
    assert as_markdown() in Path("docs/metrics.md").read_text("utf-8")
