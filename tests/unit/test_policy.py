"""What a policy file says, and how it says what is wrong with it."""

from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.router.domain.picks import PickLimit
from services.router.domain.requirement import Need
from services.router.domain.treatment import Kind
from services.router.policy import (
    FileInvalid,
    Policy,
    Route,
    load_policy,
    load_roster,
    parse_policy,
    parse_roster,
)

GENERAL = '{chat: 5m, telegram: 15m, whatsapp: 15m, messenger: 15m, viber: 15m, vk: 15m, "*": 4h}'
FOLDER = Path(__file__).parents[2] / "deploy/policy"
TEXT = (FOLDER / "betting.yaml").read_text(encoding="utf-8")
CHANNELS = ", ".join(load_policy(FOLDER / "betting.yaml").channels)
ROSTER = (FOLDER / "agents.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def policy() -> Policy:
    return parse_policy(TEXT)


def route(policy: Policy, *, topic: str = "bonus", lang: str = "ru", **more: object) -> Route:
    asked: dict[str, object] = {
        "desk": "main",
        "channel": "telegram",
        "tier": "standard",
        "urgent": False,
        "waiting_since": 1000.0,
        **more,
    }
    return policy.route(topic=topic, lang=lang, **asked)  # type: ignore[arg-type]


def test_an_account_is_placed_by_the_first_rule_that_matches(policy: Policy) -> None:
    assert policy.place(channel="telegram", account="lt_vip_bot") == ("croupier", "vip", "vip")
    assert policy.place(channel="mail", account="lt_vip_bot") == ("croupier", "main", "standard")
    assert policy.place(channel="fax", account="1") == ("croupier", "main", "standard")


def test_a_topic_goes_to_its_queue_with_its_needs_and_the_queues(policy: Policy) -> None:
    found = route(policy, topic="withdrawal")

    assert found.queue == "payments"
    assert found.requirement.needs == (Need("lang.ru", 3), Need("payments", 3))
    assert found.requirement.weight == 0.5


def test_a_soft_skill_below_what_is_needed_anyway_is_left_out(policy: Policy) -> None:
    assert Need("betting", 3, hard=False) in route(policy, topic="bonus").requirement.needs
    assert route(policy, topic="dispute").requirement.needs == (
        Need("betting", 3),
        Need("lang.ru", 3),
    )


@pytest.mark.parametrize("lang", ["und", "de"])
def test_a_language_the_desk_does_not_serve_falls_back_to_its_default(
    policy: Policy, lang: str
) -> None:
    assert Need("lang.en", 2) in route(policy, lang=lang).requirement.needs


def test_a_topic_nobody_understood_goes_to_the_queue_for_others(policy: Policy) -> None:
    assert route(policy, topic="weather").queue == "general"


def test_the_deadline_is_the_target_shifted_by_the_priority(policy: Policy) -> None:
    assert route(policy, topic="bonus").due_at == 1000 + 600
    assert route(policy, topic="deposit").due_at == 1000 + 300 * 0.5
    assert route(policy, topic="feedback").due_at == 1000 + 900 * 2


def test_urgency_raises_the_priority(policy: Policy) -> None:
    urgent = route(policy, topic="bonus", urgent=True)

    assert (urgent.priority, urgent.due_at) == (1, 1000 + 600 * 0.25)


def test_a_tier_and_a_channel_have_their_own_targets(policy: Policy) -> None:
    asked = {"desk": "vip", "topic": "bonus", "lang": "en"}

    assert route(policy, **asked, tier="vip").due_at == 1000 + 60
    assert route(policy, **asked, tier="standard").due_at == 1000 + 180
    assert route(policy, **asked, channel="fax").due_at == 1000 + 900


def test_equal_requirements_are_one_object(policy: Policy) -> None:
    assert route(policy).requirement is route(policy, waiting_since=2.0).requirement


def test_a_desks_rules_carry_its_times_and_the_version(policy: Policy) -> None:
    rules = policy.rules_for("main")

    assert (rules.desk, rules.version, rules.offer_seconds) == ("main", 1, 20.0)
    assert rules.reopen_seconds == 86_400.0
    assert rules.auto_accept == {"chat"}
    assert rules.weights["mail"] == 0.25
    assert not rules.interruptible
    assert policy.rules_for("vip").interruptible == {"mail"}
    assert policy.desks() == ("main", "vip")


def test_a_desks_rules_say_what_silence_means(policy: Policy) -> None:
    rules, silent = policy.rules_for("main"), policy.rules_for("vip")

    assert (rules.agent_nudge_seconds, rules.agent_silence_seconds) == (300.0, 1_800.0)
    assert (rules.agent_lead_seconds, rules.agent_lead) == (900.0, "lead")
    assert (rules.customer_nudge_seconds, rules.customer_silence_seconds) == (3_600.0, 86_400.0)
    assert (rules.waiting_share, rules.transfer_seconds) == (0.25, 60.0)
    assert rules.park_seconds_max == 3 * 86_400.0
    assert (silent.agent_nudge_seconds, silent.agent_silence_seconds) == (0.0, 0.0)
    assert silent.agent_lead_seconds == 0.0
    assert (silent.customer_nudge_seconds, silent.customer_silence_seconds) == (0.0, 0.0)


def test_a_desks_rules_say_how_long_a_ticket_is_kept_for_the_customers_own_agents() -> None:
    given = parse_policy(TEXT.replace("offer: 20s", "offer: 20s\n    hosts: {first: 2m}", 1))
    rules, silent = given.rules_for("main"), given.rules_for("vip")

    assert (rules.first_host_seconds, rules.next_host_seconds) == (120.0, 30.0)
    assert (silent.first_host_seconds, silent.next_host_seconds) == (60.0, 30.0)


def test_a_desk_says_how_often_its_agents_may_choose_from_the_queue(policy: Policy) -> None:
    assert policy.rules_for("main").pull == PickLimit(3, 3_600.0)
    assert policy.rules_for("vip").pull is None


def test_a_ticket_weighs_by_its_channel_and_by_its_topic_or_else_its_queue() -> None:
    heavy = TEXT.replace("      identity:\n", "      identity:\n        weight: 2\n", 1)
    heavier = heavy.replace("needs: {identity: 3}, relax", "weight: 3, needs: {identity: 3}, relax")
    weigh = partial(route, parse_policy(heavier))

    assert weigh(topic="bonus").requirement.weight == 0.5
    assert weigh(topic="account").requirement.weight == 0.5 * 2
    assert weigh(topic="account", channel="mail").requirement.weight == 0.25 * 2
    assert weigh(topic="verification").requirement.weight == 0.5 * 3


def test_a_desk_says_what_its_new_people_have_in_hand() -> None:
    given = parse_policy(TEXT.replace("skip: 60s", "new_hires: {share: 30%}", 1))
    shares = [given.rules_for(desk).new_hire_share for desk in given.desks()]

    assert shares == [0.3, 0.5]


def test_a_tier_s_factor_counts_where_a_target_does_not_name_it() -> None:
    file = TEXT.replace("tiers: [standard, vip]", "tiers: {standard: {}, vip: {factor: 0.25}}")
    allowed = partial(route, parse_policy(file), waiting_since=0.0)

    assert allowed(topic="bonus").due_at == 600
    assert allowed(topic="bonus", tier="vip").due_at == 150
    assert allowed(topic="bonus", tier="unheard_of").due_at == 600
    assert allowed(topic="deposit", tier="vip", urgent=True).due_at == 300 * 0.25 * 0.25
    assert allowed(desk="vip", tier="vip").due_at == 60
    assert allowed(desk="vip", tier="vip", channel="mail").due_at == 900 * 0.25


@pytest.mark.parametrize("target", ['{"*": 99d}', '{"*": {standard: 1h, "*": 99d}}'])
def test_a_tier_s_factor_must_leave_a_target_that_opening_hours_can_reach(target: str) -> None:
    file = TEXT.replace("tiers: [standard, vip]", "tiers: {standard: {}, vip: {factor: 40}}")
    hours = "hours: {zone: UTC, week: {mon: 00:00-12:00}}"
    slow = file.replace("sticky: 1m", hours).replace(GENERAL, target)

    with pytest.raises(FileInvalid, match="longer than what is open in a year"):
        parse_policy(slow)


def test_a_queue_has_the_guard_of_its_desk_or_its_own() -> None:
    given = TEXT.replace("      integrity:\n", "      integrity:\n        guard: 0s\n", 1)
    rules = parse_policy(given).rules_for("main")

    assert (rules.guards.of("payments"), rules.guards.of("integrity")) == (600.0, 0.0)
    assert parse_policy(given).rules_for("vip").guards.of("hosts") == 0.0


def test_a_ticket_moved_to_another_queue_asks_for_what_that_queue_asks_for(policy: Policy) -> None:
    withdrawal = Kind("withdrawal", "ru", "telegram", "standard", urgent=False)

    moved = policy.treat("main", withdrawal._replace(queue="identity"))
    at_home = policy.treat("main", withdrawal._replace(queue="payments"))
    gone = policy.treat("main", withdrawal._replace(queue="closed_since"))

    assert moved == policy.treat("main", withdrawal._replace(queue="identity", topic="bonus"))
    assert moved.queue == "identity"
    assert moved.target_seconds == 600.0
    assert at_home == gone == policy.treat("main", withdrawal)
    assert policy.rules_for("main").queues >= {"identity", "payments", "general"}


def line_of(text: str) -> int:
    return TEXT[: TEXT.index(text)].count("\n") + 1


@pytest.mark.parametrize(
    ("was", "becomes", "field", "says"),
    [
        ("offer: 20s", "offer: 20", "desks.main.offer", "a number with its unit"),
        ("skip: 60s", "skp: 60s", "desks.main.skp", "unknown field"),
        ("skip: 60s", "hosts: {first: 60}", "desks.main.hosts.first", "a number with its unit"),
        ("skip: 60s", "hosts: {second: 1m}", "desks.main.hosts.second", "unknown field"),
        ("guard: 10m", "guard: 10", "desks.main.shifts.guard", "a number with its unit"),
        ("skip: 60s", "new_hires: {share: 0%}", "desks.main.new_hires.share", "from 1% to 100%"),
        ("skip: 60s", "new_hires: {shar: 5%}", "desks.main.new_hires.shar", "unknown field"),
        (
            "deposit: {queue: payments}",
            "deposit: {queue: payments, weight: 0}",
            "desks.main.topics.deposit.weight",
            "greater than 0",
        ),
        ("guard: 10m", "gard: 10m", "desks.main.shifts.gard", "unknown field"),
        ("deposit: {", "depozit: {", "desks.main.topics.depozit", "unknown topic"),
        ("{queue: identity}", "{queue: idntity}", "desks.main.topics.account.queue", "no queue"),
        (
            "needs: {betting: 3}",
            "needs: {bettng: 3}",
            "desks.main.topics.dispute.needs.bettng",
            "no skill",
        ),
        ("{chat: auto}", "{fax: auto}", "desks.main.accept.fax", "no channel 'fax'"),
        ("desk: main}", "desk: man}", "accounts.2.desk", "no desk 'man'"),
        ("tier: vip}", "tier: vp}", "accounts.0.tier", "no tier 'vp'"),
        ("urgent: 1", "urgent: 9", "urgent", "no priority 9"),
        *(
            ("tiers: [standard, vip]", f"tiers: {{standard: {{}}, vip: {vip}}}", field, says)
            for vip, field, says in (
                ("{factor: 0}", "tiers.vip.factor", "greater than 0"),
                ("{factor: 101}", "tiers.vip.factor", "less than or equal to 100"),
                ("{factr: 0.5}", "tiers.vip.factr", "unknown field"),
            )
        ),
        ("tiers: [standard, vip]", "tiers: [standard, VIP, vip]", "tiers.1", "match pattern"),
        ("default_language: en", "default_language: fi", "desks.main.default_language", "language"),
        ("otherwise: hosts", "otherwise: guests", "desks.vip.otherwise", "no queue 'guests'"),
        ("sticky: 1m", "review: appeals", "desks.main.review", "no queue 'appeals'"),
        ('{"*": 20m}', "{chat: 20m}", "desks.main.queues.integrity.targets", 'add "*"'),
        ("{vip: 1m, ", "{gold: 1m, ", "desks.vip.queues.hosts.targets.telegram.gold", "no tier"),
        ('{"*": 20m}', '{"*": 20}', "desks.main.queues.integrity.targets.*", "not a duration"),
        ("{vip: 1m, ", "{vip: 1, ", "desks.vip.queues.hosts.targets.telegram.vip", "not a dura"),
        ("ru: 3, lt", "ru: 9, lt", "desks.main.languages.ru", "less than or equal to 5"),
        ("ru: 3, lt", "no: 3, lt", "desks.main.languages", 'in quotes: "no"'),
        ("version: 1", "version: 0", "version", "greater than or equal to 1"),
        ("late: 25%", "late: 0.25", "desks.main.late", "write a percentage"),
        ("late: 25%", "late: 0%", "desks.main.late", "from 1% to 100%"),
        ("{ru: 1m, en", "{lv: 1m, en", "desks.main.fallbacks.lt.lv", "no language 'lv'"),
        ("{lt: {ru: 1m", "{en: {ru: 1m", "desks.main.fallbacks.en.en", "stand in for itself"),
        ("{lt: {ru: 1m", "{lv: {ru: 1m", "desks.main.fallbacks.lv", "no language 'lv'"),
        (
            "hard: [integrity]",
            "hard: [integrity, licence]",
            "desks.main.hard.1",
            "no skill 'licence'",
        ),
        ("queue: payments}]", "queue: pay}]", "desks.main.queues.identity.relax.0.queue", "'pay'"),
        (", queue: payments}]", "}]", "desks.main.queues.identity.relax.0", "relaxes nothing"),
        (
            "after: 5m, needs: {identity: 2}",
            "after: 5m, needs: {identity: 4}",
            "desks.main.topics.verification.relax.0.needs.identity",
            "needed at 3 here",
        ),
        (
            "after: 5m, needs: {identity: 2}",
            "after: 5m, needs: {betting: 2}",
            "desks.main.topics.verification.relax.0.needs.betting",
            "needed not at all here",
        ),
        (
            "after: 5m, needs: {identity: 2}",
            "after: 5m, needs: {integrity: 2}",
            "desks.main.topics.verification.relax.0.needs.integrity",
            "never falls",
        ),
        ("nudge: 5m", "nudge: 15m", "desks.main.unanswered.nudge", "reminded by then, for lead"),
        ("nudge: 5m, lead: 15m", "nudge: 30m", "desks.main.unanswered.nudge", "for requeue comes"),
        ("lead: 15m", "lead: 30m", "desks.main.unanswered.lead", "told by then, for requeue comes"),
        ("lead: 15m", "lead: 0s", "desks.main.unanswered.lead", "at once"),
        ("lead: 15m", "who: anna", "desks.main.unanswered.who", "without `lead`"),
        ("lead: 15m", "lead: 15m, who: Anna B", "desks.main.unanswered.who", "match pattern"),
        ("nudge: 1h", "nudge: 2d", "desks.main.waiting.nudge", "resolve comes first"),
        ("resolve: 1d", "resolve: 0s", "desks.main.waiting.resolve", "at once"),
        ("counts: 25%", "counts: 101%", "desks.main.waiting.counts", "from 0% to 100%"),
        ("name: turkish", "name: lithuanian", "desks.main.reserves.1.name", "name it differently"),
        ("{language: tr}", "{}", "desks.main.reserves.1.for", "must be for something"),
        ("{language: tr}", "{tier: gold}", "desks.main.reserves.1.for.tier", "no tier 'gold'"),
        (
            "{language: tr}",
            "{language: tr, skill: payments}",
            "desks.main.reserves.1.for",
            "either a language or a skill",
        ),
        ("sticky: 1m", "hours: 09:00-18:00", "desks.main.hours", "give a `zone` and a `week`"),
        (
            "sticky: 1m",
            "hours: {zone: CET/X, week: {mon: 09:00-18:00}}",
            "desks.main.hours.zone",
            "IANA",
        ),
        *(
            (
                "sticky: 1m",
                f"hours: {{zone: UTC, week: {{{week}}}}}",
                f"desks.main.hours.{field}",
                says,
            )
            for week, field, says in (
                ("mo: 09:00-18:00", "week.mo", "not a day"),
                ("sat-mon: 09:00-18:00", "week.sat-mon", "runs backwards"),
                ("mon-fri: 09:00-18:00, fri: 19:00-20:00", "week.fri", "under mon-fri already"),
                ("mon: 9-18", "week.mon", "not opening hours"),
                ("mon: 09:00-25:00", "week.mon", "no such time of day"),
                ("mon: 22:00-06:00", "week.mon", "ends before it begins"),
                ("mon: [09:00-13:00, 12:00-18:00]", "week.mon", "overlap"),
                ("mon: [20:00-24:00, 22:00-23:00]", "week.mon", "overlap"),
                ("mon: closed", "week", "nothing is ever open"),
            )
        ),
        ("sticky: 1m", "holidays: [2026-12-25]", "desks.main.holidays", "nothing here has `hours`"),
        ("sticky: 1m", "holidays: [2026-02-29]", "desks.main.holidays.0", "not a date"),
        (
            "prefers: {technical: 2}",
            "confidential: true",
            "desks.main.queues.technical.confidential",
            "only a protected queue has this",
        ),
        (
            "prefers: {technical: 2}",
            "when_nobody: {en: Soon.}",
            "desks.main.queues.technical.when_nobody",
            "only a protected queue has this",
        ),
        (
            "          tr: >-\n",
            "          de: >-\n",
            "desks.main.queues.integrity.when_nobody.de",
            "no language 'de'",
        ),
        (
            "interruptible: [mail]",
            "interruptible: [mail, fax]",
            "desks.vip.interruptible.1",
            "no channel 'fax'",
        ),
        (
            "interruptible: [mail]",
            f"interruptible: [{CHANNELS}]",
            "desks.vip.interruptible",
            "nothing is left that could interrupt",
        ),
        ("most: 3, per: 1h", "most: 3, per: 0s", "desks.main.pull.per", "0s would limit nothing"),
        ("most: 3, per: 1h", "most: 0, per: 1h", "desks.main.pull.most", "greater than or equal"),
        ("most: 3, per: 1h", "most: 3", "desks.main.pull.per", "missing: add it"),
        ("page: {after: 60s}", "page: {after: 0s}", "desks.main.page.after", "0s would page"),
        (
            "{after: 45m, queue: general}",
            "{after: 15m, queue: general}",
            "desks.main.queues.payments.escalate.1.after",
            "in the order of their times",
        ),
        (
            "{after: 45m, queue: general}",
            "{after: 45m, queue: integrity}",
            "desks.main.queues.payments.escalate.1.queue",
            "only integrity is protected",
        ),
        (
            "otherwise: general",
            "otherwise: integrity",
            "desks.main.otherwise",
            "name another for all the rest",
        ),
        (
            "{language: tr}, slots: 1",
            "{language: tr}, slots: 1, among: {poker: 1}",
            "desks.main.reserves.1.among.poker",
            "no skill 'poker'",
        ),
    ],
)
def test_a_fault_is_told_with_its_line_its_field_and_the_remedy(
    was: str, becomes: str, field: str, says: str
) -> None:
    with pytest.raises(FileInvalid) as caught:
        parse_policy(TEXT.replace(was, becomes, 1), name="betting.yaml")

    [problem] = caught.value.problems
    assert (problem.field, problem.line) == (field, line_of(was))
    assert says in problem.says
    assert f"betting.yaml, line {problem.line}: {field}: " in str(caught.value)


def test_a_missing_field_is_told_where_it_belongs() -> None:
    with pytest.raises(FileInvalid) as caught:
        parse_policy(TEXT.replace("    otherwise: hosts\n", ""))

    [problem] = caught.value.problems
    assert problem == (line_of("  vip:\n"), "desks.vip.otherwise", "missing: add it")


def test_a_key_given_twice_is_told_with_both_lines() -> None:
    with pytest.raises(FileInvalid, match="line 13: priority: given twice, first on line 12"):
        parse_policy(TEXT.replace("priority: 3\n", "priority: 3\npriority: 4\n", 1))


def test_the_last_account_must_match_everything() -> None:
    with pytest.raises(FileInvalid, match="the last account must match everything"):
        parse_policy(TEXT.replace('{channel: "*", account: "*"', '{channel: "*", account: "x"'))


@pytest.mark.parametrize("text", ["a: [", "\t- x", "a: &x 1\nb: *x", "", "[1]", "1", "a: \x00"])
def test_what_is_no_policy_at_all_is_refused_with_a_line(text: str) -> None:
    with pytest.raises(FileInvalid, match=r"policy, line [12]:"):
        parse_policy(text)


def test_several_faults_are_told_together_in_the_files_order() -> None:
    broken = TEXT.replace("offer: 20s", "offer: 20").replace("skip: 60s", "skp: 60s")

    with pytest.raises(FileInvalid) as caught:
        parse_policy(broken)

    lines = [problem.line for problem in caught.value.problems]
    assert lines == sorted(lines)
    assert len(lines) == 2


def test_the_roster_of_the_betting_company_fits_its_policy() -> None:
    profiles = load_roster(FOLDER / "agents.yaml", policy=load_policy(FOLDER / "betting.yaml"))

    assert len(profiles) >= 16
    assert {profile.desk for profile in profiles} == {"main", "vip"}


def test_another_business_has_its_own_policy_and_people() -> None:
    shop = load_policy(FOLDER / "shop.yaml")
    friday_evening = datetime(2026, 11, 20, 19, 30, tzinfo=ZoneInfo("Europe/Vilnius")).timestamp()
    saturday = datetime(2026, 11, 21, 11, 30, tzinfo=ZoneInfo("Europe/Vilnius")).timestamp()
    asked = partial(
        route, shop, desk="shop", lang="lt", channel="mail", waiting_since=friday_evening
    )

    assert asked(topic="withdrawal").due_at == saturday + 2 * 3_600
    assert asked(topic="technical").due_at == friday_evening + 3_600


@pytest.mark.parametrize(
    ("file", "people"), [("betting.yaml", "agents.yaml"), ("shop.yaml", "shop-agents.yaml")]
)
def test_somebody_can_take_every_kind_of_ticket(file: str, people: str) -> None:
    policy = load_policy(FOLDER / file)
    profiles = load_roster(FOLDER / people, policy=policy)
    for desk in policy.desks():
        section = policy.by_desk[desk].section
        channels = ("telegram", "mail") if desk == "vip" else policy.channels
        for topic in (*section.topics, "weather"):
            for lang in section.languages:
                for channel in channels:
                    needs = route(
                        policy, desk=desk, topic=topic, lang=lang, channel=channel
                    ).requirement.needs
                    assert any(
                        profile.desk == desk
                        and channel in profile.channels
                        and all(
                            profile.skills.get(need.skill, 0) >= need.level
                            for need in needs
                            if need.hard
                        )
                        for profile in profiles
                    ), (desk, topic, lang, channel)


def test_an_agent_of_all_channels_serves_those_of_the_policy(policy: Policy) -> None:
    anna = parse_roster(
        ROSTER.replace("channels: [form, telegram, chat]", "channels: all", 1), policy=policy
    )[0]

    assert anna.channels == tuple(policy.channels)


def test_the_shifts_of_the_roster_are_told_in_utc(policy: Policy) -> None:
    shifts = '[{starts_at: "2026-11-23T09:00+02:00", ends_at: "2026-11-23T18:00+02:00"}]'
    text = ROSTER.replace("capacity: 3\n", f"capacity: 3\n    shifts: {shifts}\n", 1)

    anna, boris = parse_roster(text, policy=policy)[:2]

    assert anna.shifts is not None
    assert [(each.starts_at.hour, each.ends_at.hour) for each in anna.shifts] == [(7, 16)]
    assert (boris.shifts, boris.keep_shifts) == (None, True)


@pytest.mark.parametrize(("says", "shifts"), [("null", None), ("[]", ())])
def test_a_roster_that_says_an_agent_has_no_shifts_takes_them_away(
    policy: Policy, says: str, shifts: tuple[()] | None
) -> None:
    text = ROSTER.replace("capacity: 3\n", f"capacity: 3\n    shifts: {says}\n", 1)

    anna = parse_roster(text, policy=policy)[0]
    assert (anna.shifts, anna.keep_shifts) == (shifts, None)


def test_the_roster_says_until_when_somebody_is_new(policy: Policy) -> None:
    until = 'new_hire_until: "2026-12-01T00:00+02:00"'
    text = ROSTER.replace("capacity: 3\n", f"capacity: 3\n    {until}\n", 1)

    anna, boris = parse_roster(text, policy=policy)[:2]

    assert anna.new_hire_until == datetime(2026, 11, 30, 22, tzinfo=ZoneInfo("UTC"))
    assert boris.new_hire_until is None


@pytest.mark.parametrize(
    ("shift", "field", "says"),
    [
        ('{starts_at: "2026-11-23T09:00", ends_at: "2026-11-23T18:00Z"}', "starts_at", "its zone"),
        ('{starts_at: "2026-11-23T09:00Z"}', "ends_at", "missing"),
        (
            '{starts_at: "2026-11-23T09:00Z", ends_at: "2026-11-23T09:00Z"}',
            "ends_at",
            "ends before it begins",
        ),
    ],
)
def test_a_fault_of_a_shift_is_told_with_its_line(
    policy: Policy, shift: str, field: str, says: str
) -> None:
    text = ROSTER.replace("capacity: 3\n", f"capacity: 3\n    shifts: [{shift}]\n", 1)
    with pytest.raises(FileInvalid) as caught:
        parse_roster(text, policy=policy)

    [problem] = caught.value.problems
    line = text[: text.index("shifts:")].count("\n") + 1
    assert (problem.field, problem.line) == (f"agents.0.shifts.0.{field}", line)
    assert says in problem.says


@pytest.mark.parametrize(
    ("was", "becomes", "field", "says"),
    [
        ("desk: main", "desk: man", "agents.0.desk", "no desk 'man'"),
        ("payments: 3", "paymnts: 3", "agents.0.skills.paymnts", "no skill"),
        ("[form, telegram, chat]", "[form, fax, chat]", "agents.0.channels.1", "no channel 'fax'"),
        ("id: ru-boris", "id: ru-anna", "agents.1.id", "another agent already"),
        ("[form, telegram, chat]", "most", "agents.0.channels", "'all'"),
        ("lang.ru: 5", "lang.ru: 6", "agents.0.skills.lang.ru", "less than or equal to 5"),
    ],
)
def test_a_fault_of_the_roster_is_told_with_its_line(
    policy: Policy, was: str, becomes: str, field: str, says: str
) -> None:
    with pytest.raises(FileInvalid) as caught:
        parse_roster(ROSTER.replace(was, becomes, 1), policy=policy)

    [problem] = caught.value.problems
    assert (problem.field, problem.line) == (
        field,
        ROSTER[: ROSTER.index(was)].count("\n") + 1,
    )
    assert says in problem.says
