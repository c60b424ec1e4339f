"""The five days. A ticket takes one of an agent's three slots.

Weights of a ticket on time: a chat 1, a VIP's 5, a mail 0.3, a statutory paper 3, a ticket of
responsible gaming 10. They only enter the third figure of the score; see score.py.
"""

from dataclasses import dataclass

from services.router.simulator.trace import Trace
from tests.bench.routing.drawing import Kind, Team, draw
from tests.bench.routing.rates import HOUR, MINUTE, Rate, between, constant, plus, triangle

CHAT, MAIL, TELEGRAM = "web", "email", "telegram"
VIP_VALUE, MAIL_VALUE, STATUTORY_VALUE, PROTECTED_VALUE = 5.0, 0.3, 3.0, 10.0

FLOORS = frozenset({"gaming.ru", "dispute.ru", "complaint.ru"})
"""Kinds that are protected or statutory: their share on time comes first in the score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """hours: how long tickets arrive. seeds: how many days a figure needs."""

    name: str
    title: str
    hours: float
    kinds: tuple[Kind, ...]
    teams: tuple[Team, ...]
    seeds: int = 20

    def draw(self, seed: int, *, hours: float | None = None) -> Trace:
        """The day a seed stands for, or its first hours."""
        return draw(
            self.name, seed=seed, hours=hours or self.hours, kinds=self.kinds, teams=self.teams
        )


def s1() -> Scenario:
    """Control: one kind of ticket, one kind of agent, so that only work conservation shows."""
    chat = Kind(
        name="chat.ru",
        lang="ru",
        channel=CHAT,
        rate=constant(900),
        handling=480,
        patience=360,
        target=60,
    )
    team = Team(name="ru", agents=41, langs=("ru",), channels=(CHAT,))
    return Scenario(name="S1", title="control", hours=4, kinds=(chat,), teams=(team,))


def s2() -> Scenario:
    """A scarce language: six agents speak Lithuanian, and Russian too."""
    hourly = {"ru": 640.0, "tr": 240.0, "lt": 60.0, "en": 60.0}
    kinds = [
        Kind(
            name=f"chat.{lang}",
            lang=lang,
            channel=CHAT,
            rate=constant(rate),
            handling=600 if lang == "lt" else 480,
            patience=300,
            target=60,
        )
        for lang, rate in hourly.items()
    ]
    sizes = {"ru": 20, "tr": 10, "ru+en": 7, "ru+lt": 4, "tr+en": 2, "lt+en+ru": 2}
    teams = [
        Team(name=name, agents=agents, langs=tuple(name.split("+")), channels=(CHAT,))
        for name, agents in sizes.items()
    ]
    return Scenario(
        name="S2", title="scarce language", hours=6, kinds=tuple(kinds), teams=tuple(teams)
    )


def s3() -> Scenario:
    """A derby, and an outage ten minutes after its peak.

    Mail and VIPs write in Russian; every Russian speaker takes mail. Agents with the VIP skill
    serve everybody else in their languages, too.
    """
    everywhere = (CHAT, MAIL, TELEGRAM)
    teams = (
        Team(name="ru", agents=54, langs=("ru",), channels=everywhere),
        Team(name="tr", agents=22, langs=("tr",), channels=everywhere),
        Team(name="ru+tr", agents=6, langs=("ru", "tr"), channels=everywhere, skills=("vip",)),
        Team(name="vip", agents=4, langs=("ru",), channels=everywhere, skills=("vip",)),
    )
    return Scenario(name="S3", title="derby and outage", hours=6, kinds=_derby_kinds(), teams=teams)


def _derby_kinds() -> tuple[Kind, ...]:
    def derby(base: float, top: float, *, outage: float = 0.0) -> Rate:
        rate = triangle(base, top, peak_at=3 * HOUR, half_width=2 * HOUR)
        begins = 3 * HOUR + 10 * MINUTE
        return between(rate, plus(rate, outage), begins=begins, ends=begins + 15 * MINUTE)

    return (
        Kind(
            name="chat.ru",
            lang="ru",
            channel=CHAT,
            rate=derby(700, 1300, outage=6000),
            handling=360,
            patience=240,
            target=60,
        ),
        Kind(
            name="chat.tr",
            lang="tr",
            channel=CHAT,
            rate=derby(300, 560, outage=2600),
            handling=360,
            patience=240,
            target=60,
        ),
        Kind(
            name="telegram.ru",
            lang="ru",
            channel=TELEGRAM,
            rate=derby(200, 360, outage=1500),
            handling=300,
            patience=3600,
            target=300,
        ),
        Kind(
            name="vip.ru",
            lang="ru",
            channel=CHAT,
            rate=derby(25, 45),
            handling=420,
            patience=300,
            target=20,
            tier="vip",
            skills=("vip",),
            value=VIP_VALUE,
        ),
        _mail(constant(120)),
    )


def s4() -> Scenario:
    """A night of two agents. B alone speaks Turkish and Lithuanian and is licensed for
    responsible gaming, and is away from 3:00 to 3:30."""
    hourly = {"ru": 8.0, "tr": 5.0, "lt": 1.5, "en": 2.5}
    chats = [
        Kind(
            name=f"chat.{lang}",
            lang=lang,
            channel=CHAT,
            rate=constant(rate),
            handling=600 if lang == "lt" else 540,
            patience=420,
            target=90,
        )
        for lang, rate in hourly.items()
    ]
    gaming = Kind(
        name="gaming.ru",
        lang="ru",
        channel=CHAT,
        rate=constant(0.5),
        handling=900,
        patience=900,
        target=60,
        skills=("responsible_gaming",),
        value=PROTECTED_VALUE,
    )
    teams = (
        Team(name="a", agents=1, langs=("ru", "en"), channels=(CHAT, MAIL)),
        Team(
            name="b",
            agents=1,
            langs=("ru", "tr", "lt", "en"),
            channels=(CHAT, MAIL),
            skills=("responsible_gaming",),
            absences=((3 * HOUR, 3 * HOUR + 30 * MINUTE),),
        ),
    )
    kinds = (*chats, gaming, _mail(constant(3), waiting=40))
    return Scenario(name="S4", title="night", hours=6, kinds=kinds, teams=teams, seeds=200)


def s5() -> Scenario:
    """VIPs, a mail campaign and paperwork with statutory clocks. The VIPs' agents take no mail."""
    teams = (
        Team(name="general", agents=44, langs=("ru",), channels=(CHAT, MAIL)),
        Team(name="vip", agents=6, langs=("ru",), channels=(CHAT,), skills=("vip",)),
        Team(
            name="payments", agents=6, langs=("ru",), channels=(CHAT, MAIL), skills=("paperwork",)
        ),
    )
    return Scenario(
        name="S5", title="VIP, campaign, paperwork", hours=10, kinds=_campaign_kinds(), teams=teams
    )


