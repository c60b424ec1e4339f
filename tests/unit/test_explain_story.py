"""A ticket's story, told from what a desk really did."""

from dataclasses import replace
from datetime import time
from zoneinfo import ZoneInfo

import pytest

from services.router.domain.agent import AgentState
from services.router.domain.events import PresenceReported, SetState
from services.router.domain.hours import Hours
from services.router.domain.ladder import Rung
from services.router.domain.picks import PickLimit
from services.router.domain.protection import Protection
from services.router.domain.requirement import Need, Stage
from services.router.domain.rules import Elsewhere
from services.router.domain.treatment import Kind, Treatment
from services.router.explain.handler import UnknownTicket
from tests.unit.desk_driver import RULES, requirement
from tests.unit.explain_recording import Recording, lines, moment, why_not

PAYMENTS = requirement(Need("lang.ru", 3), Need("payments", 2))
HOUR = 3600.0
RU_PAYMENTS = {"lang.ru": 3, "payments": 2}


async def test_a_ticket_that_went_well_is_told_from_opening_to_close() -> None:
    desk = Recording()
    desk.staff(anna=1.0)
    desk.deal("t1", due=300)
    desk.now += 4
    desk.accept("t1")
    desk.now += 60
    desk.reply("t1", "Ваш депозит зачислен")
    desk.resolve("t1")
    desk.finish("t1")
    desk.wait(RULES.reopen_seconds)

    told = await desk.explain("t1")

    assert lines(told) == [
        "opened: web, queue payments, priority 0",
        "offered to anna",
        "anna accepted",
        "anna replied",
        "anna resolved it",
        "anna finished the after-work",
        "closed: the time to reopen it is over",
    ]
    assert moment(told, "opened").details == (
        "a standard customer, ru, about deposit; due 14:18:20 (in 5 min)",
        "needs lang.ru 1",
    )
    assert [moment(told, on).after for on in ("dealt", "accepted", "replied")] == [0, 4, 64]
    assert (told.state, told.waiting, told.gaps) == ("closed", (), ())


async def test_silence_is_told_and_whose_it_was() -> None:
    rules = replace(
        RULES,
        agent_nudge_seconds=60.0,
        agent_lead_seconds=90.0,
        agent_silence_seconds=120.0,
        customer_nudge_seconds=300.0,
        customer_silence_seconds=600.0,
        skip_seconds=30.0,
    )
    desk = Recording(rules=rules)
    desk.staff(anna=1.0)
    desk.deal("t1")
    desk.accept("t1")
    desk.wait(60)
    desk.wait(30)
    desk.wait(30)
    desk.wait(30)
    desk.accept("t1")
    desk.reply("t1", "which card?", awaits=True)
    desk.entry("t1")
    desk.reply("t1", "and when?", awaits=True)
    desk.wait(300)
    desk.wait(300)

    assert lines(await desk.explain("t1"))[3:] == [
        "anna was reminded to answer",
        "lead was told that anna does not answer",
        "taken back from anna, who did not answer",
        "offered to anna",
        "anna accepted",
        "anna replied",
        "the customer wrote",
        "the customer answered",
        "anna replied",
        "time to remind the customer",
        "resolved by itself: the customer did not answer",
    ]


async def test_a_ticket_set_aside_and_one_handed_on_are_told_with_until_when_and_to_whom() -> None:
    desk = Recording(rules=replace(RULES, queues=frozenset({"payments", "identity"})))
    desk.staff(anna=1.0, boris=1.0)
    desk.deal("t1")
    desk.accept("t1")
    first = desk.get("t1").agent
    desk.park("t1", 600, reason="a secret")
    desk.wait(600)
    desk.accept("t1")
    second = "boris" if first == "anna" else "anna"
    desk.transfer("t1", to_agent=second, note="a secret")
    desk.settle()
    desk.accept("t1")
    desk.transfer("t1", to_queue="identity")

    told = await desk.explain("t1")

    assert lines(told)[3:] == [
        f"{first} set it aside until 14:23:20",
        "back from where it was set aside",
        f"offered to {first}",
        f"{first} accepted",
        f"{first} handed it on to {second}",
        f"offered to {second}",
        f"{second} accepted",
        f"{second} handed it on to the queue identity",
    ]
    assert "secret" not in told.model_dump_json()


