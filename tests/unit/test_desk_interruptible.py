"""Work that can be laid aside: it stands in nobody's way, and is dealt while all leaves room."""

from dataclasses import replace

from services.router.domain.agent import AgentState
from services.router.domain.requirement import Need
from services.router.domain.reserve import Reserve
from services.router.explain.exclusion import exclusion
from tests.unit.desk_driver import NOON, RULES, Driver, dealt, requirement

LAID_ASIDE = replace(RULES, interruptible=frozenset({"email"}), wrap_up_seconds=0.0)
MAIL = requirement(channel="email")
CHAT = requirement()


def with_anna(capacity: float = 2.0, *, reserves: tuple[Reserve, ...] = ()) -> Driver:
    desk = Driver(rules=replace(LAID_ASIDE, reserves=reserves))
    desk.hire("anna", {"lang.ru": 3, "lang.lt": 3}, capacity=capacity)
    desk.connect("anna")
    desk.state("anna")
    return desk


def names(desk: Driver) -> list[str]:
    return [ticket for ticket, _ in dealt(desk.settle())]


def write(desk: Driver, *names: str) -> None:
    """Mails are named m1, m2 …, chats c1, c2 …"""
    for name in names:
        desk.open(name, MAIL if name.startswith("m") else CHAT)


def test_mails_in_hand_keep_no_chat_away() -> None:
    desk = with_anna()
    write(desk, "m1", "m2", "m3")
    assert names(desk) == ["m1", "m2"]
    write(desk, "c1", "c2", "c3")
    assert names(desk) == ["c1", "c2"]


def test_chats_in_hand_keep_mails_away() -> None:
    desk = with_anna()
    write(desk, "c1", "c2", "m1")
    assert names(desk) == ["c1", "c2"]


def test_a_mail_comes_once_all_that_is_in_hand_leaves_room() -> None:
    desk = with_anna()
    write(desk, "m1", "m2")
    names(desk)
    write(desk, "c1", "m3")
    assert names(desk) == ["c1"]
    for done in ("m1", "m2"):
        desk.accept(done)
        desk.resolve(done)
        assert names(desk) == ([] if done == "m1" else ["m3"])


def test_who_has_mails_beside_their_chats_is_not_overloaded() -> None:
    desk = with_anna()
    write(desk, "m1", "m2")
    names(desk)
    write(desk, "c1", "c2")
    names(desk)
    assert (desk.desk.load_of("anna"), desk.desk.overloaded()) == (4.0, [])


def test_of_two_agents_a_chat_goes_to_who_has_fewer_chats_a_mail_to_who_has_less() -> None:
    desk = with_anna(capacity=9.0)
    desk.hire("boris", {"lang.ru": 3, "lang.lt": 3}, capacity=9.0)
    write(desk, "m1", "m2", "m3")
    names(desk)
    desk.connect("anna", "boris")
    desk.state("boris")
    write(desk, "c1")
    assert dealt(desk.settle()) == [("c1", "anna")]  # mails beside them make no difference
    write(desk, "c2")
    assert dealt(desk.settle()) == [("c2", "boris")]
    write(desk, "m4")
    assert dealt(desk.settle()) == [("m4", "boris")]


def test_a_reserve_for_chats_is_not_spent_by_mails() -> None:
    desk = with_anna(reserves=(Reserve("lithuanian", slots=1, skill="lang.lt"),))
    write(desk, "m1", "m2")
    assert names(desk) == ["m1"]  # of the slots for mails one is kept from those in Russian, too
    write(desk, "c1", "c2")
    assert names(desk) == ["c1"]
    desk.open("lt", requirement(Need("lang.lt")))
    assert names(desk) == ["lt"]


def test_an_explanation_counts_what_stands_in_the_way() -> None:
    desk = with_anna()
    write(desk, "m1", "m2")
    names(desk)
    write(desk, "c1")
    names(desk)
    write(desk, "m3", "c2")
    waiting = desk.desk.ticket("m3")
    assert waiting is not None
    why = exclusion(desk.desk, waiting, "anna", now=NOON)
    assert why is not None
    assert why.says == "3 of 2 slots taken"


def test_a_break_keeps_both_kinds_away() -> None:
    desk = with_anna()
    desk.state("anna", AgentState.BREAK)
    write(desk, "m1", "c1")
    assert names(desk) == []
    desk.state("anna", AgentState.READY)
    assert len(desk.desk.hand_of("anna")) == 2
