"""`croupier demo` on the session's stack: the day balances, and a ledger that lies is caught."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from cli.demo.command import Wishes, run_demo
from cli.demo.ledger import Ledger
from deploy.stack import Stack
from shared.store.driver import Store

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

SPEED = 4.0


@pytest.fixture
def external(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands find the session's stack as servers that somebody else runs."""
    monkeypatch.setenv("CROUPIER_KAFKA", stack.kafka)
    monkeypatch.setenv("CROUPIER_MONGO", stack.mongo)


async def croupier(*arguments: str, cwd: Path) -> tuple[int, str, str]:
    """Exit code, output and errors of the command as users run it."""
    process = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).with_name("croupier")), *arguments),
        cwd=cwd,
        env=os.environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_a_day_of_support_loses_nothing_and_doubles_nothing(
    external: None, tmp_path: Path
) -> None:
    code, out, err = await croupier(
        "demo", "--kind", "external", "--speed", str(SPEED), "--json", cwd=tmp_path
    )

    assert code == 0, err
    day = json.loads(out)
    assert day["messages"] >= 350
    assert day["agents"] >= 12
    assert day["repeats"] > 0
    assert day["two_doors_one_ticket"] >= 40
    assert {"accept", "decline", "slept", "dropped", "left", "resolve"} <= day["did"].keys()
    assert day["message_to_card_p99_ms"] > 0
    faults = ("lost", "double", "over_capacity", "unfinished", "leaked", "dead_letters")
    assert {fault: day[fault] for fault in faults} == dict.fromkeys(faults, 0)


async def test_a_tampered_store_does_not_balance(external: None, tmp_path: Path) -> None:
    """One message vanishes, one loses its ticket, one appears from nowhere, one shows a card."""
    tampered: list[str] = []

    async def tamper(store: Store) -> None:
        first, second, third = await store["messages"].find({"kind": "message"}).to_list(3)
        tampered.extend([first["_id"], second["_id"]])
        await store["messages"].delete_one({"_id": first["_id"]})
        await store["messages"].update_one({"_id": second["_id"]}, {"$set": {"ticket": "t-none"}})
        await store["messages"].insert_one({**third, "_id": "form:website:nobody"})
        await store["messages"].update_one(
            {"_id": third["_id"]}, {"$set": {"text": "my card is 4111 1111 1111 1111"}}
        )

    ledger = await asyncio.to_thread(played, tmp_path, tamper)

    assert not ledger.balanced
    assert sorted(ledger.lost) == sorted(
        [
            f"{tampered[0]} was accepted and is nowhere",
            f"{tampered[1]} is in ticket t-none, which does not exist",
        ]
    )
    assert any("form:website:nobody" in sentence for sentence in ledger.double)
    assert len(ledger.leaked) == 1


def played(folder: Path, tamper: Callable[[Store], Awaitable[None]]) -> Ledger:
    wishes = Wishes(kind="external", speed=SPEED)
    console = Console(file=StringIO())
    report = run_demo(
        wishes,
        console=console,
        say=console.print,
        folder=folder / "demo",
        before_ledger=tamper,
    )
    return report.ledger
