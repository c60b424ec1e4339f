"""Nobody waits for ever: how soon a late ticket is served, whatever else comes in."""

from collections import deque
from dataclasses import replace
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from services.router.domain.requirement import Need
from tests.unit.desk_driver import RULES, Driver, dealt, requirement

SPOKEN = {"ru": Need("lang.ru"), "lt": Need("lang.lt")}


@given(
    percent=st.integers(5, 100),
    late=st.fixed_dictionaries({"ru": st.integers(0, 3), "lt": st.integers(1, 3)}),
    freed=st.lists(st.sampled_from(("ru", "ru", "ru", "lt")), min_size=1, max_size=60),
)
def test_each_late_ticket_is_served_when_its_turn_among_its_own_agents_slots_comes(
    percent: int, late: dict[str, int], freed: list[str]
) -> None:
    """With one more that can be met after each slot, in each language; the slots of the one
    language do not use up the turns of the other."""
    share = percent / 100
    desk = Driver(rules=replace(RULES, late_share=share, wrap_up_seconds=0.0))
    held = {lang: f"{lang} first" for lang in SPOKEN}
    for lang, need in SPOKEN.items():
        desk.hire(lang, {need.skill: 1})
        desk.connect(*SPOKEN)
        desk.state(lang)
        desk.deal(held[lang], requirement(need))
        desk.accept(held[lang])
        for i in range(late[lang]):
            desk.open(f"{lang} late {i}", requirement(need), due=1.0 + i)
    desk.wait(100)
    expected = {lang: deque(range(late[lang])) for lang in SPOKEN}
    slots = dict.fromkeys(SPOKEN, 0)
    for number, lang in enumerate(freed):
        for each, need in SPOKEN.items():
            desk.open(f"{each} {number}", requirement(need), due=1_000.0)
        desk.settle()
        desk.resolve(held[lang])
        [(held[lang], _)] = dealt(desk.settle())
        desk.accept(held[lang])
        slots[lang] += 1
        if expected[lang] and slots[lang] == ceil((expected[lang][0] + 1) / share - 1e-6):
            assert held[lang] == f"{lang} late {expected[lang].popleft()}"
        else:
            assert "late" not in held[lang]