async def test_a_ticket_and_its_tasks_tell_of_each_other() -> None:
    desk = Recording(rules=replace(RULES, queues=frozenset({"payments", "kyc"}), skip_seconds=60.0))
    desk.staff(anna=1.0, boris=1.0)
    desk.deal("t1")
    desk.accept("t1")
    anna = desk.get("t1").agent
    boris = "boris" if anna == "anna" else "anna"
    desk.task("t1", "kyc", "a secret", wait=False)
    desk.task("t1", "kyc", "a secret")
    desk.wait(5)
    desk.accept("t1.t1")
    desk.wait(720)
    desk.resolve("t1.t1")
    desk.finish("t1.t1")
    desk.settle()
    desk.entry("t1")
    desk.settle()
    desk.state("anna", AgentState.BREAK)
    desk.state("boris", AgentState.BREAK)

    told, task = await desk.explain("t1"), await desk.explain("t1.t1", agent=anna)

    said = lines(told)
    assert said[3:6] == [
        f"{anna} opened its task t1.t1 (kyc) and goes on with it",
        f"{anna} set it aside until its task t1.t2 (kyc) is done",
        f"its task t1.t1 was done by {boris}, 12 min 5 s after it was opened",
    ]
    assert lines(task) == [
        f"opened by {anna} as a task of t1: queue kyc",
        f"offered to {boris}",
        f"{boris} accepted",
        f"{boris} resolved it",
        f"{boris} finished the after-work",
    ]
    assert why_not(task).says.startswith("had asked for it, ")
    assert moment(task, "opened").details[1] == "needs lang.ru 1"
    assert "secret" not in told.model_dump_json() + task.model_dump_json()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("t1", "anna asked for this one"),
        ("", "anna asked for the next, and it was the first that they could take"),
    ],
)
async def test_a_ticket_that_an_agent_took_from_the_queue_is_told_as_theirs(
    name: str, why: str
) -> None:
    desk = Recording(rules=replace(RULES, pull=PickLimit(1, 60.0)))
    desk.staff(anna=1.0, boris=1.0)
    desk.open("t1", due=300)
    desk.now += 9
    desk.pull("anna", name)

    told = await desk.explain("t1", agent="boris")

    assert lines(told)[1:] == ["anna took it from the queue themselves", "anna accepted"]
    dealt = moment(told, "dealt")
    assert dealt.details == ("it had waited 9 s, due 14:18:20 (in 4 min 51 s)", why)
    boris = why_not(told)
    assert (boris.rule, boris.says) == ("pulled", "anna took it from the queue themselves")
    assert why_not(await desk.explain("t1", agent="anna")).rule == "chosen"


async def test_a_re_review_is_told_with_the_queue_it_went_to_and_whom_it_passed_by() -> None:
    desk = Recording(rules=replace(RULES, queues=frozenset({"payments"})))
    desk.staff(anna=1.0, boris=1.0)
    desk.deal("t1")
    desk.accept("t1")
    desk.escalate("t1", to_queue="payments", note="a secret")
    desk.settle()

    told = await desk.explain("t1")

    assert lines(told)[3:] == [
        "anna sent it for re-review to the queue payments",
        "offered to boris",
    ]
    assert "1 decided it before it came to re-review" in told.moments[-1].details[-1]
    assert "secret" not in told.model_dump_json()


async def test_a_customer_who_became_a_vip_is_told_with_the_deadlines_before_and_after() -> None:
    def treat(kind: Kind) -> Treatment:
        target = 60.0 if kind.tier == "vip" else 600.0
        return Treatment("payments", 0, requirement(), target)

    desk = Recording(rules=replace(RULES, treat=treat))
    desk.open("t1")
    desk.wait(10)
    desk.profile("t1", "vip", "anna")
    desk.wait(5)
    desk.profile("t1", "vip", version=2)
    desk.staff(anna=1.0)

    told = await desk.explain("t1")

    assert lines(told)[1:] == ["the customer's profile changed"] * 2 + ["offered to anna"]
    assert moment(told, "opened").details[0] == (
        "a standard customer, ru, about deposit; due 14:23:20 (in 10 min)"
    )
    assert moment(told, "customer_profiled").details == (
        "a vip customer, standard before; due 14:14:20 (in 50 s)",
        "first for anna",
    )
    assert moment(told, "customer_profiled", number=1).details == (
        "a vip customer; due 14:14:20 (in 45 s)",
    )


