"""What the desk makes of an arrival: what it needs, and until when it is due."""

from collections.abc import Callable

from services.router.domain.requirement import Requirement
from services.router.domain.ticket import Ticket
from services.router.policy import Policy
from services.router.simulator.trace import Arrival

Admission = Callable[[Arrival, float], tuple[Requirement, float]]
"""(arrival, time of the contact) -> (requirement, due_at)."""


def as_drawn() -> Admission:
    """Needs and target as the trace has them."""
    shared: dict[Requirement, Requirement] = {}

    def admit(arrival: Arrival, now: float) -> tuple[Requirement, float]:
        drawn = Requirement(arrival.queue, arrival.channel, arrival.needs, arrival.weight)
        return shared.setdefault(drawn, drawn), now + arrival.target

    return admit


def by_policy(policy: Policy, *, desk: str) -> Admission:
    """As the sorter would: the policy's word on the topic, with all it says of relaxation."""

    def admit(arrival: Arrival, now: float) -> tuple[Requirement, float]:
        route = policy.route(
            desk=desk,
            topic=arrival.topic,
            lang=arrival.lang,
            channel=arrival.channel,
            tier=arrival.tier,
            urgent=False,
            waiting_since=now,
        )
        return route.requirement, route.due_at

    return admit


def ticket_of(
    arrival: Arrival, *, id: str, requirement: Requirement, due_at: float, now: float
) -> Ticket:
    """As the sorter would have written it."""
    return Ticket(
        id=id,
        requirement=requirement,
        brand="simulated",
        customer=arrival.id,
        identity=f"{arrival.channel}:simulated:{arrival.id}",
        lang=arrival.lang,
        topic=arrival.topic or arrival.queue,
        priority=0,
        tier=arrival.tier,
        opened_at=now,
        queued_at=now,
        due_at=due_at,
        seen=((0, 0),),
        last_message=id,
    )
