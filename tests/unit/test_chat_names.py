"""What customers see of an agent's name."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from services.ingest.lobby.chat.names import Names, Shown
from shared.store.errors import Transient
from tests.fakes.clock import HandClock, settle


@dataclass
class Roll:
    people: dict[str, str] = field(default_factory=lambda: {"lina": " Lina Petrauskiene "})
    asked: int = 0
    down: bool = False

    async def names(self) -> Mapping[str, str]:
        self.asked += 1
        if self.down:
            raise Transient("told to be down")
        return dict(self.people)


@pytest.mark.parametrize(
    ("shown", "name"), [("none", None), ("first", "Lina"), ("full", "Lina Petrauskiene")]
)
async def test_as_much_of_it_shows_as_the_account_says(shown: Shown, name: str | None) -> None:
    names = Names(Roll(), clock=HandClock())
    await names.refresh()
    assert names.of("lina", shown) == name
    assert names.of(None, shown) is None
    assert names.of("nobody", shown) is None


async def test_somebody_new_is_looked_up_once_and_others_each_minute() -> None:
    clock, roll = HandClock(), Roll()
    names = Names(roll, clock=clock)
    running = asyncio.create_task(names.run())
    await settle()
    roll.people["ona"] = "Ona"
    for _ in range(3):
        assert names.of("nobody", "first") is None
        await settle()
    assert roll.asked == 2
    assert names.of("ona", "first") == "Ona"
    await clock.advance(60)
    assert roll.asked == 3
    assert names.of("nobody", "first") is None
    await settle()
    assert roll.asked == 4
    running.cancel()


async def test_names_are_kept_while_the_store_is_away() -> None:
    roll = Roll()
    names = Names(roll, clock=HandClock())
    await names.refresh()
    roll.down = True
    await names.refresh()
    assert names.of("lina", "first") == "Lina"