async def test_a_customers_own_agent_is_named_as_the_reason() -> None:
    desk = Recording()
    desk.open("t1")
    desk.wait(300)
    desk.hire("host", {"lang.ru": 3, "lang.lt": 5})
    desk.hire("anna")
    desk.profile("t1", "standard", "host")
    desk.desk.apply(PresenceReported("e", "n1", frozenset({"anna", "host"}), 5.0), now=desk.now)
    for name in ("anna", "host"):
        desk.tell(SetState("e", name, AgentState.READY, None, None))
    desk.settle()

    told = await desk.explain("t1", agent="anna")

    assert moment(told, "dealt").details[1] == "host is the customer's own agent and was free"
    assert why_not(told).rule == "host"


async def test_a_protected_ticket_nobody_was_there_for_is_told_with_what_was_done() -> None:
    protection = Protection(60.0, {"ru": "Вам ответят."}, "ru")
    desk = Recording(rules=replace(RULES, protected={"payments": protection}))
    desk.arrive(replace(desk.ticket("t1"), lane="payments", beside="t0"))
    desk.settle()
    desk.wait(60)

    told = await desk.explain("t1")

    assert lines(told)[1:] == [
        "safe reply sent to the customer",
        "on-call paged: nobody who could take it was ready",
        "on-call paged: nobody had taken it in time",
    ]
    assert moment(told, "opened").details[-1] == "beside ticket t0"
    assert "Вам" not in told.model_dump_json()


def by_queue(kind: Kind) -> Treatment:
    queue = kind.queue or "payments"
    return Treatment(queue, 3, requirement(queue=queue, channel=kind.channel), HOUR)


MATTERS = replace(RULES, treat=by_queue, protected={"care": Protection(60.0)})


async def test_a_ticket_moved_by_a_matter_of_the_customer_is_told_with_why_and_where() -> None:
    desk = Recording(rules=MATTERS)
    desk.open("t1")
    desk.profile("t1", "standard", matter="care")

    assert lines(await desk.explain("t1"))[:3] == [
        "opened: web, queue payments, priority 3",
        "the customer's profile changed",
        "a protected matter of the customer is open: moved to the queue care",
    ]


async def test_an_offer_that_a_matter_took_back_is_told_with_whose_it_was() -> None:
    desk = Recording(rules=MATTERS)
    desk.staff(anna=1.0)
    desk.deal("t1")
    desk.profile("t1", "standard", matter="care")

    told = await desk.explain("t1")

    assert moment(told, "matter_opened").says == (
        "a protected matter of the customer is open: taken back from anna and moved to the queue"
        " care"
    )


async def test_a_ticket_opened_in_a_matter_of_the_customer_is_told_with_why() -> None:
    desk = Recording(rules=MATTERS)
    desk.arrive(replace(desk.ticket("t1"), lane="care", moved_to="care", beside="t0"))

    told = await desk.explain("t1")

    assert lines(told)[0] == "opened: web, queue care, priority 3"
    assert moment(told, "opened").details[-2:] == (
        "there since a protected matter of the customer is open",
        "beside ticket t0",
    )


async def test_a_ticket_that_waited_on_is_told_with_each_step_and_the_queue_it_began_in() -> None:
    def treat(kind: Kind) -> Treatment:
        queue = kind.queue or "payments"
        return Treatment(queue, 3, requirement(queue=queue, channel=kind.channel), HOUR)

    ladder = (
        Rung(600.0, page="lead"),
        Rung(1_200.0, queue="general"),
        Rung(2_400.0, texts={"ru": "Мы о вас помним."}, default_language="ru"),
    )
    desk = Recording(rules=replace(RULES, treat=treat, escalations={"payments": ladder}))
    desk.open("t1")
    desk.settle()
    for _ in range(3):
        desk.wait(1_200)

    told = await desk.explain("t1")

    assert lines(told) == [
        "opened: web, queue payments, priority 3",
        "still waiting: lead paged",
        "still waiting: moved on to the queue general",
        "still waiting: the customer was told",
    ]
    assert "помним" not in told.model_dump_json()


