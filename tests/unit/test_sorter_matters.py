"""Which ticket a customer's message joins while their profile names a protected matter."""

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
from tests.unit.test_sorter import DEAD, NOW, POLICY_TEXT, Bench, WordUnderstanding, about, wrote

PROTECTED = "{needs: {licence: 1}, targets: {'*': 5m}, protected: true"
POLICY = parse_policy(
    POLICY_TEXT.replace("skills: [payments]", "skills: [payments, licence]")
    .replace("    otherwise: general\n", "    otherwise: general\n    hard: [licence]\n")
    .replace(
        "    topics:\n",
        f"""      care: {PROTECTED}}}
      laundering: {PROTECTED}, confidential: true}}
    clocks: {{complaints: {{within: 5d, topics: [dispute]}}}}
    topics:
      responsible_gaming: {{queue: care}}
      dispute: {{queue: general}}
""",
    )
)
STOP, CASH, COMPLAINT = "I cannot stop", "my deposit", "this is a dispute"
TOPICS = {"stop": "responsible_gaming", "deposit": "deposit", "dispute": "dispute"}


class TopicUnderstanding(WordUnderstanding):
    """Of what has none of the words it can only guess the topic; a thanks asks for nothing."""

    def understand(self, text: str, *, lang_hint: str | None = None) -> Understood:
        found = next((topic for word, topic in TOPICS.items() if word in text), None)
        sure = GUESS if found is None else 0.9
        asks = text != "thanks"
        return Understood("en", 0.9, found or "account", sure, urgent=False, reopens=asks)


@pytest.fixture
def bench() -> Bench:
    return new_bench()


def new_bench(**others: Any) -> Bench:
    return Bench(policy=POLICY, understanding=TopicUnderstanding(), **others)


def profile(version: int, matter: str | None = None) -> CustomerProfileChanged:
    return CustomerProfileChanged(
        brand="b", customer="7", version=version, tier="standard", matter=matter
    )


def ticket_of(bench: Bench, number: int) -> str:
    return str(bench.store.message_docs[f"form:web:{number}"]["ticket"])


def opened_by(*numbers: int) -> list[str]:
    return [ticket_id(f"form:web:{number}") for number in numbers]


async def joined(bench: Bench, *texts: str, first: int = 1) -> list[str]:
    """The tickets of these messages of one customer, each in a batch of its own."""
    numbers = range(first, first + len(texts))
    for number, text in zip(numbers, texts, strict=True):
        await bench.sort(wrote(number, text, customer="7"))
    return [ticket_of(bench, number) for number in numbers]


def told(bench: Bench) -> list[tuple[str, str | None]]:
    """(ticket, matter) of everything said about profiles, in order."""
    events = (event.data for event in bench.publisher.events)
    return [(each.ticket, each.matter) for each in events if isinstance(each, TicketProfiled)]


async def test_a_message_of_a_customer_in_a_matter_opens_a_ticket_in_its_queue(
    bench: Bench,
) -> None:
    [before] = await joined(bench, CASH)
    await bench.sort(profile(1, "laundering"))

    [after] = await joined(bench, CASH, first=2)

    doc = bench.store.ticket_docs[after]
    assert [before, after] == opened_by(1, 2)
    assert (doc["queue"], doc["lane"], doc["moved_to"]) == ("laundering",) * 3
    assert (doc["topic"], doc["beside"]) == ("deposit", before)
    assert (doc["joinable"], doc["due_at"]) == ("b|laundering|p:b:7", NOW - 2 + 300)


async def test_all_that_asks_for_something_goes_on_in_the_lane_of_the_matter(bench: Bench) -> None:
    await joined(bench, CASH)
    await bench.sort(profile(1, "laundering"))

    assert await joined(bench, "hello?", CASH, "thanks", first=2) == opened_by(2, 2, 2)


async def test_a_thanks_goes_on_with_the_conversation_there_is(bench: Bench) -> None:
    await joined(bench, CASH)
    await bench.sort(profile(1, "care"))

    assert await joined(bench, "thanks", CASH, "thanks", first=2) == opened_by(1, 3, 3)


async def test_messages_go_on_joining_the_ticket_that_the_matter_moved(bench: Bench) -> None:
    [ticket] = await joined(bench, CASH)
    await bench.sort(profile(1, "laundering"))
    bench.store.ticket_docs[ticket]["queue"] = "laundering"  # as its dealer writes it

    assert await joined(bench, CASH, "hello?", STOP, first=2) == opened_by(1, 1, 4)
    bench.store.ticket_docs[ticket]["queue"] = "payments"
    assert await joined(bench, CASH, first=5) == opened_by(5)


async def test_one_batch_goes_on_with_the_ticket_that_the_matter_moved(bench: Bench) -> None:
    [ticket] = await joined(bench, CASH)
    await bench.sort(profile(1, "laundering"))
    bench.store.ticket_docs[ticket]["queue"] = "laundering"

    texts = enumerate(("thanks", CASH, CASH), start=2)
    await bench.sort(*(wrote(number, text, customer="7") for number, text in texts))

    assert [ticket_of(bench, number) for number in (2, 3, 4)] == opened_by(1, 1, 1)


