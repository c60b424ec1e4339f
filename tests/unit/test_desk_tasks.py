"""An agent asks somebody else to do something for a ticket."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from services.router.domain.agent import AgentState
from services.router.domain.clocks import ClockRule
from services.router.domain.effects import CardShown, Effect, Rejected, ReplySent, TicketStepped
from services.router.domain.events import OpenTask, SetState
from services.router.domain.ladder import Rung
from services.router.domain.picks import PickLimit
from services.router.domain.protection import Protection
from services.router.domain.requirement import Need, Requirement
from services.router.domain.rules import Elsewhere
from services.router.domain.tasks import UNTIED, Tasks
from services.router.domain.ticket import TicketState
from services.router.domain.treatment import Kind, Treatment
from tests.unit.desk_driver import RULES, Driver, dealt, gone, rejections, steps

TARGETS = {"payments": 600.0, "kyc": 1_800.0, "it": 900.0}


def treat(kind: Kind) -> Treatment:
    queue = kind.queue or "payments"
    spoken = (Need(f"lang.{kind.lang or 'en'}"),)
    needs = spoken if queue == "payments" else (Need(queue), *spoken)
    clocks = (ClockRule("law", 5_000.0, statutory=True),)
    wanted = Requirement(queue, kind.channel, tuple(sorted(needs)), 1.0)
    return Treatment(queue, 3, wanted, TARGETS[queue], clocks=clocks)


DESK = replace(RULES, queues=frozenset(TARGETS), treat=treat, sticky_seconds=60.0)


def desk_of(**changed: object) -> Driver:
    """Anna, who speaks Russian and has room for one, has taken `t`; Kim does KYC in English, and
    Ilya IT."""
    desk = Driver(rules=replace(DESK, **changed))  # type: ignore[arg-type]
    desk.hire("anna")
    desk.hire("kim", {"lang.en": 3, "kyc": 3})
    desk.hire("ilya", {"lang.en": 3, "it": 3})
    desk.connect("anna", "kim", "ilya")
    for name in ("anna", "kim", "ilya"):
        desk.state(name)
    assert desk.deal("t") == "anna"
    desk.accept("t")
    return desk


def opened(desk: Driver, to_queue: str = "kyc", *, wait: bool = True, of: str = "t") -> str:
    """Its id, once it was dealt and accepted."""
    assert rejections(desk.task(of, to_queue, wait=wait)) == []
    task = f"{of}.t{desk.get(of).tasks.opened}"
    assert ("dealt" in steps(desk.settle())) == (desk.get(task).state is TicketState.OFFERED)
    if desk.get(task).state is TicketState.OFFERED:
        desk.accept(task)
    return task


def done(desk: Driver, task: str) -> list[Effect]:
    effects = desk.resolve(task)
    desk.finish(task)
    return effects


def said(effects: list[Effect]) -> list[tuple[str, str]]:
    return [(each.ticket.id, each.on) for each in effects if isinstance(each, TicketStepped)]


def detail(effects: list[Effect]) -> str:
    [rejected] = [each for each in effects if isinstance(each, Rejected)]
    return rejected.detail


def test_a_ticket_set_aside_for_a_task_frees_the_slot_and_the_task_is_dealt() -> None:
    desk = desk_of()
    effects = desk.task("t", "kyc", "check the passport")
    assert said(effects) == [("t", "task_opened"), ("t.t1", "opened")]
    assert gone(effects) == [("anna", "parked")]
    assert desk.get("t").state is TicketState.PARKED
    assert dealt(desk.settle()) == [("t.t1", "kim")]
    assert desk.deal("next") == "anna"


def test_a_task_is_due_by_its_queue_s_target_from_when_it_was_opened() -> None:
    desk = desk_of()
    desk.wait(100)
    desk.task("t", "kyc")
    task, parent = desk.get("t.t1"), desk.get("t")
    assert (task.queued_at, task.due_at) == (desk.now, desk.now + 1_800)
    assert (parent.queued_at, parent.due_at) == (desk.now - 100, desk.now + 500)


def test_a_task_keeps_its_ticket_s_channel_but_asks_for_the_desk_s_own_language() -> None:
    desk = desk_of()
    task = desk.get(opened(desk))
    assert task.requirement.channel == desk.get("t").requirement.channel
    assert task.requirement.needs == (Need("kyc"), Need("lang.en"))
    assert (task.lang, task.joinable, task.clocks) == ("ru", False, ())


def test_a_task_s_card_says_what_is_to_be_done_and_for_which_ticket() -> None:
    desk = desk_of()
    desk.task("t", "kyc", "check the passport")
    [card] = [each for each in desk.settle() if isinstance(each, CardShown)]
    assert (card.tasks.parent, card.tasks.note) == ("t", "check the passport")


def test_a_ticket_wakes_in_the_turn_in_which_its_task_is_done_for_who_set_it_aside() -> None:
    desk = desk_of()
    task = opened(desk)
    assert desk.deal("next") == "anna"
    desk.accept("next")
    effects = desk.resolve(task)
    assert said(effects) == [(task, "resolved"), ("t", "task_done"), ("t", "woken")]
    assert dealt(desk.settle()) == []
    desk.resolve("next")
    desk.finish("next")
    [card] = [each for each in desk.settle() if isinstance(each, CardShown)]
    assert (card.agent, card.ticket.id) == ("anna", "t")
    assert (card.tasks.open, card.tasks.done) == ((), (task, "kim"))


def test_a_ticket_wakes_only_with_the_last_of_its_tasks() -> None:
    desk = desk_of()
    first = opened(desk, wait=False)
    second = opened(desk, "it")
    assert (first, second) == ("t.t1", "t.t2")
    assert said(done(desk, first))[1:] == [("t", "task_done")]
    assert desk.get("t").state is TicketState.PARKED
    assert said(done(desk, second))[1:] == [("t", "task_done"), ("t", "woken")]
    assert desk.get("t").tasks.open == ()


def test_a_ticket_that_does_not_wait_for_its_task_stays_in_hand_and_shows_it() -> None:
    desk = desk_of()
    effects = desk.task("t", "kyc", wait=False)
    [card] = [each for each in effects if isinstance(each, CardShown)]
    assert (card.state, card.tasks.open) == (TicketState.ACCEPTED, ("t.t1",))
    desk.settle()
    desk.accept("t.t1")
    cards = [each for each in desk.resolve("t.t1") if isinstance(each, CardShown)]
    [card] = [each for each in cards if each.agent == "anna"]
    assert (card.tasks.open, card.tasks.done) == ((), ("t.t1", "kim"))


def test_a_ticket_parked_with_an_open_task_wakes_with_it_too() -> None:
    desk = desk_of()
    task = opened(desk, wait=False)
    desk.park("t", 3_600)
    assert ("t", "woken") in said(done(desk, task))


def test_the_customer_wakes_a_ticket_and_its_task_goes_on() -> None:
    desk = desk_of()
    task = opened(desk)
    assert steps(desk.entry("t")) == ["entry_added", "woken"]
    assert dealt(desk.settle()) == [("t", "anna")]
    desk.accept("t")
    assert said(done(desk, task))[1:] == [("t", "task_done")]


def test_no_ticket_waits_for_its_tasks_longer_than_any_may_be_parked() -> None:
    desk = desk_of(park_seconds_max=5_000.0)
    desk.task("t", "kyc")
    assert ("t", "woken") not in said(desk.wait(4_999))
    assert ("t", "woken") in said(desk.wait(1))
    assert desk.get("t").tasks.open == ("t.t1",)


def test_nobody_is_dealt_the_task_they_opened_for_a_while() -> None:
    desk = Driver(rules=replace(DESK, skip_seconds=60.0))
    desk.hire("anna", {"lang.ru": 3, "lang.en": 3, "kyc": 3})
    desk.connect("anna")
    desk.state("anna")
    desk.deal("t")
    desk.accept("t")
    desk.task("t", "kyc")
    assert dealt(desk.wait(59)) == []
    assert dealt(desk.wait(1)) == [("t.t1", "anna")]


def test_a_task_is_resolved_for_good_after_its_after_work() -> None:
    desk = desk_of(wrap_up_seconds=10.0)
    task = opened(desk)
    desk.resolve(task)
    assert desk.get(task).state is TicketState.WRAP_UP
    assert said(desk.wait(10))[0] == (task, "wrap_up_ended")
    assert desk.get(task).state is TicketState.CLOSED


def test_a_resolve_of_a_task_names_no_message() -> None:
    desk = desk_of()
    task = opened(desk)
    desk.get(task).last_message = "another name of it, as in a dump"
    assert rejections(desk.resolve(task)) == []


def test_a_task_has_no_silence_that_could_take_it_away() -> None:
    desk = desk_of(agent_silence_seconds=30.0, agent_nudge_seconds=10.0)
    task = opened(desk)
    assert steps(desk.wait(1_000)) == []
    assert desk.get(task).agent == "kim"


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda desk: desk.reply("t.t1", "hello"), "answer in the ticket itself"),
        (lambda desk: desk.escalate("t.t1"), "re-review"),
        (lambda desk: desk.merge("t.t1", "t"), "stays with its ticket"),
        (lambda desk: desk.split("t.t1", "t"), "no parts"),
        (lambda desk: desk.task("t.t1", "it"), "no tasks of its own"),
    ],
)
def test_what_is_done_with_tickets_alone_is_refused_with_a_sentence(
    act: Callable[[Driver], list[Effect]], says: str
) -> None:
    desk = desk_of()
    opened(desk)
    assert says in detail(act(desk))


def test_a_task_is_declined_transferred_and_parked_as_any_ticket() -> None:
    desk = desk_of(skip_seconds=60.0)
    desk.task("t", "kyc")
    desk.settle()
    assert steps(desk.decline("t.t1")) == ["declined"]
    desk.wait(60)
    desk.accept("t.t1")
    assert steps(desk.transfer("t.t1", to_queue="it")) == ["transferred"]
    assert dealt(desk.settle()) == [("t.t1", "ilya")]
    desk.accept("t.t1")
    assert steps(desk.park("t.t1", 100)) == ["parked"]
    assert steps(desk.wait(100)) == ["woken", "dealt"]


def test_a_task_may_be_pulled() -> None:
    desk = desk_of(pull=PickLimit(1, 60.0))
    desk.state("kim", channels=frozenset())
    desk.task("t", "kyc")
    desk.settle()
    assert rejections(desk.pull("kim", "t.t1")) == ["not_allowed"]
    desk.tell(SetState(desk.id(), "kim", AgentState.READY, None, None))
    assert steps(desk.pull("kim", "t.t1")) == ["dealt", "accepted"]


def test_a_task_in_the_hands_of_who_is_gone_goes_back_to_the_queue() -> None:
    desk = desk_of()
    task = opened(desk)
    desk.connect("anna", "ilya")
    assert (task, "agent_gone") in said(desk.wait(RULES.grace_seconds))


def test_resolving_a_ticket_cancels_its_open_tasks() -> None:
    desk = desk_of()
    in_hand = opened(desk, wait=False)
    waiting = opened(desk, wait=False)
    effects = desk.resolve("t")
    assert said(effects) == [("t", "resolved"), (in_hand, "cancelled"), (waiting, "cancelled")]
    assert gone(effects) == [("kim", "cancelled")]
    assert desk.holders(in_hand, waiting) == [None, None]
    assert desk.get("t").tasks.open == ()


def test_a_customer_who_leaves_or_stays_silent_cancels_them_too() -> None:
    desk = desk_of(customer_silence_seconds=30.0)
    desk.reply("t", "which card?", awaits=True)
    task = opened(desk, wait=False)
    desk.reply("t", "which card?", awaits=True)
    assert (task, "cancelled") in said(desk.wait(30))

    desk = desk_of()
    task = opened(desk)
    desk.entry("t")
    assert (task, "cancelled") in said(desk.entry("t", "left"))


def test_a_ticket_with_open_tasks_is_not_merged_nor_is_a_task() -> None:
    desk = Driver(rules=DESK)
    desk.staff(anna=3)
    for name in ("t", "other"):
        desk.deal(name)
        desk.accept(name)
    desk.task("other", "kyc", wait=False)
    assert "has open tasks" in detail(desk.merge("t", "other"))
    assert "is a task" in detail(desk.merge("t", "other.t1"))


def test_a_repeated_command_opens_no_second_task() -> None:
    desk = desk_of()
    command = OpenTask("c1", "anna", "t", 1, "kyc", "check the passport", wait=False)
    desk.tell(command)
    effects = desk.tell(command)
    assert said(effects) == []
    assert [each.cause for each in effects if isinstance(each, CardShown)] == ["c1"]
    assert desk.get("t").tasks.opened == 1


def test_tasks_go_to_queues_of_the_desk_and_there_are_only_so_many() -> None:
    desk = desk_of()
    assert rejections(desk.task("t", "cooks")) == ["unknown_queue"]
    for _ in range(16):
        assert rejections(desk.task("t", "kyc", wait=False)) == []
    assert rejections(desk.task("t", "kyc", wait=False)) == ["not_allowed"]


def test_a_confidential_ticket_is_told_to_confidential_queues_alone() -> None:
    discreet = Protection(60.0, confidential=True)
    desk = desk_of(protected={"payments": discreet, "kyc": discreet})
    assert "confidential" in detail(desk.task("t", "it"))
    assert rejections(desk.task("t", "kyc")) == []


def test_only_a_ticket_at_work_gets_a_task() -> None:
    desk = Driver(rules=DESK)
    desk.staff(anna=1)
    desk.deal("t")
    assert rejections(desk.task("t", "kyc")) == ["wrong_state"]


def test_the_steps_of_a_queue_tell_no_customer_of_a_task() -> None:
    ladder = (Rung(10.0, texts={"ru": "soon"}), Rung(20.0, queue="it"))
    desk = desk_of(escalations={"kyc": ladder})
    desk.state("kim", channels=frozenset())
    desk.task("t", "kyc")
    effects = desk.wait(10)
    assert (steps(effects), [each for each in effects if isinstance(each, ReplySent)]) == (
        ["nobody_told"],
        [],
    )
    assert steps(desk.wait(10))[0] == "moved_on"


def test_a_protected_queue_with_nobody_ready_tells_no_customer_of_a_task() -> None:
    desk = desk_of(protected={"kyc": Protection(60.0, {"ru": "soon"}, "ru")})
    desk.state("kim", channels=frozenset())
    desk.task("t", "kyc")
    effects = desk.settle()
    assert steps(effects) == ["paged_nobody_ready"]
    assert not any(isinstance(each, ReplySent) for each in effects)


def test_another_version_of_the_rules_loses_no_tie() -> None:
    desk = desk_of()
    desk.state("kim", channels=frozenset())
    desk.task("t", "kyc", wait=False)
    desk.desk.change_rules(replace(DESK, version=8))
    assert said(desk.resolve("t")) == [("t", "resolved"), ("t.t1", "cancelled")]


def test_a_new_wait_of_the_customer_forgets_what_was_done_for_the_one_before() -> None:
    desk = desk_of()
    done(desk, opened(desk, wait=False))
    assert desk.get("t").tasks.done == ("t.t1", "kim")
    desk.resolve("t")
    desk.finish("t")
    desk.entry("t")
    assert desk.get("t").tasks == Tasks(opened=1, asked=desk.get("t").tasks.asked)


def test_a_ticket_without_tasks_has_the_tie_of_all_others() -> None:
    desk = desk_of()
    assert desk.get("t").tasks is UNTIED


def test_neither_a_task_nor_a_ticket_with_open_ones_goes_to_another_desk() -> None:
    elsewhere = {"vip": Elsewhere(frozenset({"payments"}), {})}
    desk = desk_of(elsewhere=elsewhere)
    task = opened(desk, wait=False)

    for name in (task, "t"):
        assert rejections(desk.transfer(name, to_desk="vip")) == ["not_allowed"]
    done(desk, task)
    assert steps(desk.transfer("t", to_desk="vip")) == ["transferred"]
