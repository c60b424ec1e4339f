"""docs/policy.md keeps its word: its files load, its figures and errors are those of the code."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from typer.testing import CliRunner

from cli.main import app
from services.router.domain.effects import ReplySent
from services.router.domain.fit import surplus
from services.router.domain.picks import PickLimit
from services.router.domain.treatment import Kind
from services.router.policy import Policy, load_policy, parse_policy, parse_roster
from services.router.policy.check import TOPICS
from services.router.policy.compare import described
from services.router.policy.duration import seconds
from services.router.policy.percent import share
from services.router.policy.schema import (
    AccountSection,
    ClockSection,
    DeskSection,
    EscalateSection,
    HostsSection,
    HoursSection,
    NewHiresSection,
    NoticeSection,
    NoticesSection,
    PageSection,
    PolicyFile,
    PullSection,
    QueueSection,
    RelaxSection,
    ReserveSection,
    ShiftsSection,
    TierSection,
    TopicSection,
    UnansweredSection,
    WaitingSection,
)
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from tests.unit.desk_driver import RULES, Driver, dealt, requirement

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "policy.md").read_text("utf-8")
NOON: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECTIONS: Final[dict[str, type[BaseModel]]] = {
    "the file": PolicyFile,
    "a tier": TierSection,
    "an account": AccountSection,
    "a desk": DeskSection,
    "unanswered": UnansweredSection,
    "waiting": WaitingSection,
    "hosts": HostsSection,
    "pull": PullSection,
    "shifts": ShiftsSection,
    "new_hires": NewHiresSection,
    "page": PageSection,
    "a clock": ClockSection,
    "a queue": QueueSection,
    "hours": HoursSection,
    "a topic": TopicSection,
    "a step": RelaxSection,
    "an escalation": EscalateSection,
    "a reserve": ReserveSection,
    "notices": NoticesSection,
    "a notice": NoticeSection,
}


class Mistake(NamedTuple):
    was: str
    becomes: str
    said: str


def block(info: str) -> str:
    (found,) = re.findall(rf"^```{info}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


def mistakes() -> list[Mistake]:
    found = re.findall(
        r"^```diff broken\n-([^\n]*)\n\+([^\n]*)\n```\n```text\n(.*?)^```$",
        PAGE,
        re.DOTALL | re.MULTILINE,
    )
    return [Mistake(*each) for each in found]


def rows(first_column: str) -> list[list[str]]:
    """The cells of the table whose heading begins so, without the heading."""
    (table,) = re.findall(rf"^(\| {first_column} \|.*?)\n\n", PAGE, re.DOTALL | re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()][
        2:
    ]


def stages() -> list[list[str]]:
    """Ticket, needs at first, time, who else: of each stage."""
    table: list[list[str]] = []
    for ticket, first, *later in rows("what waits"):
        known = table[-1][:2] if not ticket else [ticket, first]
        table.append([*known, *later])
    return table


@pytest.fixture(scope="module")
def small() -> Policy:
    return parse_policy(block("yaml policy"))


@pytest.fixture(scope="module")
def people(small: Policy) -> dict[str, AgentProfileChanged]:
    roster = parse_roster(block("yaml roster"), policy=small)
    return {each.agent: each for each in roster}


def check(folder: Path, policy: str) -> tuple[int, str]:
    """As the page tells readers to: exit code and everything that is printed."""
    (folder / "policy.yaml").write_text(policy, "utf-8")
    (folder / "agents.yaml").write_text(block("yaml roster"), "utf-8")
    words = block("sh").split()
    command = [str(folder / each) if each.endswith(".yaml") else each for each in words[1:]]
    ran = CliRunner().invoke(app, command)
    return ran.exit_code, ran.output


def test_the_small_policy_and_its_roster_pass_the_check(tmp_path: Path) -> None:
    code, said = check(tmp_path, block("yaml policy"))
    assert code == 0, said
    assert all(name in said for name in ("anna", "boris", "daria"))


@pytest.mark.parametrize("mistake", mistakes(), ids=lambda mistake: mistake.becomes.strip())
def test_each_mistake_is_told_as_the_page_shows(mistake: Mistake, tmp_path: Path) -> None:
    text = block("yaml policy")
    assert text.count(mistake.was + "\n") == 1
    assert check(tmp_path, text.replace(mistake.was, mistake.becomes)) == (1, mistake.said)


@pytest.fixture(scope="module")
def relaxed() -> Policy:
    """The small policy with what the page adds to it."""
    text = block("yaml policy")
    queue, topics = block("yaml relaxed").split("    topics:\n")
    for old, new in (
        (
            "    otherwise: general\n",
            block("yaml waiting") + block("yaml hosts") + "    otherwise: general\n",
        ),
        (re.findall(r"      payments:\n.*\n.*\n", text)[0], queue),
        (re.findall(r"      withdrawal:.*\n", text)[0], topics),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    return parse_policy(text)


def test_the_page_s_protected_queues_pass_the_check_and_open_a_lane() -> None:
    queues, topics = block("yaml protected queues").split("    topics:\n")
    text = block("yaml policy")
    for old, new in (
        ("technical]", "technical, licensed]"),
        ("    otherwise: general\n", block("yaml protected desk") + "    otherwise: general\n"),
        ("    topics:\n", f"{queues}    topics:\n{topics}"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    policy = parse_policy(text)
    care, laundering = policy.protected("main").values()
    assert (care.page_seconds, laundering.confidential) == (120.0, True)
    assert policy.lane(desk="main", topic="responsible_gaming") == "care"
    assert policy.lane(desk="main", topic="deposit") == ""


def test_the_page_s_clocks_pass_the_check_and_run_beside_the_deadline() -> None:
    text = block("yaml policy")
    [target] = re.findall(r"      payments:\n(?:.*\n)*?        targets: .*\n", text)
    for old, new in (
        (target, target + block("yaml clocks queue")),
        ("    otherwise: general\n", block("yaml clocks desk") + "    otherwise: general\n"),
        ("    topics:\n", "    topics:\n      dispute: {queue: payments}\n"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    policy = parse_policy(text)
    kind = Kind("dispute", "en", "telegram", "standard", urgent=False)
    told = described(policy.treat("main", kind))
    assert (told["next target"], told["clocks"]) == (
        "10m",
        "resolution 4h; card_dispute 15d, warned 2d before",
    )
    assert policy.lane(desk="main", topic="dispute") == "card_dispute"


def test_the_page_s_escalation_passes_the_check_and_is_in_the_order_of_its_times() -> None:
    text = block("yaml policy")
    (plain,) = re.findall(r"      payments:\n.*\n.*\n", text)
    ladders = (
        parse_policy(text.replace(plain, block("yaml escalate"))).rules_for("main").escalations
    )
    lead, move, tell = ladders["payments"]
    assert [rung.after for rung in (lead, move, tell)] == [600, 1_200, 2_400]
    assert (lead.page, move.queue) == ("lead", "general")
    assert tell.text_in("ru") != tell.text_in("en") == tell.text_in("lt")


def test_the_page_s_notices_pass_the_check_and_are_for_whom_it_says() -> None:
    text = block("yaml policy").replace(
        "    otherwise: general\n", block("yaml notices") + "    otherwise: general\n"
    )
    driver = Driver(rules=replace(parse_policy(text).rules_for("main"), treat=None))
    mail = replace(driver.ticket("m", requirement(channel="mail", queue="general")), lang="en")
    chat = replace(driver.ticket("c", requirement(channel="telegram", queue="payments")), lang="ru")

    told = [driver.desk.adopt_ticket(each, now=NOON.timestamp()) for each in (mail, chat)]

    words = [[each.text for each in effects if isinstance(each, ReplySent)] for effects in told]
    assert words[0] == ["We have your mail and will answer within a day."]
    assert words[1] == ["Сейчас платежи картами не проходят. Мы чиним и напишем вам."]


@pytest.mark.parametrize("row", stages(), ids=" ".join)
def test_each_stage_of_the_page_is_the_policy_s(row: list[str], relaxed: Policy) -> None:
    ticket, first, after, others = row
    lang, topic = ticket.split(", ")
    kind = Kind(topic, lang, "telegram", "standard", urgent=False)
    told = described(relaxed.treat("main", kind))
    assert f"{told['needs']}, {told['language']}" == first
    later = dict(stage.removeprefix("after ").split(" ", 1) for stage in told["later"].split("; "))
    assert ways(later[after], told["language"]) == ways(others, "")


def ways(listed: str, always: str) -> set[frozenset[str]]:
    """What will do, each with what holds at every stage."""
    found = {
        frozenset(way.split(", ")) - {"nothing more"} for way in re.split(r"; or | or ", listed)
    }
    return {way if any("lang." in each for each in way) else way | {always} for way in found}


def test_every_broken_example_is_followed_by_its_error() -> None:
    assert len(mistakes()) == PAGE.count("```diff broken") > 0
    assert all(mistake.said for mistake in mistakes())


@pytest.mark.parametrize("row", rows("desk"), ids=" ".join)
def test_each_deadline_of_the_page_is_the_policy_s(row: list[str]) -> None:
    desk, topic, lang, channel, tier, urgent, queue, priority, sum_, deadline = row
    policy = load_policy(ROOT / "deploy" / "policy" / "betting.yaml")
    route = policy.route(
        desk=desk,
        topic=topic,
        lang=lang,
        channel=channel,
        tier=tier,
        urgent=urgent == "yes",
        waiting_since=NOON.timestamp(),
    )
    target, factor = sum_.split(" × ")
    due = NOON + timedelta(seconds=seconds(target) * float(factor))
    assert (route.queue, str(route.priority)) == (queue, priority)
    assert route.due_at == due.timestamp()
    assert f"{due:%H:%M:%S}" == deadline
    assert policy.by_desk[desk].priorities[route.priority] == float(factor)


@pytest.fixture(scope="module")
def open_at_times() -> Policy:
    """The small policy with the page's hours, and one of its queues open around the clock."""
    text = block("yaml policy").replace("    weights:", block("yaml hours") + "    weights:")
    always = block("yaml always")
    without = always.replace("        hours: always\n", "")
    assert text.count(without) == 1
    return parse_policy(text.replace(without, always))


