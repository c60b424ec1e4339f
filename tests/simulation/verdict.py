"""What must be true at the end of a run, when everything is healed and nothing is left to do."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from services.router.adapters.requirements import unpack
from services.router.domain.fit import fit
from services.router.domain.protection import NOBODY_READY
from services.router.domain.writing import AGENT_SILENT
from shared.contracts import decode
from shared.contracts.on_call_paged_v1 import OnCallPaged
from shared.contracts.reply_requested_v1 import ReplyRequested
from shared.contracts.ticket_changed_v1 import TicketChanged
from tests.simulation.broker import TICKETS
from tests.simulation.clerk import Clerk
from tests.simulation.customers import Customers
from tests.simulation.documents import Doc
from tests.simulation.ledger import DEAD, IN_HAND, Ledger, by_ticket, entry_of
from tests.simulation.setting import may_be_dealt_to, shard_of, staff

READ = frozenset({"message", "edit", "transcript"})
EVENTS, REPLIES = OnCallPaged.TOPIC, ReplyRequested.TOPIC
PROTECTED = "responsible_gaming"
_AGAIN = re.compile(r":\d+$")
"""Ends the id of a page at a later desk."""
ENDED = frozenset({"resolved", "closed", "abandoned"})


def judge(ledger: Ledger, customers: Customers) -> None:
    """Everything at once; what is wrong goes into the ledger."""
    nothing_is_lost(ledger, customers)
    every_entry_counts_once(ledger)
    everything_in_order(ledger)
    nobody_shares_a_ticket(ledger)
    the_dealer_dropped_nothing(ledger)
    tickets_go_by_their_customers_profile(ledger, customers)
    what_is_merged_is_part_of_one_open_ticket(ledger)
    tasks_and_their_tickets_know_each_other(ledger)
    every_lane_has_its_own_ticket(ledger, customers)
    what_nobody_took_goes_by_its_customers_matter(ledger)
    somebody_is_paged_once_for_each_reason(ledger)
    a_lead_is_told_once_of_a_question(ledger)
    nobody_reviews_what_they_decided(ledger)


def nothing_is_lost(ledger: Ledger, customers: Customers) -> None:
    """Every accepted message is in one ticket, or set aside where people see it."""
    messages = ledger.database.collection("messages")
    tickets = ledger.database.collection("tickets")
    dead = {entry_of(record.value) for record in ledger.broker.topic(DEAD)}
    for entry, accepted in customers.accepted.items():
        message = messages.get(entry)
        if message is None and entry not in dead:
            ledger.blame("I1", f"{entry} was accepted and is lost")
        elif message is not None and not _placed(message, tickets):
            ledger.blame("I1", f"{entry} is in no ticket")
        if len(accepted.texts) > 1 and entry not in dead:
            ledger.blame("I1", f"{entry}: a second body was swallowed")


def _placed(message: Doc, tickets: dict[str, Doc]) -> bool:
    """A departure or the like may concern nobody; anything else has its ticket."""
    if message["ticket"] is None:
        return bool(message["kind"] in {"left", "delete"})
    return message["ticket"] in tickets


def every_entry_counts_once(ledger: Ledger) -> None:
    """The dealer has applied each stored message of a ticket exactly once."""
    for ticket, counted, stored in _entries(ledger):
        if counted != stored:
            ledger.blame("I1", f"{ticket} counts {counted} of {stored} entries")


def everything_counted(ledger: Ledger) -> bool:
    """Whether the dealers have nothing more to apply."""
    return all(counted >= stored for _, counted, stored in _entries(ledger))


def _entries(ledger: Ledger) -> Iterator[tuple[str, int, int]]:
    """(ticket, entries it counts, messages stored for it). Nobody writes to tasks."""
    stored = Counter(
        message["ticket"] for message in ledger.database.collection("messages").values()
    )
    tickets = ledger.database.collection("tickets")
    for ticket, doc in tickets.items():
        if _parent(doc):
            continue
        parts = [tickets[part] for part in _parts(doc)]
        if all(
            part["state"] == "resolved" for part in parts
        ):  # one that is closed goes its own way
            theirs = sum(part["entries"] for part in parts)
            yield ticket, doc["entries"] - theirs, stored[ticket]


def _parent(ticket: Doc) -> str:
    """The ticket that it is a task of; empty: of none."""
    return str((ticket.get("tasks") or {"parent": ""})["parent"])


def tasks_and_their_tickets_know_each_other(ledger: Ledger) -> None:
    """No task is lost, or outlives its ticket, whoever opened and ended them."""
    tickets = ledger.database.collection("tickets")
    for ticket, doc in tickets.items():
        tasks = doc.get("tasks") or {"parent": "", "open": (), "opened": 0}
        made = sorted(name for name, other in tickets.items() if _parent(other) == ticket)
        if made != sorted(f"{ticket}.t{number + 1}" for number in range(tasks["opened"])):
            ledger.blame("task", f"{ticket} opened {tasks['opened']} tasks, there are {made}")
        left = {name for name in made if tickets[name]["state"] not in {"wrap_up", "closed"}}
        if left != set(tasks["open"]):
            ledger.blame("task", f"{ticket} has open {tasks['open']}, not done are {left}")
        if left and doc["state"] in {"wrap_up", *ENDED}:
            ledger.blame("task", f"{ticket} is {doc['state']}, not done are {left}")


def _parts(ticket: Doc) -> list[str]:
    """Of what was merged into it."""
    return [part for part, _ in (ticket.get("bond") or {"merged": ()})["merged"]]


def what_is_merged_is_part_of_one_open_ticket(ledger: Ledger) -> None:
    tickets = ledger.database.collection("tickets")
    for ticket, doc in tickets.items():
        into = (doc.get("bond") or {"merged_into": ""})["merged_into"]
        if not into or doc["state"] != "resolved":
            continue
        if ticket not in _parts(tickets[into]) or tickets[into]["state"] in {"closed", "abandoned"}:
            ledger.blame("merged", f"{ticket} is no part of {into}, {tickets[into]['state']}")


def everything_in_order(ledger: Ledger) -> None:
    """Of each partition a ticket has seen all that is its, and nothing was applied after what came
    later: that would have taken its place as the last message."""
    messages = ledger.database.collection("messages")
    tickets = ledger.database.collection("tickets")
    for entry, message in messages.items():
        if message["ticket"] not in tickets:
            continue
        ticket, number = tickets[message["ticket"]], message["partition"]
        if ticket["seen"].get(str(number), -1) < message["offset"]:
            ledger.blame("I4", f"{ticket['_id']} has not seen {entry}")
        last = messages.get(ticket["last_message"])
        if message["kind"] not in READ or last is None or last["partition"] != number:
            continue
        if last["offset"] < message["offset"] and not _parts(ticket):
            ledger.blame("I4", f"{ticket['_id']} ends with {last['_id']}, not {entry}")


def nobody_shares_a_ticket(ledger: Ledger) -> None:
    """In the order of commits, the agents' own screens: each assignment had one agent, and once
    a later one was shown nobody was shown an earlier one."""
    for ticket, seen in by_ticket(ledger.sightings).items():
        owners: dict[int, str] = {}
        highest = 0
        for each in sorted(seen, key=lambda one: (ledger.order.get(one[5:7], 0), one.n)):
            if each.state not in IN_HAND:
                continue
            if owners.setdefault(each.assignment, each.agent) != each.agent:
                ledger.blame("I2", f"{ticket}/{each.assignment}: two agents")
            if each.assignment < highest:
                ledger.blame("I2", f"{ticket}: {each.assignment} shown after {highest}")
            highest = max(highest, each.assignment)


def the_dealer_dropped_nothing(ledger: Ledger) -> None:
    """What is well-formed never becomes a dealer's dead letter."""
    letters = list(ledger.broker.topic(f"{TICKETS}.dealer.dlq"))
    if len(letters) != ledger.dead_letters_meant:
        ledger.blame("I7", f"{len(letters)} announcement(s) became dead letters: {letters[0]}")


