"""The widget as it is committed: people who have only Python serve it as it is."""

import gzip
from pathlib import Path
from typing import Final

from services.ingest.settings import IngestSettings

MOST_BYTES: Final = 40_000
"""Gzipped: a customer on a phone waits for it."""


def test_the_committed_widget_is_where_the_lobby_looks_and_is_small() -> None:
    default = IngestSettings.model_fields["ingest_chat_widget"].default
    built = Path(default) / "widget.js"
    assert len(gzip.compress(built.read_bytes())) < MOST_BYTES
    assert "/chat/widget.js" in (Path(default) / "demo.html").read_text("utf-8")


def test_the_widget_sets_no_markup_and_evaluates_nothing() -> None:
    text = Path("services/ingest/lobby/widget/dist/widget.js").read_text("utf-8")
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert forbidden not in text
