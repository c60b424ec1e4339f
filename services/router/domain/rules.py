"""What the core needs of a policy, already resolved for one desk. Durations are seconds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from services.router.domain.ladder import Ladders
from services.router.domain.notices import Notices
from services.router.domain.picks import PickLimit
from services.router.domain.protection import Protection
from services.router.domain.reserve import Reserve
from services.router.domain.shifts import Guards
from services.router.domain.treatment import Kind, Treatment


class Elsewhere(NamedTuple):
    """Another desk, as far as a ticket that is to go there is concerned. protected: those of its
    queues that are so, and whether each is confidential."""

    queues: frozenset[str]
    protected: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class DeskRules:
    """auto_accept: channels whose offers count as accepted when dealt.

    offer_seconds: how long an offer stands. skip_seconds: how long a decline or a silence keeps
    the ticket from that agent. missed_most: after so many offers in a row that an agent lets pass
    they are set to a break; 0: never. silence_seconds: a notifier silent for so long is gone, with
    its sessions. grace_seconds: how long accepted tickets stay with an agent who lost connection
    (offers return at once). wrap_up_seconds: after-work that holds the slot; 0 skips it.
    reopen_seconds: how long a resolved ticket may be reopened before it closes.
    waiting_share: of a ticket's weight, what it counts in the agent's hands while it waits for the
    customer, from 0 to 1.
    customer_nudge_seconds, customer_silence_seconds: after how long without an answer of the
    customer they are to be reminded, and the ticket is resolved by itself; 0: never.
    agent_nudge_seconds, agent_lead_seconds, agent_silence_seconds: after how long without an answer
    to the customer the agent is reminded, `agent_lead` is told of it, and the ticket goes back to
    the queue without them; 0: never.
    weights: channel -> share of capacity a ticket takes; others take 1.
    interruptible: channels whose tickets do not stand in the way of those of other channels.
    late_share: of the slots for which tickets past their deadline compete with others, the part
    the former get, above 0 and at most 1; None: one order by deadline for all.
    reserves: slots withheld; names differ.
    sticky_seconds: how long a reopened or woken ticket is kept for the agent who had it, while they
    are on shift; 0: they get it if they are free at once.
    park_seconds_max: how far ahead a ticket may be parked.
    pull: how often agents may choose a ticket from the queue; None: nobody takes any from there.
    transfer_seconds: how long a ticket is kept for the agent it was transferred to.
    first_host_seconds, next_host_seconds: how long of its wait a ticket is kept for the first of
    the customer's own agents, and for each of the others.
    guards: how long before the end of an agent's shift tickets are dealt to them no more.
    new_hire_share: of their capacity, what agents have while they are new, above 0 and at most 1.
    queues: those a ticket may be transferred to.
    review_queue: where a ticket goes for re-review unless its agent says otherwise; empty: back to
    its own queue.
    protected: queue -> what it owes those who wait in it.
    escalations: queue -> what is done step by step for those who wait in it.
    notices: what customers are told without asking.
    elsewhere: the other desks, to which a ticket may be transferred.
    treat: what becomes of a kind of ticket; for the same kind the same object. None: a ticket
    keeps what it came with.
    """

    desk: str
    version: int
    offer_seconds: float = 20.0
    skip_seconds: float = 60.0
    missed_most: int = 0
    silence_seconds: float = 15.0
    grace_seconds: float = 60.0
    wrap_up_seconds: float = 10.0
    reopen_seconds: float = 24 * 3600.0
    waiting_share: float = 0.25
    customer_nudge_seconds: float = 0.0
    customer_silence_seconds: float = 0.0
    agent_nudge_seconds: float = 0.0
    agent_lead_seconds: float = 0.0
    agent_silence_seconds: float = 0.0
    agent_lead: str = "lead"
    auto_accept: frozenset[str] = frozenset()
    weights: Mapping[str, float] = field(default_factory=dict)
    interruptible: frozenset[str] = frozenset()
    late_share: float | None = None
    reserves: tuple[Reserve, ...] = ()
    sticky_seconds: float = 0.0
    park_seconds_max: float = 7 * 24 * 3600.0
    pull: PickLimit | None = None
    transfer_seconds: float = 60.0
    first_host_seconds: float = 60.0
    next_host_seconds: float = 30.0
    guards: Guards = field(default_factory=Guards)
    new_hire_share: float = 0.5
    queues: frozenset[str] = frozenset()
    review_queue: str = ""
    protected: Mapping[str, Protection] = field(default_factory=dict)
    escalations: Ladders = field(default_factory=dict)
    notices: Notices = field(default_factory=Notices)
    elsewhere: Mapping[str, Elsewhere] = field(default_factory=dict)
    treat: Callable[[Kind], Treatment] | None = field(default=None, compare=False)
