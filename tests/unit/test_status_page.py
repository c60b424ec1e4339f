"""What a customer sees of their ticket, and who is shown nothing."""

from dataclasses import replace
from typing import Any, Final

import httpx
import pytest
from starlette.applications import Starlette

from services.ingest.intake import Intake
from services.ingest.lobby.status.accuracy import Accuracy
from services.ingest.lobby.status.api import StatusDoor
from services.ingest.lobby.status.deals import Deals, Queue
from services.ingest.lobby.status.ports import MOST_AHEAD, Said, Ticket
from services.ingest.lobby.status.prospects import Prospects
from services.ingest.lobby.status.standing import Standings
from shared.contracts.customer_rated_v1 import CustomerRated
from shared.privacy.status_link import StatusLinks
from shared.runtime.metrics import Metrics
from tests.fakes.clock import HandClock
from tests.fakes.publisher import FakePublisher
from tests.fakes.status_store import FakeStatusStore

NOW: Final = 1_790_000_000.0
LINKS: Final = StatusLinks("https://help.example", (b"s" * 32,))
PAYMENTS: Final = Queue("main", "payments")
TICKET: Final = Ticket(
    id="t-1",
    queue=PAYMENTS,
    state="queued",
    lang="en",
    due_at=NOW + 600,
    opened_at=NOW - 60,
    discreet=False,
    identity="telegram:bot:7",
    assignment=0,
)
ASKED: Final = Said(NOW, "system", "How was it, 1 to 5?", "rate")


class Lobby:
    """A status page on fakes."""

    def __init__(self, *tickets: Ticket) -> None:
        self.store = FakeStatusStore(*tickets)
        self.publisher = FakePublisher()
        self.clock = HandClock(NOW)
        self.deals = Deals()
        metrics = Metrics()
        prospects = Prospects(
            self.store, deals=self.deals, accuracy=Accuracy(metrics), clock=self.clock
        )
        door = StatusDoor(
            links=LINKS,
            standings=Standings(self.store, prospects),
            store=self.store,
            intake=Intake(
                publisher=self.publisher,
                clock=self.clock,
                metrics=metrics,
                answer_seconds=1.0,
                max_in_flight=10,
                sender_per_minute=30,
            ),
            clock=self.clock,
        )
        app = Starlette(routes=[*door.routes()])
        transport = httpx.ASGITransport(app)
        self.client = httpx.AsyncClient(transport=transport, base_url="https://help.example")

    async def see(self, ticket: str = "t-1", more: str = "", **options: Any) -> httpx.Response:
        return await self.client.get(f"{LINKS.of(ticket)}{more}", **options)

    async def rate(self, ticket: str = "t-1", **options: Any) -> httpx.Response:
        return await self.client.post(f"{LINKS.of(ticket)}/rating", **options)


HTML: Final = {"accept": "text/html,application/xhtml+xml"}


async def test_who_waits_sees_their_place_and_a_range_of_time() -> None:
    lobby = Lobby(TICKET, replace(TICKET, id="t-0", due_at=NOW + 500))
    for n in range(11):
        lobby.deals.note(PAYMENTS, at=NOW - 300 + 30 * n)

    answer = await lobby.see()

    shown = answer.json()
    assert (answer.status_code, shown["state"], shown["position"]) == (200, "waiting", 2)
    assert shown["opened_at"] == "2026-09-21T14:12:20Z"
    assert shown["wait_seconds"].keys() == {"least", "likely", "most"}
    assert 50 <= shown["wait_seconds"]["likely"] <= 65
    assert answer.headers["cache-control"] == "no-store"


async def test_where_nothing_can_be_foretold_nothing_is() -> None:
    shown = (await Lobby(TICKET).see()).json()

    assert shown["position"] == 1
    assert "wait_seconds" not in shown


async def test_who_is_too_far_back_is_told_no_place() -> None:
    others = [replace(TICKET, id=f"o-{n}", due_at=NOW) for n in range(MOST_AHEAD)]

    assert "position" not in (await Lobby(TICKET, *others).see()).json()


@pytest.mark.parametrize("discreet", [True, None])
async def test_of_a_ticket_that_is_to_stay_unnoticed_neither_place_nor_wait_is_told(
    discreet: bool | None,
) -> None:
    shown = (await Lobby(replace(TICKET, discreet=discreet)).see()).json()

    assert shown["state"] == "waiting"
    assert shown.keys() == {"state", "opened_at", "notices", "may_rate"}


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("offered", "waiting"),
        ("parked", "waiting"),
        ("accepted", "with_agent"),
        ("waiting_customer", "with_agent"),
        ("wrap_up", "resolved"),
        ("resolved", "resolved"),
        ("closed", "closed"),
        ("abandoned", "closed"),
    ],
)
async def test_each_state_is_told_as_the_customer_sees_it(state: str, shown: str) -> None:
    told = (await Lobby(replace(TICKET, state=state)).see()).json()

    assert told["state"] == shown
    assert ("position" in told) is (state == "offered")


async def test_of_a_merged_ticket_the_whole_is_shown() -> None:
    part = replace(TICKET, state="resolved", whole="t-2")
    lobby = Lobby(part, replace(TICKET, id="t-2", state="accepted"))

    assert (await lobby.see()).json()["state"] == "with_agent"


