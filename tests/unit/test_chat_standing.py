"""Where a customer's matter stands: told once, when it changes, and never more than may be told."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from services.ingest.lobby.chat.ports import Prospect, Ticket
from shared.contracts.customer_typing_v1 import CustomerTyping
from shared.contracts.message_received_v1 import MessageReceived
from shared.store.errors import Transient
from tests.fakes.chat import Lobby
from tests.unit.test_chat_session import Customer


async def standing(customer: Customer) -> list[dict[str, Any]]:
    """What they are told of it now."""
    await customer.lobby.standings.work()
    told = [each for each in customer.heard() if each["type"] == "status"]
    return [{name: value for name, value in each.items() if name != "type"} for each in told]


async def with_ticket(lobby: Lobby, state: str = "queued", **fields: Any) -> Customer:
    """Somebody who has written before."""
    ann = Customer(lobby)
    lobby.tickets.by_key[ann.connection.key] = ["t-1"]
    lobby.tickets.put("t-1", state, **fields)
    await lobby.names.refresh()
    return await ann.come()


async def test_who_has_no_ticket_is_told_so_once() -> None:
    ann = await Customer(Lobby()).come()
    assert await standing(ann) == [{"state": "none"}]
    assert await standing(ann) == []


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("queued", {"state": "waiting"}),
        ("offered", {"state": "waiting"}),
        ("parked", {"state": "waiting"}),
        ("accepted", {"state": "with_agent", "agent": "Lina"}),
        ("waiting_customer", {"state": "with_agent", "agent": "Lina"}),
        ("wrap_up", {"state": "resolved"}),
        ("resolved", {"state": "resolved"}),
        ("closed", {"state": "none"}),
        ("abandoned", {"state": "none"}),
        ("a state of the future", {"state": "none"}),
    ],
)
async def test_every_state_of_a_ticket_has_a_name_for_customers(
    state: str, told: dict[str, str]
) -> None:
    ann = await with_ticket(Lobby(), state, agent="lina")
    assert await standing(ann) == [told]


async def test_a_change_of_the_ticket_is_told_and_of_another_s_is_not() -> None:
    lobby = Lobby()
    ann = await with_ticket(lobby)
    assert await standing(ann) == [{"state": "waiting"}]
    lobby.tickets.put("t-1", "accepted", agent="lina")
    lobby.router.route("support.events.v1", b"t-2", b"not looked at")
    assert await standing(ann) == []
    lobby.router.route("support.events.v1", b"t-1", b"not looked at")
    assert await standing(ann) == [{"state": "with_agent", "agent": "Lina"}]


async def test_a_message_s_ticket_is_found_once_the_store_has_it() -> None:
    lobby = Lobby()
    ann = await Customer(lobby).come()
    assert await standing(ann) == [{"state": "none"}]
    await ann.say(type="message", id="m-1", text="Hello")
    (event,) = lobby.publisher.events
    assert isinstance(event.data, MessageReceived)
    lobby.feed(event.data)
    assert await standing(ann) == []
    lobby.tickets.placed[event.data.entry_id] = "t-1"
    lobby.tickets.put("t-1", "queued")
    assert await standing(ann) == [{"state": "waiting"}]


async def test_a_reply_says_whose_ticket_it_is_before_the_store_does() -> None:
    lobby = Lobby()
    ann = await Customer(lobby).come()
    await standing(ann)
    lobby.tickets.put("t-1", "accepted", agent="lina")
    lobby.reply(ann.connection)
    assert [each["state"] for each in await standing(ann)] == ["with_agent"]
    lobby.tickets.put("t-1", "resolved")
    lobby.standings.changed("t-1")
    assert [each["state"] for each in await standing(ann)] == ["resolved"]


async def test_what_was_written_just_before_a_restart_is_asked_for_too() -> None:
    lobby = Lobby()
    ann = Customer(lobby)
    await ann.say(type="message", id="m-1", text="Hello")
    (event,) = lobby.publisher.events
    assert isinstance(event.data, MessageReceived)
    lobby.feed(event.data)
    await ann.come()
    assert await standing(ann) == [{"state": "none"}]
    lobby.tickets.placed[event.data.entry_id] = "t-1"
    lobby.tickets.put("t-1", "queued")
    assert await standing(ann) == [{"state": "waiting"}]


async def test_a_ticket_that_is_part_of_another_stands_where_that_one_does() -> None:
    lobby = Lobby()
    ann = await with_ticket(lobby, "resolved", whole="t-9")
    lobby.tickets.put("t-9", "accepted", agent="lina")
    assert await standing(ann) == [{"state": "with_agent", "agent": "Lina"}]
    lobby.tickets.put("t-9", "resolved")
    lobby.standings.changed("t-9")
    assert await standing(ann) == [{"state": "resolved"}]


async def test_a_ticket_in_a_protected_lane_does_not_show_beside_the_ordinary_one() -> None:
    lobby = Lobby()
    ann = await with_ticket(lobby, "accepted", agent="lina")
    lobby.tickets.by_key[ann.connection.key].insert(0, "t-2")
    lobby.tickets.put("t-2", "queued", lane="laundering", queue="laundering")
    assert await standing(ann) == [{"state": "with_agent", "agent": "Lina"}]


class Foreseeing:
    """Promises everybody the first place."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def of(self, tickets: Sequence[Ticket]) -> Mapping[str, Prospect]:
        self.asked += [each.id for each in tickets]
        return {each.id: Prospect(1, 60.0) for each in tickets}


