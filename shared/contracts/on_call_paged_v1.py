"""Somebody on call has to look at a ticket at once."""

from typing import ClassVar, Literal

from shared.contracts.base import Contract, Id, Natural, Positive, Slug, Utc


class OnCallPaged(Contract):
    """Once a ticket of a protected queue for each reason, and once a wait for each step of a queue
    that pages somebody; once a question of the customer that its agent leaves unanswered. Under one
    and the same `page`.

    page: unique id of this page: raise one alarm for it, however often the event comes.
    reason: nobody_ready: nobody on duty could take the ticket; not_taken: nobody had taken it in
        the time that the policy gives; clock_warned: a statutory clock is about to run out;
        clock_missed: it has; agent_silent: the agent who accepted it has not answered the customer
        in the time that the policy gives.
    clock: which clock. who: whom the policy names: with a step of the queue, and with agent_silent
        the team lead; none: whoever is on call.
    queued_at: since when the customer waits. due_at: until when they are to be answered.
    """

    TYPE: ClassVar[str] = "OnCallPaged"
    TOPIC: ClassVar[str] = "support.events.v1"

    page: Id
    reason: Literal["nobody_ready", "not_taken", "clock_warned", "clock_missed", "agent_silent"]
    clock: Slug | None = None
    who: Slug | None = None
    ticket: Id
    desk: Slug
    queue: Slug
    channel: Slug
    lang: str
    queued_at: Utc
    due_at: Utc
    policy: Natural
    shard: Natural
    epoch: Positive
    seq: Positive

    @property
    def key(self) -> str:
        return self.ticket