async def test_nothing_of_the_customer_or_their_words_is_told() -> None:
    desk = Recording()
    desk.staff(anna=1.0)
    desk.deal("t1")
    desk.accept("t1")
    desk.reply("t1", "a secret")

    told = (await desk.explain("t1", agent="anna")).model_dump_json()

    for word in ("customer of t1", "secret", "web:main:t1", "t1-m0"):
        assert word not in told


async def test_a_deal_says_who_else_could_and_how_many_each_rule_excluded() -> None:
    desk = Recording()
    for name, skills in {"anna": RU_PAYMENTS, "boris": {**RU_PAYMENTS, "lang.en": 5}}.items():
        desk.hire(name, skills)
    for name in ("cem", "deniz", "egle"):
        desk.hire(name, {"lang.tr": 5})
    desk.hire("fedor", RU_PAYMENTS)
    desk.hire("galina", RU_PAYMENTS, channels=frozenset({"email"}))
    desk.connect("anna", "boris", "cem", "deniz", "egle", "fedor", "galina")
    for name in ("anna", "boris", "cem", "galina"):
        desk.state(name)
    desk.state("fedor", AgentState.BREAK)
    desk.deal("t1", PAYMENTS, due=60)

    [waited, because, following, counted] = moment(await desk.explain("t1"), "dealt").details

    assert waited == "it had waited 0 s, due 14:14:20 (in 1 min)"
    assert because == ("anna was the better fit: would leave 0 skill levels unused, boris 5")
    assert following.startswith("next: boris (leaves 5, load 0%")
    assert counted == (
        "2 could take it; 3 lacked a skill it needs; 1 was not ready for its channel;"
        " 1 was not ready or not connected"
    )


async def test_the_only_one_who_could_is_said_to_be_the_only_one() -> None:
    desk = Recording()
    desk.staff(anna=1.0)
    desk.deal("t1")
    assert (
        "anna was the only one who could take it"
        in moment(await desk.explain("t1"), "dealt").details
    )


async def test_load_decides_among_equals_then_idleness() -> None:
    desk = Recording()
    desk.staff(anna=2.0, boris=2.0)
    first = desk.deal("t1")
    desk.now += 5
    second = desk.deal("t2")
    desk.now += 5
    third = desk.deal("t3")

    assert (first, second, third) == ("anna", "boris", "anna")
    told = [moment(await desk.explain(name), "dealt").details[1] for name in ("t1", "t2", "t3")]
    assert told == [
        "anna was alike in all else, and first by id before boris",
        "boris was less to do: 0% of their slots taken, anna 50%",
        "anna was idle for longer: since 14:13:20, boris since 14:13:25",
    ]


async def test_declines_and_silences_are_told_and_the_count_follows() -> None:
    desk = Recording()
    desk.staff(anna=1.0, boris=1.0)
    desk.deal("t1")
    desk.now += 3
    desk.decline("t1")
    desk.settle()
    desk.wait(RULES.offer_seconds)

    told = await desk.explain("t1")

    assert lines(told)[1:] == [
        "offered to anna",
        "anna declined",
        "offered to boris",
        "boris let the offer pass",
    ]
    assert moment(told, "dealt", number=1).details[-1] == (
        "1 could take it; 1 had declined it or let it pass"
    )


async def test_a_reopened_ticket_goes_back_to_who_had_it_and_says_so() -> None:
    desk = Recording()
    desk.staff(anna=1.0, boris=1.0)
    desk.deal("t1")
    desk.accept("t1")
    desk.resolve("t1")
    desk.finish("t1")
    desk.now += 30
    desk.entry("t1")
    desk.settle()

    told = await desk.explain("t1")

    assert "the customer wrote again: reopened" in lines(told)
    assert moment(told, "dealt", number=1).details[1] == "anna had it before and was free"