async def test_who_waits_is_told_their_place_and_nobody_in_a_protected_lane_is() -> None:
    foreseeing = Foreseeing()
    lobby = Lobby(prospects=foreseeing)
    ann = await with_ticket(lobby)
    assert await standing(ann) == [{"state": "waiting", "position": 1, "wait_seconds": 60.0}]
    lobby.tickets.put("t-1", "queued", lane="care", queue="care")
    lobby.standings.changed("t-1")
    assert await standing(ann) == [{"state": "waiting"}]
    lobby.tickets.put("t-1", "accepted", agent="lina")
    lobby.standings.changed("t-1")
    assert (await standing(ann))[0]["state"] == "with_agent"
    assert foreseeing.asked == ["t-1"]


async def test_while_the_store_is_away_nothing_is_told_and_nothing_is_forgotten() -> None:
    lobby = Lobby()
    ann = await with_ticket(lobby)
    lobby.tickets.down = True
    with pytest.raises(Transient):
        await lobby.standings.work()
    lobby.tickets.down = False
    assert await standing(ann) == [{"state": "waiting"}]


async def test_who_has_left_is_forgotten() -> None:
    lobby = Lobby()
    ann = await with_ticket(lobby)
    await standing(ann)
    ann.session.leave()
    assert not lobby.standings._customers
    assert not lobby.standings._watchers
    lobby.standings.changed("t-1")
    assert not lobby.standings._dirty


async def test_a_second_device_is_told_at_once() -> None:
    lobby = Lobby()
    ann = await with_ticket(lobby)
    await standing(ann)
    other = await Customer(lobby, token=ann.token).come()
    assert {"type": "status", "state": "waiting"} in other.heard()


async def test_typing_goes_to_whoever_has_the_ticket_and_not_too_often() -> None:
    lobby = Lobby()
    ann = await with_ticket(lobby)
    await standing(ann)
    hinting = asyncio.create_task(lobby.services.hints.run())
    await ann.say(type="typing")
    assert lobby.publisher.events == []
    lobby.tickets.put("t-1", "accepted", agent="lina")
    lobby.standings.changed("t-1")
    await standing(ann)
    for pause in (0, 1, 2, 1):
        await lobby.clock.advance(pause)
        await ann.say(type="typing")
    await lobby.clock.advance(0)
    told = [event.data for event in lobby.publisher.events]
    assert [type(each) for each in told] == [CustomerTyping] * 2
    assert {(each.key, getattr(each, "ticket", "")) for each in told} == {("lina", "t-1")}
    hinting.cancel()