def tickets_go_by_their_customers_profile(ledger: Ledger, customers: Customers) -> None:
    """The highest version accepted of each profile is kept, and the customer's ticket has it."""
    kept = ledger.database.collection("customers")
    for customer, version in customers.profiles.items():
        if customer not in kept or kept[customer]["version"] < version:
            ledger.blame("profile", f"version {version} of {customer} was accepted and is lost")
    for ticket, doc in ledger.database.collection("tickets").items():
        profile = kept.get(doc["customer"])
        if profile is None or "joinable" not in doc:
            continue
        if (doc["profile"], doc["tier"]) != (profile["version"], profile["tier"]):
            ledger.blame("profile", f"{ticket} goes by {doc['profile']}, not {profile['version']}")


def every_lane_has_its_own_ticket(ledger: Ledger, customers: Customers) -> None:
    """A customer has one joinable ticket in a lane; what they wrote about it is nowhere else, and
    nothing else is there unless a matter of theirs was said to be open."""
    claims = ledger.database.collection("claims")
    for ticket, doc in ledger.database.collection("tickets").items():
        if "joinable" in doc and claims.get(doc["joinable"], {}).get("ticket") != ticket:
            ledger.blame("lane", f"{ticket} is joinable without its claim {doc['joinable']}")
        # a lane is its first desk's, and a task is in that of its ticket
        if doc.get("moves") or _parent(doc):
            continue
        here, inside = doc["desk"] == "main", doc.get("lane") == "care"
        meant = doc["topic"] == PROTECTED or (inside and doc["customer"] in customers.in_matters)
        if (here and meant) != inside:
            ledger.blame("lane", f"{ticket} is about {doc['topic']} in lane {doc.get('lane')}")


