"""The widget's own tests, and that what is committed is what its source makes. All need node."""

from pathlib import Path
from typing import Final

import pytest

from tests.e2e.conftest import WIDGET, npm

BUILT: Final = ("widget.js", "demo.html")

pytestmark = pytest.mark.timeout(600)


def test_the_committed_files_are_what_the_source_makes(widget_source: Path) -> None:
    _succeeds(widget_source, "run", "check")
    _succeeds(widget_source, "run", "build")
    for name in BUILT:
        made, committed = widget_source / "dist" / name, WIDGET / "dist" / name
        assert made.read_bytes() == committed.read_bytes(), f"{committed}: run npm run build"


def test_the_widgets_source_is_tidy(widget_source: Path) -> None:
    _succeeds(widget_source, "run", "lint")


def test_the_session_of_the_widget_keeps_its_word(widget_source: Path) -> None:
    _succeeds(widget_source, "test")


def _succeeds(place: Path, *command: str) -> None:
    done = npm(place, *command)
    assert done.returncode == 0, done.stdout + done.stderr
