"""Which ticket a customer's message joins when some of their tickets are protected."""

from typing import Any

import pytest

from services.router.policy import parse_policy
from services.router.sorter.documents import ticket_id
from services.router.understanding.port import GUESS, Understood
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.customer_profile_changed_v1 import CustomerProfileChanged
from shared.contracts.message_edited_v1 import MessageEdited
from shared.contracts.registry import decode
from shared.contracts.ticket_profiled_v1 import TicketProfiled
from tests.unit.test_sorter import POLICY_TEXT, Bench, WordUnderstanding, about, wrote

PROTECTED = "{needs: {licence: 1}, targets: {'*': 5m}, protected: true"
POLICY = parse_policy(
    POLICY_TEXT.replace("skills: [payments]", "skills: [payments, licence]")
    .replace("    otherwise: general\n", "    otherwise: general\n    hard: [licence]\n")
    .replace(
        "    topics:\n",
        f"""      care: {PROTECTED}}}
      secret: {PROTECTED}, confidential: true}}
    topics:
      responsible_gaming: {{queue: care}}
      dispute: {{queue: secret}}
""",
    )
)
STOP, CASH = "I cannot stop", "my deposit"
TOPICS = {"stop": "responsible_gaming", "source": "dispute", "deposit": "deposit"}


class TopicUnderstanding(WordUnderstanding):
    """Of what has none of the words it can only guess the topic."""

    def understand(self, text: str, *, lang_hint: str | None = None) -> Understood:
        found = next((topic for word, topic in TOPICS.items() if word in text), None)
        sure = GUESS if found is None else 0.9
        return Understood("en", 0.9, found or "account", sure, urgent=False, reopens=True)


@pytest.fixture
def bench() -> Bench:
    return Bench(policy=POLICY, understanding=TopicUnderstanding())


def ticket_of(bench: Bench, number: int) -> str:
    """The ticket of a message."""
    return str(bench.store.message_docs[f"form:web:{number}"]["ticket"])


def opened_by(*numbers: int) -> list[str]:
    return [ticket_id(f"form:web:{number}") for number in numbers]


async def joined(bench: Bench, *texts: str) -> list[str]:
    """The tickets of these messages of one customer, each in a batch of its own."""
    for number, text in enumerate(texts, start=1):
        await bench.sort(wrote(number, text))
    return [ticket_of(bench, number) for number in range(1, len(texts) + 1)]


async def test_a_protected_message_opens_its_own_ticket_beside_the_ordinary_one(
    bench: Bench,
) -> None:
    one, two = await joined(bench, CASH, STOP)

    assert [one, two] == opened_by(1, 2)
    protected = bench.store.ticket_docs[two]
    assert (protected["queue"], protected["lane"], protected["beside"]) == ("care", "care", one)
    assert protected["joinable"] == f"b|care|{protected['customer']}"
    assert not {"lane", "beside"} & bench.store.ticket_docs[one].keys()


async def test_each_message_goes_on_in_the_lane_of_what_it_is_about(bench: Bench) -> None:
    tickets = await joined(bench, CASH, STOP, CASH, STOP, "hello?")

    assert tickets == opened_by(1, 2, 1, 2, 1)


async def test_one_batch_decides_as_several_would(bench: Bench) -> None:
    await bench.sort(*(wrote(n, text) for n, text in enumerate((CASH, STOP, CASH, STOP), start=1)))

    assert [ticket_of(bench, number) for number in (1, 2, 3, 4)] == opened_by(1, 2, 1, 2)
    assert bench.store.ticket_docs[ticket_of(bench, 2)]["beside"] == ticket_of(bench, 1)


async def test_a_protected_ticket_may_come_first_and_an_ordinary_matter_later(
    bench: Bench,
) -> None:
    tickets = await joined(bench, STOP, CASH)

    assert tickets == opened_by(1, 2)
    assert "beside" not in bench.store.ticket_docs[tickets[0]]


async def test_what_is_about_nothing_goes_on_with_the_only_conversation_there_is(
    bench: Bench,
) -> None:
    assert await joined(bench, STOP, "are you there?") == opened_by(1, 1)


async def test_nothing_but_its_own_topic_leads_to_a_confidential_ticket(bench: Bench) -> None:
    tickets = await joined(bench, "source of funds", "are you there?", "the source", STOP)

    assert tickets == opened_by(1, 2, 1, 4)