def what_nobody_took_goes_by_its_customers_matter(ledger: Ledger) -> None:
    """A ticket that was never offered to anybody is in the queue that its profile names."""
    kept = ledger.database.collection("customers")
    for ticket, doc in ledger.database.collection("tickets").items():
        if doc["state"] != "queued" or doc["assignment"] or doc.get("moves") or _parent(doc):
            continue
        matter = kept.get(doc["customer"], {}).get("matter")
        if matter and doc["desk"] == "main" and doc["queue"] != matter:
            ledger.blame("matter", f"{ticket} waits in {doc['queue']}, not in {matter}")


def somebody_is_paged_once_for_each_reason(ledger: Ledger) -> None:
    """What a ticket remembers was said, under one id; and the customer was told once."""
    pages: dict[str, set[str]] = {}
    for record in (*ledger.broker.topic(EVENTS), *ledger.broker.topic(REPLIES)):
        data = (event := decode(record.value)).data
        if isinstance(data, OnCallPaged):
            pages.setdefault(data.page, set()).add(event.id)
        elif isinstance(data, ReplyRequested) and data.by == "system":
            pages.setdefault(f"reply {data.reply}", set()).add(event.id)
    for page, ids in pages.items():
        if len(ids) > 1:
            ledger.blame("page", f"{page} was said as {sorted(ids)}")
    for ticket, doc in ledger.database.collection("tickets").items():
        meant = {f"{ticket}:{reason}" for reason in doc.get("paged", ())}
        meant |= {f"reply {page}" for page in meant if page.endswith(NOBODY_READY)}
        said = {
            _AGAIN.sub("", page)
            for page in pages
            if page.removeprefix("reply ").startswith(f"{ticket}:")
            and f":{AGENT_SILENT}:" not in page
        }
        # what another desk's people were paged for stays with them
        if not meant <= said or (meant != said and not doc.get("moves")):
            ledger.blame("page", f"{ticket} was paged for {doc.get('paged')}, but said {said}")


