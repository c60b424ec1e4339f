"""README and operations: commands that are marked runnable run, links lead somewhere, settings are
those of `.env.example`."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README, OPERATIONS = Path("README.md"), Path("docs/operations.md")
RUNNABLE = re.compile(r"<!-- runnable -->\n```console\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def sessions(page: Path) -> list[tuple[str, str]]:
    """(command, output) of each runnable block."""
    found = []
    for block in RUNNABLE.findall(page.read_text("utf-8")):
        command, _, output = block.removeprefix("$ ").partition("\n")
        found.append((command, output))
    return found


@pytest.mark.parametrize(("command", "output"), [*sessions(README), *sessions(OPERATIONS)])
def test_a_runnable_command_prints_what_the_page_says(command: str, output: str) -> None:
    here = str(Path(sys.executable).parent)
    env = {**os.environ, "PATH": f"{here}{os.pathsep}{os.environ['PATH']}"}
    ran = subprocess.run(  # the pages are ours
        command, shell=True, env=env, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (0, output), ran.stderr


def test_the_readme_has_commands_to_run() -> None:
    assert len(sessions(README)) >= 2


@pytest.mark.parametrize("page", [README, OPERATIONS], ids=str)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text("utf-8"))
    assert links
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"make ([a-z-]+)", README.read_text("utf-8")))
    known = set(re.findall(r"^([a-z-]+):", Path("Makefile").read_text("utf-8"), re.MULTILINE))
    assert targets <= known


def settings_table() -> str:
    """`.env.example` as the table of docs/operations.md."""
    rows = ["| variable | default | |", "|---|---|---|"]
    says = ""
    for line in Path(".env.example").read_text("utf-8").splitlines():
        named = re.match(r"(# )?(CROUPIER_[A-Z_]+)=(.*)", line)
        if named is None:
            says = line.removeprefix("# ")
            continue
        default = f"`{named[3]}`" if named[3] else ""
        rows.append(f"| `{named[2]}` | {default} | {says} |")
    return "\n".join(rows)


def test_the_settings_table_is_that_of_the_example() -> None:
    page = OPERATIONS.read_text("utf-8")
    assert settings_table() in page, f"docs/operations.md should have\n{settings_table()}"
