"""Failpoints: named places where a process dies or freezes on demand."""

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shared.runtime import failpoints

PROGRAM = """
import sys
from shared.runtime import failpoints
failpoints.arm(sys.argv[1])
for number in range(3):
    failpoints.hit("sorter.after_insert")
    print(number, flush=True)
"""


def run(spec: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, spec], capture_output=True, text=True, check=False
    )


def test_the_process_is_killed_at_the_named_hit_and_not_before() -> None:
    done = run("sorter.after_insert=kill:3")
    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split() == ["0", "1"]


def test_an_unarmed_point_costs_nothing() -> None:
    done = run("dealer.after_commit=kill")
    assert (done.returncode, done.stdout.split()) == (0, ["0", "1", "2"])


def test_a_stopped_process_goes_on_where_it_stopped() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "sorter.after_insert=stop:2"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        process.send_signal(signal.SIGCONT)
        output, _ = process.communicate()
    assert output.split() == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("sorter.nowhere=kill", "no failpoint 'sorter.nowhere'"),
        ("sorter.after_insert=burn", "kill or stop"),
        ("sorter.after_insert=kill:0", "from 1"),
        ("sorter.after_insert=kill:x", "from 1"),
    ],
)
def test_a_mistyped_failpoint_is_refused(spec: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        failpoints.parse(spec)


def test_every_point_that_the_code_passes_is_declared() -> None:
    passed = {
        call.args[0].value
        for path in Path("services").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) == "failpoints.hit"
        and isinstance(call.args[0], ast.Constant)
    }
    assert passed
    assert passed <= failpoints.POINTS