def a_lead_is_told_once_of_a_question(ledger: Ledger) -> None:
    """By what was told of each ticket: not again before an answer, a new question, or another
    agent; and with a page each time."""
    said: set[str] = set()
    told: dict[str, int] = {}
    stands: set[str] = set()
    pages: dict[str, set[str]] = {}
    for record in ledger.broker.topic(EVENTS):
        event = decode(record.value)
        data = event.data
        if isinstance(data, OnCallPaged) and data.reason == AGENT_SILENT:
            pages.setdefault(data.ticket, set()).add(data.page)
        if not isinstance(data, TicketChanged) or event.id in said:
            continue
        said.add(event.id)
        for step in data.steps:
            if step.on == "lead_told":
                if data.ticket in stands:
                    ledger.blame("lead", f"{data.ticket}: told twice of the same question")
                told[data.ticket] = told.get(data.ticket, 0) + 1
                stands.add(data.ticket)
            elif step.to_state != "accepted" or step.due_at is not None:
                stands.discard(data.ticket)
    if told != {ticket: len(ids) for ticket, ids in pages.items()}:
        ledger.blame("lead", f"told of {told}, but paged for {pages}")


def nobody_reviews_what_they_decided(ledger: Ledger) -> None:
    """By what was told of each ticket: once it was sent for re-review it is dealt to none of those
    who had replied, resolved it or sent it."""
    told: set[str] = set()
    decided: dict[str, set[str]] = {}
    reviewed: dict[str, set[str]] = {}
    for record in ledger.broker.topic(EVENTS):
        event = decode(record.value)
        if not isinstance(event.data, TicketChanged) or event.id in told:
            continue
        told.add(event.id)
        ticket = event.data.ticket
        for step in event.data.steps:
            agent = step.agent or ""
            if step.on in {"replied", "resolved", "escalated"}:
                decided.setdefault(ticket, set()).add(agent)
            if step.on == "escalated":
                reviewed[ticket] = set(decided[ticket])
            if step.on == "dealt" and agent in reviewed.get(ticket, ()):
                ledger.blame("review", f"{ticket} was dealt to {agent}, who had decided it")


def what_is_left(ledger: Ledger) -> list[str]:
    """Tickets nobody has finished, but for re-reviews that only those could take who decided them,
    and for those that are parked until a time the desk's clock has not reached: whoever takes a
    shard over by a wrong clock keeps it, for shifts, too."""
    shards = ledger.database.collection("shards")
    return [
        f"{ticket} {doc['state']}"
        for ticket, doc in ledger.database.collection("tickets").items()
        if doc["state"] not in ENDED
        and not _still_parked(doc, shards)
        and not _only_deciders_could(doc, shards)
    ]


def _still_parked(ticket: Doc, shards: Mapping[int, Doc]) -> bool:
    now: float = shards[shard_of(ticket["desk"])]["now"]
    return bool(ticket["state"] == "parked" and ticket["until"] > now)


def _only_deciders_could(ticket: Doc, shards: Mapping[int, Doc]) -> bool:
    """Of those whose shift it is by the desk's clock."""
    barred, need = ticket.get("barred", ()), unpack(ticket["needs"])
    now: float = shards[shard_of(ticket["desk"])]["now"]
    able = [
        each.agent
        for each in staff()
        if each.desk == ticket["desk"]
        and need.channel in each.channels
        and may_be_dealt_to(each.agent, now)
        and fit(dict(each.skills), need, len(need.stages)) is not None
    ]
    return bool(barred) and ticket["state"] == "queued" and set(able) <= set(barred)


def screens_agree(ledger: Ledger, clerks: Sequence[Clerk]) -> list[str]:
    """Where an agent's screen differs from the store, at rest."""
    differences = []
    for clerk in clerks:
        if clerk.socket is None or not clerk.synchronised:
            continue
        shown = {
            (ticket, card["assignment"], card["state"]) for ticket, card in clerk.cards.items()
        }
        held = {
            (doc["_id"], doc["assignment"], doc["state"])
            for doc in ledger.database.collection("tickets").values()
            if doc["agent"] == clerk.name and doc["state"] in IN_HAND
        }
        if shown != held:
            differences.append(f"{clerk.name} sees {sorted(shown)}, has {sorted(held)}")
    return differences
