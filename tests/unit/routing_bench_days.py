"""Small days for the tests of the routing bench."""

import math
from random import Random

from services.router.domain.requirement import Need
from services.router.simulator.trace import Arrival, Shift, Trace


def arrival(
    name: str,
    *,
    at: float = 0.0,
    kind: str = "chat.ru",
    handling: float = 300.0,
    patience: float = math.inf,
    target: float = 60.0,
    tier: str = "standard",
    value: float = 1.0,
) -> Arrival:
    """kind: channel and language, as in the scenarios."""
    lang = kind.split(".")[1]
    return Arrival(
        id=name,
        at=at,
        kind=kind,
        queue=kind,
        lang=lang,
        channel="web",
        tier=tier,
        needs=(Need(f"lang.{lang}"),),
        handling=handling,
        patience=patience,
        target=target,
        value=value,
    )


def shift(
    name: str,
    *langs: str,
    slots: float = 1.0,
    begins: float = 0.0,
    absences: tuple[tuple[float, float], ...] = (),
) -> Shift:
    return Shift(
        agent=name,
        kind="+".join(langs),
        skills={f"lang.{lang}": 3 for lang in langs},
        channels=frozenset({"web"}),
        capacity=slots,
        begins=begins,
        absences=absences,
    )


def day(*arrivals: Arrival, shifts: tuple[Shift, ...], seconds: float = 3600.0) -> Trace:
    ordered = tuple(sorted(arrivals, key=lambda ticket: ticket.at))
    return Trace(name="small", seed=0, seconds=seconds, arrivals=ordered, shifts=shifts)


def crowded_day(seed: int, *, tickets: int = 8) -> Trace:
    """More than its three slots can take: two kinds, three agents, one away for a while."""
    random = Random(seed)
    return day(
        *(
            arrival(
                f"t{number}",
                at=random.uniform(0, 400),
                kind=random.choice(("chat.ru", "chat.ru", "chat.lt")),
                handling=random.lognormvariate(5.5, 0.8),
                patience=random.expovariate(1 / 300),
                target=random.choice((30.0, 90.0, 2400.0)),
            )
            for number in range(tickets)
        ),
        shifts=(
            shift("ru", "ru"),
            shift("lt", "lt", absences=((100.0, 250.0),)),
            shift("both", "ru", "lt", begins=50.0),
        ),
    )