async def test_each_stage_that_began_while_it_waited_has_its_moment() -> None:
    widening = replace(
        requirement(Need("payments", 2)),
        stages=(
            Stage(0.0, ((Need("lang.lt", 3),),)),
            Stage(60.0, ((Need("lang.ru", 3),), (Need("lang.en", 3),))),
        ),
    )
    desk = Recording()
    desk.hire("anna", RU_PAYMENTS)
    desk.connect("anna", period=1e6)
    desk.state("anna")
    desk.open("t1", widening)
    desk.settle()
    desk.wait(61)

    told = await desk.explain("t1")

    assert lines(told) == [
        "opened: web, queue payments, priority 0",
        "stage 1 after 1 min: needs payments 2; and lang.lt 3 or lang.ru 3 or lang.en 3",
        "offered to anna",
    ]
    assert moment(told, "opened").details[1] == "needs payments 2; and lang.lt 3"
    assert (
        "at stage 1 of its needs: payments 2; and lang.lt 3 or lang.ru 3 or lang.en 3"
        in moment(told, "dealt").details
    )


async def test_a_ticket_nobody_can_take_says_why_it_waits() -> None:
    desk = Recording()
    desk.staff(anna=1.0)
    desk.hire("cem", {"lang.tr": 5})
    desk.state("anna", AgentState.BREAK)
    desk.open("t1", due=60)
    desk.settle()
    desk.now += 90

    told = await desk.explain("t1", agent="anna")

    assert told.waiting == (
        "due 14:14:20 (30 s ago)",
        "nobody could take it now; 1 was not ready or not connected; 1 lacked a skill it needs",
    )
    assert told.why_not is not None
    assert (told.why_not.rule, told.why_not.says) == ("state", "on break")


def office(target: float, *spans: tuple[time, time]) -> Recording:
    """One treatment for every kind; NOON is the afternoon of a Monday."""
    hours = Hours(ZoneInfo("UTC"), dict.fromkeys(range(5), spans)) if spans else None
    treatment = Treatment("payments", 0, requirement(), target, hours)
    return Recording(rules=replace(RULES, treat=lambda _: treatment))


async def test_a_deadline_that_leaves_the_night_out_says_so() -> None:
    desk = office(HOUR, (time(9), time(14, 30)))
    desk.open("t1")
    desk.wait(60)

    told = await desk.explain("t1")

    due = "due 2026-09-22 09:43:20 by opening hours"
    assert moment(told, "opened").details[0].endswith(f"{due} (in 19 h 30 min)")
    assert f"{due} (in 19 h 29 min)" in told.waiting
    desk.staff(anna=1.0)
    dealt = moment(await desk.explain("t1"), "dealt")
    assert dealt.details[0] == f"it had waited 1 min, {due} (in 19 h 29 min)"


@pytest.mark.parametrize("spans", [(), ((time(9), time(18)),)])
async def test_a_deadline_of_the_same_day_does_not_speak_of_hours(
    spans: tuple[tuple[time, time], ...],
) -> None:
    desk = office(HOUR, *spans)
    desk.staff(anna=1.0)
    desk.deal("t1")

    told = await desk.explain("t1")

    assert moment(told, "dealt").details[0] == "it had waited 0 s, due 15:13:20 (in 1 h)"
    assert "opening hours" not in str(told)


async def test_a_deadline_of_other_hours_than_those_of_today_is_told_without_a_reason() -> None:
    desk = office(HOUR, (time(9), time(14, 30)))
    desk.staff(anna=1.0)
    desk.deal("t1")
    desk.rules = office(HOUR, (time(8), time(14, 30))).rules

    assert "opening hours" not in str(await desk.explain("t1"))


async def test_what_an_unknown_step_is_called_is_still_told() -> None:
    desk = Recording()
    desk.staff(anna=1.0)
    desk.deal("t1")
    step = next(change for change in desk.changes if change.get("ticket") == "t1")["steps"][0]  # type: ignore[typeddict-item]
    step |= {"on": "handed_over", "agent": "zoe", "from_state": "accepted", "to_state": "parked"}

    assert lines(await desk.explain("t1"))[0] == "handed over, zoe: accepted to parked"


