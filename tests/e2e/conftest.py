"""The widget's source with its packages, for tests that build it or check it with them."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

WIDGET: Final = Path("services/ingest/lobby/widget")
UNREACHED: Final = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT")


@pytest.fixture(scope="session")
def widget_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy beside the packages of its lock."""
    if shutil.which("npm") is None:
        pytest.skip("node is not installed: no npm")
    place = tmp_path_factory.mktemp("widget") / "widget"
    shutil.copytree(WIDGET, place, ignore=shutil.ignore_patterns("node_modules", "dist"))
    quiet = ("--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund")
    installed = npm(place, "ci", *quiet)
    if any(each in installed.stderr for each in UNREACHED):
        pytest.skip("npm does not reach its registry, and has not kept the packages")
    assert installed.returncode == 0, installed.stderr
    return place


def npm(place: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run npm there, for at most 500 seconds."""
    return subprocess.run(
        ("npm", *command), cwd=place, capture_output=True, text=True, check=False, timeout=500
    )