async def test_what_the_customer_was_told_is_there() -> None:
    lobby = Lobby(TICKET)
    lobby.store.said["t-1"] = [
        Said(NOW, "agent", "Which card?"),
        Said(NOW - 60, "system", "We have it.", "received"),
    ]

    [notice] = (await lobby.see()).json()["notices"]

    assert notice == {"at": "2026-09-21T14:12:20Z", "notice": "received", "text": "We have it."}


@pytest.mark.parametrize("token", ["t-1", "t-1.AAAAAAAAAAAAAAAAAAAAAA", "x", "%00"])
@pytest.mark.parametrize("more", ["", "/transcript"])
async def test_an_address_that_was_guessed_shows_nothing_and_reads_nothing(
    token: str, more: str
) -> None:
    lobby = Lobby(TICKET)
    lobby.store.fails = True

    answer = await lobby.client.get(f"/v1/status/{token}{more}")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_ticket_that_is_gone_is_as_one_that_never_was() -> None:
    assert (await Lobby().see()).status_code == 404


async def test_while_the_store_is_away_the_customer_is_asked_to_come_back() -> None:
    lobby = Lobby(TICKET)
    lobby.store.fails = True

    assert (await lobby.see()).status_code == 503
    assert (await lobby.see(more="/transcript")).status_code == 503


@pytest.mark.parametrize(
    ("lang", "says"),
    [("en", "You are next."), ("ru", "Вы следующий."), ("lt", "Jūs kitas."), ("tr", "Sıra sizde.")],
)
async def test_people_see_a_page_in_their_language(lang: str, says: str) -> None:
    lobby = Lobby(replace(TICKET, lang=lang))
    lobby.store.said["t-1"] = [Said(NOW, "system", "<b>We</b> have it.", "received")]

    answer = await lobby.see(headers=HTML)

    assert answer.headers["content-type"].startswith("text/html")
    assert f'<html lang="{lang}">' in answer.text
    assert says in answer.text
    assert "&lt;b&gt;We&lt;/b&gt; have it." in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_a_page_in_no_language_we_have_is_in_english() -> None:
    answer = await Lobby(replace(TICKET, lang="und")).see(headers=HTML)

    assert '<html lang="en">' in answer.text


async def test_the_whole_conversation_can_be_taken_along() -> None:
    lobby = Lobby(TICKET)
    lobby.store.said["t-1"] = [
        Said(NOW + 60, "agent", "Which card?"),
        Said(NOW, "you", "Where is my money?"),
    ]

    answer = await lobby.see(more="/transcript")

    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.index("You\nWhere is my money?") < answer.text.index("Support\nWhich card?")


@pytest.mark.parametrize(
    "said",
    [
        {"json": {"score": 4, "comment": "quick"}},
        {"data": {"score": "4", "comment": "quick"}},
    ],
)
async def test_who_was_asked_says_how_it_was(said: dict[str, Any]) -> None:
    lobby = Lobby(replace(TICKET, state="resolved", assignment=2))
    lobby.store.said["t-1"] = [ASKED]

    first, again = await lobby.rate(**said), await lobby.rate(**said)

    assert (first.status_code, again.status_code) == (202, 202)
    events = lobby.publisher.events
    [rated] = {event.id: event.data for event in events}.values()
    assert isinstance(rated, CustomerRated)
    assert (rated.key, rated.score, rated.comment) == ("telegram:bot:7", 4, "quick")


async def test_from_the_page_one_comes_back_to_it_with_thanks() -> None:
    lobby = Lobby(replace(TICKET, state="resolved"))
    lobby.store.said["t-1"] = [ASKED]

    assert 'value="5"' in (await lobby.see(headers=HTML)).text
    back = await lobby.rate(data={"score": "5"}, headers=HTML)
    thanked = await lobby.client.get(back.headers["location"], headers=HTML)

    assert back.status_code == 303
    assert "Thank you." in thanked.text
    assert 'value="5"' not in thanked.text


@pytest.mark.parametrize(
    ("state", "asked"), [("accepted", [ASKED]), ("resolved", []), ("closed", [ASKED])]
)
async def test_who_was_not_asked_or_is_still_served_cannot(state: str, asked: list[Said]) -> None:
    lobby = Lobby(replace(TICKET, state=state))
    lobby.store.said["t-1"] = asked

    assert (await lobby.rate(json={"score": 5})).status_code == 409
    assert lobby.publisher.confirmed == []


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"json": {"score": 6}}, 422),
        ({"json": {"score": "5"}}, 422),
        ({"json": {"score": 5, "more": 1}}, 422),
        ({"json": []}, 400),
        ({"data": {"score": "9"}}, 422),
        ({"data": {f"f{n}": "1" for n in range(20)}}, 400),
        ({"content": b"x", "headers": {"content-type": "text/plain"}}, 415),
        ({"json": {"score": 5, "comment": "x" * 70_000}}, 413),
    ],
)
async def test_what_is_no_rating_is_told_what_is_wrong(said: dict[str, Any], status: int) -> None:
    lobby = Lobby(replace(TICKET, state="resolved"))
    lobby.store.said["t-1"] = [ASKED]

    answer = await lobby.rate(**said)

    assert answer.status_code == status
    assert lobby.publisher.confirmed == []


async def test_a_rating_is_thanked_for_only_once_it_is_durable() -> None:
    lobby = Lobby(replace(TICKET, state="resolved"))
    lobby.store.said["t-1"] = [ASKED]
    lobby.publisher.mode = "fail"

    assert (await lobby.rate(json={"score": 5})).status_code == 503
