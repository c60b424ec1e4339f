"""What of a story cannot be told, and why."""

from collections.abc import Iterable, Iterator

from services.router.domain.ticket import Ticket

_UNTOUCHED = 1


def gaps(ticket: Ticket, recorded: Iterable[int]) -> Iterator[str]:
    """recorded: versions of its document that are told of. A document counts its ticket's turns:
    nothing can be missing unnoticed."""
    if ticket.version == _UNTOUCHED:
        yield "no dealer has looked at it yet"
        return
    versions = sorted(set(recorded))
    if not versions:
        yield "none of what happened to it is kept: it has aged out, or is not recorded yet"
        return
    first, last = versions[0], versions[-1]
    if first > _UNTOUCHED + 1:
        yield "its beginning is not kept any more"
    missing = last - first + 1 - len(versions)
    if missing:
        yield f"{missing} of its changes in between are not recorded yet, or not kept any more"
    if last < ticket.version:
        yield f"its last {ticket.version - last} changes are not recorded yet"