async def test_when_the_protected_ticket_is_over_the_next_message_opens_another(
    bench: Bench,
) -> None:
    await joined(bench, CASH, STOP)
    bench.store.close(ticket_of(bench, 2))

    await bench.sort(wrote(3, STOP), wrote(4, CASH))

    assert [ticket_of(bench, number) for number in (3, 4)] == opened_by(3, 1)


async def test_an_edit_stays_with_what_it_edits(bench: Bench) -> None:
    await joined(bench, CASH, STOP)

    await bench.sort(about(MessageEdited, 3, of="1", text=STOP))

    assert ticket_of(bench, 3) == ticket_of(bench, 1)


async def test_a_customer_who_leaves_ends_no_wait_for_help(bench: Bench) -> None:
    await joined(bench, STOP)

    await bench.sort(about(CustomerLeft, 2))

    assert [doc["kind"] for doc in bench.store.message_docs.values() if doc["ticket"] is None] == [
        "left"
    ]


async def test_two_channels_of_one_customer_share_each_lane(bench: Bench) -> None:
    await bench.sort(wrote(1, CASH, customer="7"), wrote(2, STOP, customer="7"))

    await bench.sort(
        wrote(3, STOP, sender="x", channel="mail", customer="7"),
        wrote(4, CASH, sender="x", channel="mail", customer="7"),
    )

    mail = [bench.store.message_docs[f"mail:web:{number}"]["ticket"] for number in (3, 4)]
    assert mail == opened_by(2, 1)


async def test_a_conversation_begun_anonymously_goes_on_in_its_lane_when_somebody_vouches(
    bench: Bench,
) -> None:
    await bench.sort(wrote(1, STOP))
    await bench.sort(wrote(2, STOP, customer="7"))

    assert ticket_of(bench, 2) == ticket_of(bench, 1)


async def test_whom_one_message_vouches_for_has_their_lanes_in_the_rest_of_its_batch(
    bench: Bench,
) -> None:
    await bench.sort(wrote(1, STOP, customer="7"))

    await bench.sort(wrote(2, CASH, sender="x", customer="7"), wrote(3, STOP, sender="x"))

    assert [ticket_of(bench, 2), ticket_of(bench, 3)] == opened_by(2, 1)


@pytest.mark.parametrize("mine", [CASH, STOP])
async def test_two_routers_at_once_open_one_ticket_in_each_lane(bench: Bench, mine: str) -> None:
    other = Bench(policy=POLICY, understanding=TopicUnderstanding(), store=bench.store)
    honest = bench.store.insert

    async def raced(write: Any) -> None:
        bench.store.insert = honest  # type: ignore[method-assign]
        await other.sort(
            wrote(11, CASH, sender="x", customer="7"), wrote(12, STOP, sender="x", customer="7")
        )
        await honest(write)

    bench.store.insert = raced  # type: ignore[method-assign]
    await bench.sort(wrote(1, mine, customer="7"))

    assert len(bench.store.ticket_docs) == 2
    assert ticket_of(bench, 1) == ticket_of(bench, 11 if mine == CASH else 12)


async def test_a_race_in_one_lane_does_not_hold_up_another(bench: Bench) -> None:
    other = Bench(policy=POLICY, understanding=TopicUnderstanding(), store=bench.store)
    honest = bench.store.insert

    async def raced(write: Any) -> None:
        bench.store.insert = honest  # type: ignore[method-assign]
        await other.sort(wrote(11, CASH, sender="x", customer="7"))
        await honest(write)

    bench.store.insert = raced  # type: ignore[method-assign]
    await bench.sort(wrote(1, STOP, customer="7"))

    assert bench.store.inserts == 2
    assert {doc["joinable"] for doc in bench.store.ticket_docs.values()} == {
        "b|p:b:7",
        "b|care|p:b:7",
    }


async def test_a_profile_reaches_all_tickets_its_customer_has(bench: Bench) -> None:
    await bench.sort(wrote(1, CASH, customer="7"), wrote(2, STOP, customer="7"))

    await bench.sort(CustomerProfileChanged(brand="b", customer="7", version=3, tier="vip"))

    told = [decode(one.value).data for one in bench.publisher.confirmed]
    profiled = {event.ticket for event in told if isinstance(event, TicketProfiled)}
    assert profiled == {ticket_of(bench, 1), ticket_of(bench, 2)}


async def test_a_policy_without_protected_queues_has_one_lane(bench: Bench) -> None:
    bench.policy = Bench().policy

    assert await joined(bench, CASH, STOP, "hello?") == opened_by(1, 1, 1)