@pytest.mark.parametrize("text", [STOP, COMPLAINT])
async def test_what_has_a_lane_of_its_own_keeps_it(bench: Bench, text: str) -> None:
    await bench.sort(profile(1, "laundering"))

    tickets = await joined(bench, text, CASH, text)

    assert tickets == opened_by(1, 2, 1)
    assert bench.store.ticket_docs[tickets[0]]["lane"] != "laundering"


async def test_a_matter_that_a_topic_leads_to_shares_its_ticket_with_it(bench: Bench) -> None:
    await bench.sort(profile(1, "care"))

    tickets = await joined(bench, STOP, CASH)

    assert tickets == opened_by(1, 1)
    assert "moved_to" not in bench.store.ticket_docs[tickets[0]]


async def test_once_the_matter_is_closed_messages_are_sorted_as_ever(bench: Bench) -> None:
    await bench.sort(profile(1, "laundering"))
    await joined(bench, CASH)
    await bench.sort(profile(2))

    assert await joined(bench, CASH, "hello?", first=2) == opened_by(2, 2)
    assert "lane" not in bench.store.ticket_docs[ticket_of(bench, 2)]


async def test_an_older_version_opens_no_matter_again(bench: Bench) -> None:
    await bench.sort(profile(2))
    await bench.sort(profile(1, "laundering"))

    [ticket] = await joined(bench, CASH)

    assert "lane" not in bench.store.ticket_docs[ticket]


async def test_a_matter_reaches_the_customer_on_an_identity_vouched_for_before(
    bench: Bench,
) -> None:
    await joined(bench, CASH)
    await bench.sort(profile(1, "care"))

    await bench.sort(wrote(2, CASH))
    await bench.sort(wrote(3, CASH))

    assert [ticket_of(bench, 2), ticket_of(bench, 3)] == opened_by(2, 2)
    assert bench.store.inserts == 3


async def test_one_batch_knows_the_matter_of_whom_it_vouches_for(bench: Bench) -> None:
    await bench.sort(profile(1, "laundering"))
    await joined(bench, CASH)

    await bench.sort(wrote(2, STOP, sender="x", customer="7"), wrote(3, CASH, sender="x"))

    assert [ticket_of(bench, 2), ticket_of(bench, 3)] == opened_by(2, 1)


async def test_a_profile_and_the_message_behind_it_are_decided_in_one_batch(bench: Bench) -> None:
    await bench.sort(profile(1, "care"), wrote(1, CASH, customer="7"))

    assert bench.store.ticket_docs[ticket_of(bench, 1)]["lane"] == "care"


async def test_a_desk_that_does_not_protect_the_queue_sorts_as_ever(bench: Bench) -> None:
    await bench.sort(profile(1, "care"))
    await bench.sort(wrote(1, CASH, account="vip", customer="7"))

    [doc] = bench.store.ticket_docs.values()
    assert (doc["desk"], doc["queue"], "lane" in doc) == ("hosts", "all", False)


async def test_an_edit_and_a_departure_stay_with_the_ordinary_ticket(bench: Bench) -> None:
    await joined(bench, CASH)
    await bench.sort(profile(1, "care"))

    await bench.sort(about(MessageEdited, 2, of="1", text=CASH), about(CustomerLeft, 3))

    assert [ticket_of(bench, 2), ticket_of(bench, 3)] == opened_by(1, 1)


async def test_each_ticket_of_the_customer_is_told_of_the_matter(bench: Bench) -> None:
    tickets = await joined(bench, CASH, STOP)

    await bench.sort(profile(1, "laundering"))
    await bench.sort(profile(1, "laundering"))
    await bench.sort(profile(2))

    matters = [(ticket, matter) for matter in ("laundering",) * 2 + (None,) for ticket in tickets]
    assert told(bench) == matters


async def test_a_matter_kept_while_a_ticket_is_being_opened_is_told_to_its_desk(
    bench: Bench,
) -> None:
    rival, insert = new_bench(store=bench.store), bench.store.insert

    async def raced(write: Any) -> None:
        await rival.sort(profile(3, "care"))
        await insert(write)

    bench.store.insert = raced  # type: ignore[method-assign]
    await bench.sort(wrote(1, CASH, customer="7"))

    assert (told(rival), told(bench)) == ([], [(ticket_of(bench, 1), "care")])


@pytest.mark.parametrize("matter", ["general", "loundering"])
async def test_a_queue_that_is_not_protected_is_refused_with_what_to_do(
    bench: Bench, matter: str
) -> None:
    outcome = await bench.sort(profile(1, matter))

    [letter] = bench.publisher.confirmed
    headers = {name: value.decode() for name, value in letter.headers}
    assert (letter.topic, outcome.refused) == (DEAD, {"unknown_matter": 1})
    assert headers["reason"] == (
        "unknown_matter: data.matter: no protected queue of this brand (there are: care,"
        " laundering): correct it, or make it `protected` in the policy, and publish the profile"
        " again"
    )
    assert isinstance(decode(letter.value or b"").data, CustomerProfileChanged)
    assert not bench.store.profile_docs
