"""Of confidential tickets only a named role is told; for everybody else there are none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest
from structlog.testing import capture_logs

from services.router.domain.protection import Protection
from services.router.domain.treatment import Kind, Treatment
from services.router.explain.handler import UnknownTicket
from services.router.policy import DeskQueue
from services.router.ports import StoredTicket
from shared.store.documents import TicketChangeDoc
from tests.unit.desk_driver import RULES, requirement
from tests.unit.explain_recording import DESK, Recording, lines, moment
from tests.unit.test_explain_door import BEARER, TOKEN, door

SECRET = "laundering"
OF_FEW = "a token that few people have"
ROLE = {"Authorization": f"Bearer {OF_FEW}"}
STORY = "/v1/tickets/t1/explain"


@dataclass
class Watched(Recording):
    """read: of which tickets it was asked, and what."""

    read: list[str] = field(default_factory=list)

    async def tickets(self, ids: Sequence[str]) -> Sequence[StoredTicket]:
        self.read += [f"document of {id}" for id in ids]
        return await super().tickets(ids)

    async def changes_of(self, ticket: str) -> Sequence[TicketChangeDoc]:
        self.read.append(f"changes of {ticket}")
        return await super().changes_of(ticket)


def treat(kind: Kind) -> Treatment:
    queue = kind.queue or "payments"
    return Treatment(queue, 0, requirement(queue=queue), 600.0)


def desk() -> Watched:
    """Anna is there for everything."""
    rules = replace(RULES, queues=frozenset({"payments", SECRET}), skip_seconds=0.0, treat=treat)
    found = Watched(rules=rules, confidential=frozenset({DeskQueue(DESK, SECRET)}))
    found.staff(anna=5.0)
    return found


def hand_on(recorded: Recording, ticket: str, queue: str) -> None:
    recorded.accept(ticket)
    recorded.transfer(ticket, to_queue=queue)
    recorded.settle()


def in_the_queue() -> Watched:
    found = desk()
    found.deal("t1")
    hand_on(found, "t1", SECRET)
    return found


def in_it_once() -> Watched:
    found = in_the_queue()
    hand_on(found, "t1", "payments")
    assert found.stored["t1"].requirement.queue == "payments"
    return found


def brought_there_by_a_profile() -> Watched:
    found = desk()
    found.rules = replace(found.rules, protected={SECRET: Protection(60.0, confidential=True)})
    found.desk.change_rules(found.rules)
    found.open("t1")
    found.profile("t1", "standard", matter=SECRET)
    found.settle()
    assert found.stored["t1"].requirement.queue == SECRET
    hand_on(found, "t1", "payments")
    return found


def opened_in_its_lane() -> Watched:
    """Handed on since, and nothing of it is kept but its document."""
    found = desk()
    found.arrive(replace(found.ticket("t1"), lane=SECRET))
    found.settle()
    hand_on(found, "t1", "payments")
    found.changes.clear()
    return found


def there_by_todays_policy() -> Watched:
    """Written under the policy before, which had another queue for its topic."""
    found = desk()
    found.deal("t1")
    found.rules = replace(found.rules, treat=lambda kind: treat(kind)._replace(queue=SECRET))
    return found


@pytest.mark.parametrize(
    "confidential",
    [
        in_the_queue,
        in_it_once,
        brought_there_by_a_profile,
        opened_in_its_lane,
        there_by_todays_policy,
    ],
)
async def test_a_ticket_that_ever_was_confidential_is_told_to_the_role_alone(
    confidential: Callable[[], Watched],
) -> None:
    recorded = confidential()

    with pytest.raises(UnknownTicket, match="there is no ticket t1"):
        await recorded.explain("t1")
    assert (await recorded.explain("t1", cleared=True)).ticket == "t1"


async def test_a_queue_of_that_name_on_another_desk_is_no_secret() -> None:
    recorded = in_the_queue()
    recorded.confidential = frozenset({DeskQueue("elsewhere", SECRET)})

    assert (await recorded.explain("t1")).queue == SECRET


async def test_a_protected_queue_that_is_not_confidential_is_told_to_everybody() -> None:
    recorded = desk()
    recorded.rules = replace(recorded.rules, protected={"payments": Protection()})
    recorded.deal("t1")

    assert (await recorded.explain("t1")).queue == "payments"


async def test_to_others_a_confidential_ticket_and_none_are_the_same_answer() -> None:
    answers = []
    for recorded in (in_the_queue(), desk()):
        recorded.read.clear()
        async with door(recorded, of_few=OF_FEW) as client:
            for asked in (STORY, f"{STORY}?agent=anna"):
                answer = await client.get(asked, headers=BEARER)
                answers.append((answer.status_code, dict(answer.headers), answer.content))
        assert recorded.read == ["document of t1", "changes of t1"] * 2

    assert answers[:2] == answers[2:]
    assert {status for status, _, _ in answers} == {404}


async def test_each_reading_by_the_role_is_in_the_log() -> None:
    async with door(in_the_queue(), of_few=OF_FEW) as client:
        with capture_logs() as logged:
            told = await client.get(STORY, headers=ROLE)
            await client.get("/v1/tickets/t9/explain", headers=ROLE)
            await client.get(STORY, headers=BEARER)

    assert (told.status_code, told.json()["queue"]) == (200, SECRET)
    assert logged == [
        {"event": "explain.read", "ticket": "t1", "role": "confidential", "log_level": "warning"}
    ]


async def test_the_role_may_be_the_only_one_that_is_let_in() -> None:
    async with door(in_the_queue(), None, of_few=OF_FEW) as client:
        answers = [
            (await client.get(STORY, headers={"Authorization": f"Bearer {token}"})).status_code
            for token in (OF_FEW, TOKEN, "")
        ]
    assert answers == [200, 401, 401]


async def test_the_story_of_a_ticket_that_was_part_of_a_confidential_one_does_not_name_it() -> None:
    recorded = desk()
    for ticket in ("t1", "t2"):
        recorded.deal(ticket)
        recorded.accept(ticket)
    recorded.merge("t1", "t2")
    recorded.split("t1", "t2")
    recorded.settle()
    before = await recorded.explain("t2")
    recorded.transfer("t1", to_queue=SECRET)

    told = await recorded.explain("t2")

    assert lines(before)[3:] == [
        "anna merged it into t1",
        "anna split it off from t1: it waits again",
        "offered to anna",
    ]
    assert lines(told) == [*lines(before)[:3], "offered to anna"]
    assert (told.gaps, "t1" in told.model_dump_json()) == ((), False)
    assert lines(await recorded.explain("t2", cleared=True)) == lines(before)


async def test_the_story_of_a_ticket_that_had_a_confidential_part_does_not_name_it() -> None:
    recorded = desk()
    for ticket in ("t1", "t2"):
        recorded.deal(ticket)
        recorded.accept(ticket)
    recorded.merge("t1", "t2")
    recorded.entry("t2")
    recorded.split("t1", "t2")
    recorded.settle()
    hand_on(recorded, "t2", SECRET)

    told = await recorded.explain("t1")

    assert lines(told)[1:] == ["offered to anna", "anna accepted"]
    assert "t2" not in told.model_dump_json()


async def test_beside_which_confidential_ticket_another_was_opened_is_not_told() -> None:
    recorded = in_the_queue()
    recorded.arrive(replace(recorded.ticket("t2"), lane="care", beside="t1"))

    told, all_of_it = [await recorded.explain("t2", cleared=cleared) for cleared in (False, True)]

    assert "beside ticket t1" in moment(all_of_it, "opened").details
    assert "t1" not in told.model_dump_json()