async def test_fields_of_a_decision_that_are_new_show_as_they_are() -> None:
    desk = Recording()
    desk.staff(anna=1.0)
    desk.deal("t1")
    for change in desk.changes:
        for step in change.get("steps", []):  # type: ignore[attr-defined]
            if step["decision"]:
                step["decision"] |= {"lucky_charm": 7}
                step["decision"]["excluded"] = {"horoscope": 2}

    details = moment(await desk.explain("t1"), "dealt").details

    assert "lucky charm: 7" in details
    assert "1 could take it; 2 excluded by horoscope" in details


async def test_what_is_missing_of_a_story_is_said() -> None:
    desk = Recording()
    desk.staff(anna=1.0)
    desk.deal("t1")
    desk.accept("t1")
    desk.entry("t1")
    desk.resolve("t1")
    of_ticket = [change for change in desk.changes if change.get("ticket") == "t1"]

    async def without(*gone: int) -> tuple[str, ...]:
        kept = desk.changes
        desk.changes = [each for each in kept if each not in [of_ticket[one] for one in gone]]
        told = await desk.explain("t1")
        desk.changes = kept
        return told.gaps

    assert await without() == ()
    assert await without(0) == ("its beginning is not kept any more",)
    assert await without(1) == (
        "1 of its changes in between are not recorded yet, or not kept any more",
    )
    assert await without(3, 4) == ("its last 2 changes are not recorded yet",)
    assert await without(*range(len(of_ticket))) == (
        "none of what happened to it is kept: it has aged out, or is not recorded yet",
    )


async def test_a_change_without_a_step_is_no_gap() -> None:
    desk = Recording()
    desk.staff(anna=1.0)
    desk.deal("t1")
    desk.accept("t1")
    desk.accept("t1")  # repeated: the card is shown again
    desk.entry("t1")

    assert (await desk.explain("t1")).gaps == ()


async def test_a_merge_and_its_undoing_are_told_in_both_stories() -> None:
    desk = Recording()
    desk.staff(anna=1.0)
    desk.deal("t1")
    desk.accept("t1")
    desk.open("t2", due=300)
    desk.settle()
    desk.merge("t1", "t2")
    desk.entry("t2")
    desk.split("t1", "t2")
    whole, part = [await desk.explain(ticket) for ticket in ("t1", "t2")]

    assert lines(whole)[3:] == [
        "anna merged t2 into it",
        "the customer wrote to t2, which is merged into it",
        "anna split t2 off",
    ]
    assert lines(part)[1:] == [
        "anna merged it into t1",
        "the customer wrote",
        "anna split it off from t1: it waits again",
    ]
    assert moment(whole, "merged_in").details == ("due 14:18:20 (in 5 min)",)
    assert moment(whole, "split").details == ("due 14:23:20 (in 10 min)",)
    assert "due 14:23:20 (in 10 min)" in moment(whole, "opened").details[0]
    assert (whole.gaps, part.gaps) == ((), ())


async def test_a_ticket_that_does_not_exist_is_named() -> None:
    with pytest.raises(UnknownTicket, match="there is no ticket t9"):
        await Recording().explain("t9")


async def test_a_ticket_that_went_to_another_desk_and_back_is_told_as_one_story() -> None:
    casino = {"casino": Elsewhere(frozenset({"slots"}), {})}
    desk = Recording(rules=replace(RULES, elsewhere=casino))
    desk.staff(anna=1)
    desk.deal("t1")
    desk.accept("t1")
    ticket = desk.get("t1")
    desk.transfer("t1", to_desk="casino", to_queue="slots")
    desk.arrive(replace(ticket, moved_to="", came_from="casino", moves=2))
    desk.settle()

    told = await desk.explain("t1")

    assert lines(told)[3:] == [
        "anna handed it on to the desk casino, queue slots",
        "it waits at the desk main now, where it came from the desk casino",
        "offered to anna",
    ]
