"""What a protected queue owes those who wait in it, should nobody be there for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from services.router.domain.ticket import Ticket, TicketState

NOBODY_READY: Final = "nobody_ready"
NOT_TAKEN: Final = "not_taken"
"""Why somebody on call is paged: nobody who could take the ticket is on duty; or somebody is, and
has not taken it in time."""

_UNTAKEN: Final = frozenset({TicketState.QUEUED, TicketState.OFFERED})


@dataclass(frozen=True, slots=True)
class Protection:
    """page_seconds: how long a ticket may be in nobody's hands before somebody on call is paged.
    replies: language -> what the customer is told when nobody is ready; none: nothing.
    default_language: whose reply goes to customers of all other languages.
    confidential: the customer is to notice nothing of the queue.
    """

    page_seconds: float = 60.0
    replies: Mapping[str, str] = field(default_factory=dict)
    default_language: str = ""
    confidential: bool = False

    def reply_in(self, lang: str) -> str | None:
        return in_language(self.replies, lang, self.default_language)


def in_language(texts: Mapping[str, str], lang: str, default_language: str) -> str | None:
    """What a customer is told, in their language or else in the desk's."""
    return texts.get(lang) or texts.get(default_language)


def is_confidential(ticket: Ticket, protected: Mapping[str, Protection]) -> bool:
    """Whether it was opened in a confidential queue, or is in one."""
    queues = (ticket.lane, ticket.requirement.queue)
    return any(protected[queue].confidential for queue in queues if queue in protected)


def is_drawn(ticket: Ticket, protected: Mapping[str, Protection], matter: str) -> bool:
    """Whether it goes to a protected queue because a matter of its customer's is open there: nobody
    has taken it, and it has neither a lane of its own nor a protected queue yet."""
    return (
        matter in protected
        and ticket.state in _UNTAKEN
        and not ticket.lane
        and ticket.requirement.queue not in protected
        and not ticket.tasks.parent
    )


def page_at(ticket: Ticket, protected: Mapping[str, Protection], *, since: float) -> float:
    """When somebody on call is to be paged because nobody took the ticket; 0: never, or done. Of an
    accepted one what is set: when a team lead is told.

    since: when it came into the queue, where that is not known from the time it has already.
    """
    if ticket.state is TicketState.ACCEPTED:
        return ticket.page_at
    protection = protected.get(ticket.requirement.queue)
    if protection is None or ticket.state not in _UNTAKEN or NOT_TAKEN in ticket.paged:
        return 0.0
    return ticket.page_at or since + protection.page_seconds
