"""What a provider says of the messages of a reply, and what that means for the reply."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from services.ingest.courier.delivery import (
    Delivery,
    Doubtful,
    Outcome,
    Refused,
    Sent,
    begun,
    settled,
)
from services.ingest.courier.receipts import Said, became, furthest, matched
from shared.contracts.delivery_reported_v1 import DeliveryStatus

NOW = 1_790_000_000.0


def reply(name: str = "r-1", **more: Any) -> Delivery:
    known: dict[str, Any] = {
        "ticket": "t-1",
        "key": "viber:bot:7",
        "partition": 0,
        "offset": 0,
        "channel": "viber",
        "account": "bot",
        "recipient": "7",
        "text": "hello",
        "asked_at": NOW,
        "expires_at": NOW + 60,
    }
    return Delivery(reply=name, **known | more)


def after(*outcomes: Outcome) -> Delivery:
    """A reply of so many parts, once these came of its calls."""
    it = reply()
    for outcome in outcomes:
        parts = max(len(outcomes), 1)
        it = settled(begun(it, now=NOW), outcome, parts=parts, now=NOW, luck=0.0)
    return it


def said(id: str, status: DeliveryStatus, *, reply: str = "", error: str = "") -> Said:
    return Said(f"viber:bot:{id}", "viber", "bot", "7", id, reply, status, NOW, error)


def status_of(delivery: Delivery, *heard: Said) -> str | None:
    """Whatever the order in which it was said."""
    found = {(it := became(delivery, list(each))) and it.status for each in permutations(heard)}
    assert len(found) == 1
    return found.pop()


@pytest.mark.parametrize(
    ("statuses", "in_the_end"),
    [
        (["sent"], None),  # as the courier has reported
        (["sent", "delivered"], "delivered"),
        (["delivered", "read", "sent"], "read"),
        (["sent", "failed"], "failed"),
        (["failed", "delivered"], "delivered"),
        ([], None),
    ],
)
def test_of_a_message_what_is_furthest_holds(
    statuses: list[DeliveryStatus], in_the_end: str | None
) -> None:
    assert status_of(after(Sent("31")), *(said("31", each) for each in statuses)) == in_the_end


def test_a_reply_in_parts_is_delivered_when_all_of_them_are() -> None:
    both = after(Sent("31"), Sent("32"))
    assert status_of(both, said("32", "delivered")) is None
    assert status_of(both, said("32", "delivered"), said("31", "delivered")) == "delivered"
    assert status_of(both, said("31", "read"), said("32", "delivered")) == "delivered"


def test_who_read_the_last_part_has_read_the_reply() -> None:
    assert status_of(after(Sent("31"), Sent("32")), said("32", "read")) == "read"


def test_a_reply_of_which_a_part_failed_has_failed_and_says_which() -> None:
    both = after(Sent("31"), Sent("32"))
    it = became(both, [said("31", "failed", error="blocked"), said("32", "delivered")])
    assert it is not None
    assert (it.status, it.error, it.provider_id) == ("failed", "part 1 of 2: blocked", "31")


def test_nothing_is_said_of_a_reply_that_is_under_way() -> None:
    waiting = begun(reply(), now=NOW)
    assert status_of(waiting, said("31", "delivered", reply="r-1")) is None


@pytest.mark.parametrize("status", ["sent", "delivered", "read", "failed"])
def test_a_doubt_is_resolved_by_our_id_of_the_reply(status: DeliveryStatus) -> None:
    doubtful = after(Doubtful("no answer"))
    assert doubtful.in_doubt
    assert status_of(doubtful, said("31", status, reply="r-1")) == status
    assert status_of(doubtful, said("31", status)) is None


def test_the_doubt_of_a_last_part_is_resolved_and_that_of_another_cannot_be() -> None:
    last = after(Sent("31"), Doubtful("no answer"))
    heard = [said("31", "delivered", reply="r-1"), said("32", "delivered", reply="r-1")]
    assert status_of(last, *heard) == "delivered"
    assert status_of(last, heard[0]) is None
    # its second part was never sent
    first = settled(begun(reply(), now=NOW), Doubtful("?"), parts=2, now=NOW, luck=0.0)
    assert status_of(first, said("31", "delivered", reply="r-1")) is None


def test_a_doubt_from_before_parts_were_counted_stays() -> None:
    old = replace(after(Doubtful("no answer")), parts=0)
    assert status_of(old, said("31", "delivered", reply="r-1")) is None


def test_what_was_refused_stays_so_while_nothing_else_is_said() -> None:
    assert status_of(after(Refused("blocked"))) is None


def test_a_message_is_found_by_our_id_or_by_its_provider_s() -> None:
    one, other = after(Sent("31")), replace(after(Sent("32")), reply="r-2")
    by_reply = said("99", "read", reply="r-2")
    found = matched([said("31", "read"), by_reply, said("77", "read")], [one, other])
    assert found == {"viber:bot:31": one, "viber:bot:99": other}


def test_one_id_with_two_customers_is_that_of_the_customer_who_is_named() -> None:
    one = after(Sent("31"))
    other = replace(one, reply="r-2", recipient="8")
    assert matched([said("31", "read")], [one, other]) == {"viber:bot:31": one}
    stranger = said("31", "read")._replace(sender="9")
    assert matched([stranger], [one, other]) == {}


def test_our_id_with_another_account_s_message_is_nobody_s() -> None:
    stranger = said("99", "read", reply="r-1")._replace(account="other", message="viber:other:99")
    assert matched([stranger], [after(Sent("31"))]) == {}


def test_of_one_batch_the_furthest_of_each_message_is_kept() -> None:
    heard = [said("31", "delivered"), said("31", "sent"), said("32", "sent")]
    assert furthest(heard) == [said("31", "delivered"), said("32", "sent")]
