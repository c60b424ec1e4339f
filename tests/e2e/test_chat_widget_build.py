"""The widget's own tests, and that what is committed is what its source makes. Both need node."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

WIDGET: Final = Path("services/ingest/lobby/widget")
BUILT: Final = ("widget.js", "demo.html")
UNREACHED: Final = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT")

pytestmark = [
    pytest.mark.skipif(shutil.which("npm") is None, reason="node is not installed: no npm"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The widget's source beside the packages of its lock."""
    place = tmp_path_factory.mktemp("widget") / "widget"
    shutil.copytree(WIDGET, place, ignore=shutil.ignore_patterns("node_modules", "dist"))
    quiet = ("--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund")
    installed = _npm(place, "ci", *quiet)
    if any(each in installed.stderr for each in UNREACHED):
        pytest.skip("npm does not reach its registry, and has not kept the packages")
    assert installed.returncode == 0, installed.stderr
    return place


def test_the_committed_files_are_what_the_source_makes(copy: Path) -> None:
    _succeeds(copy, "run", "check")
    _succeeds(copy, "run", "build")
    for name in BUILT:
        made, committed = copy / "dist" / name, WIDGET / "dist" / name
        assert made.read_bytes() == committed.read_bytes(), f"{committed}: run npm run build"


def test_the_session_of_the_widget_keeps_its_word(copy: Path) -> None:
    _succeeds(copy, "test")


def _succeeds(place: Path, *command: str) -> None:
    done = _npm(place, *command)
    assert done.returncode == 0, done.stdout + done.stderr


def _npm(place: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ("npm", *command), cwd=place, capture_output=True, text=True, check=False, timeout=500
    )