def _campaign_kinds() -> tuple[Kind, ...]:
    return (
        Kind(
            name="chat.ru",
            lang="ru",
            channel=CHAT,
            rate=between(constant(880), constant(520), begins=7 * HOUR, ends=24 * HOUR),
            handling=480,
            patience=300,
            target=90,
        ),
        Kind(
            name="vip.ru",
            lang="ru",
            channel=CHAT,
            rate=constant(25),
            handling=540,
            patience=300,
            target=20,
            tier="vip",
            skills=("vip",),
            value=VIP_VALUE,
        ),
        _mail(between(constant(120), constant(3000), begins=HOUR, ends=1.5 * HOUR)),
        _paper("dispute.ru", per_hour=12, handling=1200, target=6 * HOUR),
        _paper("complaint.ru", per_hour=10, handling=1500, target=8 * HOUR),
    )


def _mail(rate: Rate, *, waiting: int = 0) -> Kind:
    return Kind(
        name="mail.ru",
        lang="ru",
        channel=MAIL,
        rate=rate,
        handling=420,
        target=4 * HOUR,
        value=MAIL_VALUE,
        waiting=waiting,
    )


def _paper(name: str, *, per_hour: float, handling: float, target: float) -> Kind:
    return Kind(
        name=name,
        lang="ru",
        channel=MAIL,
        rate=constant(per_hour),
        handling=handling,
        target=target,
        skills=("paperwork",),
        value=STATUTORY_VALUE,
    )


SCENARIOS = {scenario.name: scenario for scenario in (s1(), s2(), s3(), s4(), s5())}