@pytest.mark.parametrize("row", rows("customer waits since"), ids=" ".join)
def test_each_deadline_in_opening_hours_is_the_policy_s(
    row: list[str], open_at_times: Policy
) -> None:
    since, queue, target, deadline = row
    kind = Kind("feedback", "en", "mail", "standard", urgent=False, queue=queue)
    treatment = open_at_times.treat("main", kind)
    assert (treatment.queue, treatment.target_seconds) == (queue, seconds(target))
    assert treatment.due_at(in_vilnius(since)) == in_vilnius(deadline)


def in_vilnius(told: str) -> float:
    """Epoch seconds of a time such as `Fri 2026-11-20 17:00`."""
    at = datetime.strptime(told, "%a %Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo("Europe/Vilnius"))
    assert f"{at:%a}" == told[:3]
    return at.timestamp()


@pytest.mark.parametrize("row", rows("ticket"), ids=lambda row: row[0])
def test_each_fit_of_the_page_is_the_core_s(
    row: list[str], small: Policy, people: dict[str, AgentProfileChanged]
) -> None:
    lang, topic = row[0].split(", ")
    requirement = small.route(
        desk="main",
        topic=topic,
        lang=lang,
        channel="telegram",
        tier="standard",
        urgent=False,
        waiting_since=0,
    ).requirement
    unused = [surplus(dict(agent.skills), requirement) for agent in people.values()]
    assert row[1:] == ["cannot" if each is None else str(each) for each in unused]


@pytest.mark.parametrize("part", SECTIONS)
def test_every_field_is_explained_with_its_default(part: str) -> None:
    told = {
        name.strip("`"): default
        for names, default, _ in rows(f"of {part}")
        for name in names.split(", ")
    }
    fields = {each.alias or name: each for name, each in SECTIONS[part].model_fields.items()}
    assert told.keys() == fields.keys()
    assert told == {name: default(field, told[name]) for name, field in fields.items()}


def default(field: FieldInfo, told: str) -> str:
    """As the page has to write it: durations and what is inherited as it likes."""
    value = {} if isinstance(field.default, BaseModel) else field.default
    if isinstance(value, bool):
        value = str(value).lower()
    match value:
        case _ if value is PydanticUndefined:
            return "required"
        case None if told in {"the file's", "the queue's", "the desk's", "none", "never"}:
            return told
        case float():
            return told if _quantity(told.strip("`")) == value else str(value)
        case list():
            return f"`[{', '.join(value)}]`"
        case "*":
            return '`"*"`'
        case _:
            return f"`{value}`"


def _quantity(told: str) -> float:
    if told.isdigit():
        return float(told)
    return share(told) if told.endswith("%") else seconds(told)


@pytest.mark.parametrize("row", rows("queue and tier"), ids=" ".join)
def test_each_target_by_a_tiers_factor_is_the_policy_s(row: list[str]) -> None:
    queue, tier = row[0].split(", ")
    text = block("yaml policy").replace("tiers: [standard, vip]\n", block("yaml tiers"))
    kind = Kind("feedback", "en", row[1], tier, urgent=False, queue=queue)
    assert described(parse_policy(text).treat("main", kind))["target"] == row[2]


@pytest.mark.parametrize("row", rows("topic and channel"), ids=" ".join)
def test_each_weight_of_the_page_is_the_policy_s(row: list[str]) -> None:
    topic, channel = row[0].split(", ")
    heavy = block("yaml weights")
    plain = heavy.replace("        weight: 2\n", "")
    text = block("yaml policy").replace(plain, heavy)
    text = text.replace("    weights:", block("yaml new hires") + "    weights:")
    kind = Kind(topic, "en", channel, "standard", urgent=False)
    assert described(parse_policy(text).treat("main", kind))["weight"] == row[1]


@pytest.mark.parametrize("row", rows("in the hands of an agent with 2 slots"), ids=" ".join)
def test_what_fits_beside_other_work_by_the_page_fits_at_the_desk(row: list[str]) -> None:
    text = block("yaml policy").replace(
        "    weights:", block("yaml interruptible") + "    weights:"
    )
    aside = parse_policy(text).rules_for("main").interruptible
    hand, *answers = row
    for channel, answer in zip(("telegram", "mail"), answers, strict=True):
        desk = Driver(rules=replace(RULES, interruptible=aside))
        desk.hire("anna", capacity=2, channels=frozenset({"telegram", "mail"}))
        desk.connect("anna")
        desk.state("anna")
        for many in sorted(hand.split(", "), key=lambda each: "chat" in each):
            number, what = many.split(" ")
            for each in range(int(number)):
                held = "telegram" if what.startswith("chat") else "mail"
                desk.deal(f"{what}{each}", requirement(channel=held))
        assert not desk.desk.overloaded()
        desk.open("next", requirement(channel=channel))
        assert bool(dealt(desk.settle())) == (answer == "fits")


def test_the_shifts_of_the_page_are_those_of_the_policy_and_the_roster(small: Policy) -> None:
    text = block("yaml policy").replace("    weights:", block("yaml guard") + "    weights:")
    (anna,) = parse_roster(block("yaml shifts"), policy=small)
    assert parse_policy(text).rules_for("main").guards.of("payments") == 600
    assert anna.shifts is not None
    assert [f"{each.ends_at:%H:%M}" for each in anna.shifts] == ["16:00"]


def test_what_agents_may_choose_by_the_page_is_the_policy_s() -> None:
    text = block("yaml policy").replace("    weights:", block("yaml pull") + "    weights:")
    assert parse_policy(text).rules_for("main").pull == PickLimit(3, 3_600.0)


def test_the_page_names_every_topic() -> None:
    assert all(f"`{topic}`" in PAGE for topic in TOPICS)
